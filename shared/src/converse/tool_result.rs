//! The result of a tool's call, as Bedrock's `toolResult` has it.

use std::fmt;

use serde::Serialize;

use crate::json::Raw;

/// The result of a call. A tool that fails is a result too: the model reads it and goes on.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    /// The call's id.
    pub tool_use_id: String,
    /// An array of `{text}` and `{json}`.
    pub content: Raw,
    /// Whether the tool did what it was called for.
    pub status: ToolStatus,
}

/// Bedrock's `toolResult.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolStatus {
    /// The tool did it.
    Success,
    /// It did not; the content says why.
    Error,
}

/// A text item of a result's content.
#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

impl ToolResult {
    /// A result of one text.
    pub fn text(tool_use_id: &str, status: ToolStatus, text: &str) -> Self {
        Self { tool_use_id: tool_use_id.to_owned(), content: Raw::of(&[Text { text }]), status }
    }

    /// A result that says what went wrong, to the model.
    pub fn error(tool_use_id: &str, text: impl AsRef<str>) -> Self {
        Self::text(tool_use_id, ToolStatus::Error, text.as_ref())
    }
}

impl fmt::Debug for ToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolResult({} {:?}, {} bytes)", self.tool_use_id, self.status, self.content.as_str().len())
    }
}
