//! A content block: a typed kind, and the block's own JSON as it came.
//!
//! Decoding checks what a typo would silently lose: types, unions with exactly one member, base64, ids and names. What
//! lies deeper Bedrock checks, and its sentence is passed on (`rejected-by-model`).

use std::fmt;

use serde::Serialize;

use crate::json::{Invalid, JsonPath, Raw, Value};

mod build;
mod decode;

/// What a block is, with what is decided by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// Text.
    Text,
    /// An image, a document, a video or audio.
    Media,
    /// A call of a tool.
    ToolUse {
        /// The call's id.
        tool_use_id: String,
        /// The tool's name.
        name: String,
    },
    /// The result of a call.
    ToolResult {
        /// The call's id.
        tool_use_id: String,
    },
    /// Content that a guardrail checks; the rest of the messages is not checked then.
    GuardContent,
    /// A point up to which the prompt is cached.
    CachePoint,
    /// Reasoning, signed or redacted.
    ReasoningContent,
    /// Any other kind of Converse's.
    Other,
}

/// A block of a message or of `system`.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentBlock {
    kind: BlockKind,
    raw: Raw,
}

impl ContentBlock {
    /// Decodes a block of a message.
    ///
    /// # Errors
    /// [`Invalid`] if it has not exactly one known kind, or its parts are wrong.
    ///
    /// ```
    /// use shared::converse::content_block::{BlockKind, ContentBlock};
    /// use shared::json::{Document, JsonPath};
    ///
    /// let document = Document::parse(r#"{"text": "hi"}"#.to_owned(), 8).unwrap();
    /// let block = ContentBlock::decode(document.root(), &JsonPath::ROOT).unwrap();
    /// assert_eq!(block.kind(), &BlockKind::Text);
    /// assert_eq!(serde_json::to_string(&block).unwrap(), r#"{"text": "hi"}"#);
    /// ```
    pub fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        Ok(Self { kind: decode::message_block(value, path)?, raw: value.raw() })
    }

    /// Decodes a block of `system`.
    ///
    /// # Errors
    /// [`Invalid`] if it is no `text`, `cachePoint` or `guardContent`.
    pub fn decode_system(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        Ok(Self { kind: decode::system_block(value, path)?, raw: value.raw() })
    }

    /// What it is.
    pub fn kind(&self) -> &BlockKind {
        &self.kind
    }

    /// Its JSON.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl Serialize for ContentBlock {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl fmt::Debug for ContentBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            BlockKind::Text => "text",
            BlockKind::Media => "media",
            BlockKind::ToolUse { .. } => "toolUse",
            BlockKind::ToolResult { .. } => "toolResult",
            BlockKind::GuardContent => "guardContent",
            BlockKind::CachePoint => "cachePoint",
            BlockKind::ReasoningContent => "reasoningContent",
            BlockKind::Other => "other",
        };
        write!(f, "ContentBlock({kind}, {} bytes)", self.raw.as_str().len())
    }
}

#[cfg(test)]
mod tests;
