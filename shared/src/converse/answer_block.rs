//! A finished block of the model's answer: content that goes back as it is, or a call.

use std::fmt;

use super::content_block::ContentBlock;
use super::request::canonical;
use crate::json::{Document, JsonPath, Kind, Raw, Value};
use crate::limits::DEPTH;

/// A finished block of the model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerBlock {
    /// A block that goes back as it is.
    Content(ContentBlock),
    /// A call of a tool.
    Call(ToolUse),
}

/// A call as the model wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct ToolUse {
    /// The call's id.
    pub tool_use_id: String,
    /// The tool's name.
    pub name: String,
    /// The JSON object of the input; none if what the model wrote is no such object, or has a duplicate key.
    pub input: Option<Raw>,
    /// Whether a call before it in the answer had the same id.
    pub repeated: bool,
}

impl ToolUse {
    /// A call with the input that the model wrote.
    pub fn new(tool_use_id: String, name: String, input: String) -> Self {
        let document = Document::parse(input, DEPTH).ok();
        let object = document.filter(|document| document.root().kind() == Kind::Object);
        Self { tool_use_id, name, input: object.map(|document| document.root().raw()), repeated: false }
    }
}

impl AnswerBlock {
    /// Reads a block of a Converse answer. `None` if it may not stand in a history: a blank text, or a kind that this
    /// service would not take back.
    pub fn read(value: Value<'_>) -> Option<Self> {
        if let Some(text) = value.get("text").and_then(|text| text.text())
            && text.trim().is_empty()
        {
            return None;
        }
        let call = value.get("toolUse").filter(|call| !is_server_tool_use(*call));
        if let Some(call) = call {
            let text = |name: &str| call.get(name)?.text().map(|text| text.into_owned());
            let input = call.get("input")?.json().to_owned();
            return Some(Self::Call(ToolUse::new(text("toolUseId")?, text("name")?, input)));
        }
        Self::checked(value.json())
    }

    /// A block that is made of the model's words; `None` if this service would not take it back.
    pub(super) fn checked(json: &str) -> Option<Self> {
        let mut document = Document::parse(json.to_owned(), DEPTH).ok()?;
        if let Some(json) = canonical(document.root()) {
            document = Document::parse(json, DEPTH).ok()?;
        }
        ContentBlock::decode(document.root(), &JsonPath::ROOT).ok().map(Self::Content)
    }

    /// The call, if it is one.
    pub fn call(&self) -> Option<&ToolUse> {
        match self {
            Self::Content(_) => None,
            Self::Call(call) => Some(call),
        }
    }
}

/// Whether it is a call of one of Bedrock's own tools, which Bedrock has run.
pub(super) fn is_server_tool_use(call: Value<'_>) -> bool {
    call.get("type").and_then(|kind| kind.text()).as_deref() == Some("server_tool_use")
}

impl fmt::Debug for ToolUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolUse({})", self.tool_use_id)
    }
}
