//! One event of a ConverseStream answer, parsed once: for what is made of it, and for whom it is written.

use std::fmt;

use bytes::Bytes;

use super::history::{CallSanitizer, Sanitized};
use super::stop_reason::StopReason;
use crate::json::{Document, Edit, Raw};

mod padding;
mod parse;

/// Which event, with what this service acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEventKind {
    /// `messageStart`: the role.
    MessageStart,
    /// `contentBlockStart`: a call, a tool's result or an image begins. Text has none.
    ContentBlockStart {
        /// Bedrock's `contentBlockIndex`.
        index: u64,
        /// What begins.
        start: BlockStart,
    },
    /// `contentBlockDelta`: a piece of a block.
    ContentBlockDelta {
        /// Bedrock's `contentBlockIndex`.
        index: u64,
        /// The piece.
        delta: BlockDelta,
    },
    /// `contentBlockStop`.
    ContentBlockStop,
    /// `messageStop`.
    MessageStop(StopReason),
    /// `metadata`, the last one.
    Metadata {
        /// Bedrock's `usage` as it came: `inputTokens` does not include cached tokens, `totalTokens` does.
        usage: Option<Raw>,
        /// Bedrock's own measure of the call, in milliseconds.
        latency_ms: Option<u64>,
    },
    /// A known event that has not the form Bedrock documents, and what of it.
    Malformed(&'static str),
    /// An event this crate does not know.
    Other,
}

/// What a block begins as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockStart {
    /// A call of a tool.
    ToolUse {
        /// The call's id.
        tool_use_id: String,
        /// The tool's name.
        name: String,
        /// Whether it is one of Bedrock's own tools, which Bedrock has run.
        server: bool,
        /// Whether a call before it in the answer had the same id.
        repeated: bool,
    },
    /// What one of Bedrock's own tools answered; its members as they came.
    ToolResult(Raw),
    /// A kind this crate does not know.
    Unknown,
}

/// A piece of a block.
#[derive(Clone, PartialEq, Eq)]
pub enum BlockDelta {
    /// Text.
    Text(String),
    /// A piece of a call's input: a piece of JSON.
    ToolUse(String),
    /// Reasoning.
    Reasoning {
        /// A piece of its text.
        text: Option<String>,
        /// A piece of its signature.
        signature: Option<String>,
    },
    /// Reasoning that is encrypted, in base64.
    RedactedReasoning(String),
    /// A citation of the text.
    Citation(Raw),
    /// Items of a tool result's content: an array.
    ToolResult(Raw),
    /// A kind this crate does not know.
    Unknown,
}

/// An event: its kind, its name, and Bedrock's JSON as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamEvent {
    /// Which one.
    pub kind: StreamEventKind,
    name: EventName,
    payload: Bytes,
    /// Where the padding is in it.
    padding: std::ops::Range<usize>,
}

/// An event's name; the known ones cost no allocation.
#[derive(Clone, PartialEq, Eq)]
enum EventName {
    Known(&'static str),
    Other(Box<str>),
}

impl StreamEvent {
    /// Parses the event called `name`.
    ///
    /// # Errors
    /// If `payload` is no JSON object. A known event of another form than the documented one is
    /// [`StreamEventKind::Malformed`].
    ///
    /// ```
    /// use shared::converse::stream_event::{BlockDelta, StreamEvent, StreamEventKind};
    ///
    /// let payload = br#"{"contentBlockIndex":0,"delta":{"text":"hi"},"p":"abcdef"}"#;
    /// let event = StreamEvent::parse("contentBlockDelta", bytes::Bytes::from_static(payload)).unwrap();
    /// let delta = BlockDelta::Text("hi".to_owned());
    /// assert_eq!(event.kind, StreamEventKind::ContentBlockDelta { index: 0, delta });
    /// assert_eq!(event.payload().concat(), br#"{"contentBlockIndex":0,"delta":{"text":"hi"}}"#);
    /// ```
    pub fn parse(name: &str, payload: Bytes) -> Result<Self, serde_json::Error> {
        let (kind, name, padding) = parse::event(name, &payload)?;
        let (payload, padding) = match padding {
            padding::Found::At(range) => (payload, range),
            padding::Found::Nested => (padding::removed(&payload)?, 0..0),
        };
        Ok(Self { kind, name, payload, padding })
    }

    /// The same event with a legal id and name, if it begins a call whose are not.
    pub fn sanitized(self, sanitizer: &mut CallSanitizer) -> Self {
        let StreamEventKind::ContentBlockStart {
            start: BlockStart::ToolUse { tool_use_id, name, server: false, .. },
            ..
        } = &self.kind
        else {
            return self;
        };
        let sanitized = sanitizer.next(tool_use_id, name);
        if sanitized.tool_use_id == *tool_use_id && sanitized.name == *name {
            return self;
        }
        self.renamed(sanitized).unwrap_or(self)
    }

    fn renamed(&self, to: Sanitized) -> Option<Self> {
        let document = Document::parse_lenient(String::from_utf8(self.payload().concat()).ok()?).ok()?;
        let call = document.root().get("start")?.get("toolUse")?;
        let mut edit = Edit::of(document.root());
        edit.replace(call.get("toolUseId")?, &Raw::of(&to.tool_use_id));
        edit.replace(call.get("name")?, &Raw::of(&to.name));
        let mut event = Self::parse(self.name(), edit.apply().into()).ok()?;
        if let StreamEventKind::ContentBlockStart { start: BlockStart::ToolUse { repeated, .. }, .. } = &mut event.kind
        {
            *repeated = to.repeated;
        }
        Some(event)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match &self.name {
            EventName::Known(name) => name,
            EventName::Other(name) => name,
        }
    }

    /// Bedrock's JSON without the padding `p`, every other byte as it came, in two parts.
    pub fn payload(&self) -> [&[u8]; 2] {
        let part = |range: std::ops::Range<usize>| self.payload.get(range).unwrap_or_default();
        [part(0..self.padding.start), part(self.padding.end..self.payload.len())]
    }

    /// Whether it is a part of the answer, and not `messageStart`, which says nothing yet.
    pub fn begins_answer(&self) -> bool {
        self.kind != StreamEventKind::MessageStart
    }

    /// Whether it is a piece of the answer's content.
    pub fn is_content(&self) -> bool {
        matches!(self.kind, StreamEventKind::ContentBlockStart { .. } | StreamEventKind::ContentBlockDelta { .. })
    }
}

impl fmt::Debug for StreamEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamEvent({}, {} bytes)", self.name(), self.payload.len())
    }
}

impl fmt::Debug for BlockDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "text",
            Self::ToolUse(_) => "toolUse",
            Self::Reasoning { .. } | Self::RedactedReasoning(_) => "reasoningContent",
            Self::Citation(_) => "citation",
            Self::ToolResult(_) => "toolResult",
            Self::Unknown => "unknown",
        })
    }
}
