//! Blocks that this service makes: of a model's answer, of a tool's result, of the operator's prompt.

use serde::Serialize;

use super::{BlockKind, ContentBlock};
use crate::converse::tool_result::ToolResult;
use crate::json::{Object, Raw};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Block<'a> {
    Text(&'a str),
    ToolUse(ToolUse<'a>),
    ToolResult(&'a ToolResult),
    ReasoningContent(Reasoning<'a>),
    CitationsContent(Citations<'a>),
    #[serde(rename = "toolResult")]
    ServerToolResult(&'a Object),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolUse<'a> {
    tool_use_id: &'a str,
    name: &'a str,
    input: &'a Raw,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Reasoning<'a> {
    ReasoningText {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<&'a str>,
    },
    RedactedContent(&'a str),
}

#[derive(Serialize)]
struct Citations<'a> {
    content: [Text<'a>; 1],
    citations: &'a [Raw],
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

impl ContentBlock {
    fn build(kind: BlockKind, block: &Block<'_>) -> Self {
        Self { kind, raw: Raw::of(block) }
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Self::build(BlockKind::Text, &Block::Text(text))
    }

    /// A call of a tool. `input` is the JSON of an object.
    pub fn tool_use(tool_use_id: &str, name: &str, input: &Raw) -> Self {
        let kind = BlockKind::ToolUse { tool_use_id: tool_use_id.to_owned(), name: name.to_owned() };
        Self::build(kind, &Block::ToolUse(ToolUse { tool_use_id, name, input, kind: None }))
    }

    /// A call of one of Bedrock's own tools, which Bedrock has run.
    pub fn server_tool_use(tool_use_id: &str, name: &str, input: &Raw) -> Self {
        let kind = BlockKind::ToolUse { tool_use_id: tool_use_id.to_owned(), name: name.to_owned() };
        Self::build(kind, &Block::ToolUse(ToolUse { tool_use_id, name, input, kind: Some("server_tool_use") }))
    }

    /// What one of Bedrock's own tools answered. It is checked before it stands in a history.
    pub(crate) fn server_tool_result(result: &Object) -> Self {
        Self::build(BlockKind::Other, &Block::ServerToolResult(result))
    }

    /// The result of a call.
    pub fn tool_result(result: &ToolResult) -> Self {
        let kind = BlockKind::ToolResult { tool_use_id: result.tool_use_id.clone() };
        Self::build(kind, &Block::ToolResult(result))
    }

    /// Reasoning, with the signature by which its model takes it back.
    pub fn reasoning(text: &str, signature: Option<&str>) -> Self {
        let reasoning = Reasoning::ReasoningText { text, signature };
        Self::build(BlockKind::ReasoningContent, &Block::ReasoningContent(reasoning))
    }

    /// Reasoning that is encrypted, in base64.
    pub fn redacted_reasoning(base64: &str) -> Self {
        Self::build(BlockKind::ReasoningContent, &Block::ReasoningContent(Reasoning::RedactedContent(base64)))
    }

    /// A text with its citations.
    pub fn citations(text: &str, citations: &[Raw]) -> Self {
        let content = Citations { content: [Text { text }], citations };
        Self::build(BlockKind::Other, &Block::CitationsContent(content))
    }
}
