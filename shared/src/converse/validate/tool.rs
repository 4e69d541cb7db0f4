//! Tools: the caller's own, and which of them the model must use.

use serde_json::value::RawValue;

use super::shape::{At, Invalid};
use crate::limits::{SCHEMA_BYTES, TOOLS};

/// Whether a tool may be called `name`: 1 to 64 of `[a-zA-Z0-9_-]` (API reference, `ToolSpecification`).
pub fn is_tool_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Whether a call may be called `id`: 1 to 64 of `[a-zA-Z0-9_.:-]` (API reference, `ToolUseBlock`).
pub(super) fn is_tool_use_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
}

/// `toolConfig`: tools, at least one, and a choice.
///
/// # Errors
/// [`Invalid`] at the first place that is wrong.
pub fn tool_config(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let config = at.object(raw)?;
    let tools_at = at.field("tools");
    let tools = tools_at.array_of(at.required(&config, "tools")?, TOOLS)?;
    if tools.is_empty() {
        return Err(tools_at.invalid("expected at least one tool"));
    }
    for (index, tool) in tools.into_iter().enumerate() {
        let at = tools_at.index(index);
        let (kind, value) = at.union(tool, &["toolSpec", "systemTool", "cachePoint"])?;
        let at = at.field(kind);
        let object = at.object(value)?;
        if kind != "cachePoint" {
            named(at.required(&object, "name")?, at.field("name"))?;
        }
        if kind == "toolSpec" {
            let schema_at = at.field("inputSchema");
            let (member, schema) = schema_at.union(at.required(&object, "inputSchema")?, &["json"])?;
            let schema_at = schema_at.field(member);
            schema_at.object(schema)?;
            let bytes = schema.get().len();
            if bytes > SCHEMA_BYTES {
                return Err(schema_at.invalid(format_args!("expected {SCHEMA_BYTES} bytes at the most, found {bytes}")));
            }
            object.get("description").map_or(Ok(()), |text| at.field("description").string(text).map(drop))?;
        }
    }
    config.get("toolChoice").map_or(Ok(()), |choice| tool_choice(choice, at.field("toolChoice")))
}

fn tool_choice(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let (kind, value) = at.union(raw, &["auto", "any", "tool"])?;
    let at = at.field(kind);
    let choice = at.object(value)?;
    if kind == "tool" { named(at.required(&choice, "name")?, at.field("name")) } else { Ok(()) }
}

fn named(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    if is_tool_name(&at.string(raw)?) { Ok(()) } else { Err(at.invalid("expected 1 to 64 letters, digits, - or _")) }
}
