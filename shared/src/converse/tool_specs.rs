//! The tools that a provider offers to the model, always in the same order and the same bytes: they stand in the prefix
//! that a prompt cache keeps.

use std::fmt;
use std::sync::Arc;

use super::tool_config::Tool;
use crate::json::{Document, Invalid, JsonPath};
use crate::limits::DEPTH;

/// Specifications of tools, each with a name. Cloning shares them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ToolSpecs(Arc<[Tool]>);

impl ToolSpecs {
    /// Parses an array of `toolConfig.tools` entries; white space between tokens is left out.
    ///
    /// # Errors
    /// [`Invalid`] if it is no such array.
    pub fn parse(json: &str) -> Result<Self, Invalid> {
        let path = JsonPath::ROOT;
        let document = Document::parse(compact(json), DEPTH).map_err(|error| path.invalid(error))?;
        let entries = path.items(document.root(), usize::MAX)?.enumerate();
        entries
            .map(|(index, tool)| Tool::decode(tool, &path.index(index)))
            .collect::<Result<Vec<_>, _>>()
            .map(Self::from)
    }

    /// Those of `names`, in their own order.
    ///
    /// # Errors
    /// The first name that is none of them.
    pub fn only<'n>(&self, names: &[&'n str]) -> Result<Self, &'n str> {
        if let Some(unknown) = names.iter().find(|name| !self.contains(name)) {
            return Err(unknown);
        }
        let chosen = self.iter().filter(|tool| tool.name().is_some_and(|name| names.contains(&name)));
        Ok(chosen.cloned().collect::<Vec<_>>().into())
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().filter_map(Tool::name)
    }

    /// The tools.
    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Tool>> for ToolSpecs {
    fn from(tools: Vec<Tool>) -> Self {
        Self(tools.into())
    }
}

/// JSON without the white space that a file has for people.
fn compact(json: &str) -> String {
    let (mut out, mut in_string, mut escaped) = (String::with_capacity(json.len()), false, false);
    for c in json.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            c if !in_string && c.is_ascii_whitespace() => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

impl fmt::Debug for ToolSpecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs() -> ToolSpecs {
        let spec =
            |name: &str| format!(r#"{{ "toolSpec": {{ "name": "{name}", "inputSchema": {{ "json": {{}} }} }} }}"#);
        ToolSpecs::parse(&format!("[{}, {}]", spec("a"), spec("b c".split(' ').next().unwrap()))).unwrap()
    }

    #[test]
    fn white_space_between_tokens_is_left_out() {
        let tools: Vec<String> = specs().iter().map(|tool| serde_json::to_string(tool).unwrap()).collect();
        assert_eq!(tools[0], r#"{"toolSpec":{"name":"a","inputSchema":{"json":{}}}}"#);
    }

    #[test]
    fn a_choice_keeps_the_order_and_an_unknown_name_is_returned() {
        let all = specs();
        assert_eq!(all.only(&["b", "a"]), Ok(all.clone()));
        assert_eq!(all.only(&["a", "nobody"]), Err("nobody"));
        assert!(all.only(&[]).unwrap().is_empty());
    }
}
