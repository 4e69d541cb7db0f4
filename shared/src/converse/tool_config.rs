//! `toolConfig`: the tools that are offered, and which of them the model must call.

use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::json::{Invalid, JsonPath, Object, Raw, Value};
use crate::limits::{SCHEMA_BYTES, TOOLS};

/// What is expected of a tool's name.
pub(super) const TOOL_NAME: &str = "expected 1 to 64 letters, digits, - or _";

/// Whether a tool may have the name `name`: 1 to 64 of `[a-zA-Z0-9_-]` (API reference, `ToolSpecification`).
pub fn is_tool_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// An entry of `toolConfig.tools`, its JSON as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Tool {
    name: Option<String>,
    raw: Raw,
}

impl Tool {
    /// Decodes an entry: a `toolSpec`, a `systemTool` or a `cachePoint`.
    ///
    /// # Errors
    /// [`Invalid`] at the first place that is wrong: the name, or a schema that is no object or too large.
    pub fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        let (kind, inside) = path.union(value, &["toolSpec", "systemTool", "cachePoint"])?;
        let path = path.field(kind);
        path.object(inside)?;
        let name = if kind == "cachePoint" { None } else { Some(tool_name(inside, &path)?) };
        if kind == "toolSpec" {
            let schema_path = path.field("inputSchema");
            let (member, schema) = schema_path.union(path.required(inside, "inputSchema")?, &["json"])?;
            let schema_path = schema_path.field(member);
            schema_path.object(schema)?;
            let bytes = schema.json().len();
            if bytes > SCHEMA_BYTES {
                return Err(schema_path.invalid(format_args!("expected at most {SCHEMA_BYTES} bytes, found {bytes}")));
            }
            if let Some(description) = path.optional(inside, "description") {
                path.field("description").string(description)?;
            }
        }
        Ok(Self { name: name.filter(|_| kind == "toolSpec"), raw: value.raw() })
    }

    /// The name of a `toolSpec`; Bedrock runs a `systemTool` itself.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Serialize for Tool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tool({:?})", self.name)
    }
}

fn tool_name(value: Value<'_>, path: &JsonPath<'_>) -> Result<String, Invalid> {
    let name_path = path.field("name");
    let name = name_path.string(path.required(value, "name")?)?;
    if is_tool_name(&name) { Ok(name.into_owned()) } else { Err(name_path.invalid(TOOL_NAME)) }
}

/// The tools, and the members beside them: `toolChoice`, and what may be new. As long as it is not changed, it is
/// written as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolConfig {
    tools: Vec<Tool>,
    beside: Object,
    whole: Option<Raw>,
}

impl ToolConfig {
    /// Decodes `toolConfig`: at least one tool, and a choice.
    ///
    /// # Errors
    /// [`Invalid`] at the first place that is wrong.
    pub fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        path.only(value, &["tools", "toolChoice"])?;
        let tools_path = path.field("tools");
        let entries = tools_path.items(path.required(value, "tools")?, TOOLS)?.enumerate();
        let tools: Vec<_> =
            entries.map(|(index, tool)| Tool::decode(tool, &tools_path.index(index))).collect::<Result<_, _>>()?;
        if tools.is_empty() {
            return Err(tools_path.invalid("expected at least one tool"));
        }
        if let Some(choice) = path.optional(value, "toolChoice") {
            tool_choice(choice, &path.field("toolChoice"))?;
        }
        let mut beside = Object::decode(value, path)?;
        beside.remove("tools");
        Ok(Self { tools, beside, whole: Some(value.raw()) })
    }

    /// The tools.
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// Puts `tools` before the others.
    pub fn prepend(&mut self, tools: impl IntoIterator<Item = Tool>) {
        self.tools.splice(0..0, tools);
        self.whole = None;
    }

    /// Leaves the choice of a tool to the model.
    pub fn remove_choice(&mut self) {
        if self.beside.get("toolChoice").is_some() {
            self.beside.remove("toolChoice");
            self.whole = None;
        }
    }
}

impl Serialize for ToolConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(whole) = &self.whole {
            return whole.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tools", &self.tools)?;
        for name in self.beside.names() {
            map.serialize_entry(name, &self.beside.get(name))?;
        }
        map.end()
    }
}

fn tool_choice(value: Value<'_>, path: &JsonPath<'_>) -> Result<(), Invalid> {
    let (kind, inside) = path.union(value, &["auto", "any", "tool"])?;
    let path = path.field(kind);
    path.object(inside)?;
    if kind == "tool" { tool_name(inside, &path).map(drop) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
