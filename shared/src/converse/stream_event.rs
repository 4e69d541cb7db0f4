//! One event of a ConverseStream answer: its name and Bedrock's JSON, less the padding.

use std::fmt;

use bytes::Bytes;

use crate::json;

/// Which event. What is new next year is `Other`, and passes through under its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `messageStart`: the role.
    MessageStart,
    /// `contentBlockStart`: a tool call, a tool's result or an image begins. Text has none.
    ContentBlockStart,
    /// `contentBlockDelta`: a piece of a block.
    ContentBlockDelta,
    /// `contentBlockStop`.
    ContentBlockStop,
    /// `messageStop`: the stop reason.
    MessageStop,
    /// `metadata`: usage, metrics, trace. The last one.
    Metadata,
    /// An event this crate does not know.
    Other(String),
}

impl Kind {
    /// Reads `:event-type`.
    pub fn from_name(name: &str) -> Self {
        match name {
            "messageStart" => Self::MessageStart,
            "contentBlockStart" => Self::ContentBlockStart,
            "contentBlockDelta" => Self::ContentBlockDelta,
            "contentBlockStop" => Self::ContentBlockStop,
            "messageStop" => Self::MessageStop,
            "metadata" => Self::Metadata,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        match self {
            Self::MessageStart => "messageStart",
            Self::ContentBlockStart => "contentBlockStart",
            Self::ContentBlockDelta => "contentBlockDelta",
            Self::ContentBlockStop => "contentBlockStop",
            Self::MessageStop => "messageStop",
            Self::Metadata => "metadata",
            Self::Other(name) => name,
        }
    }
}

/// An event as it reaches the caller.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Which one.
    pub kind: Kind,
    /// Bedrock's JSON object, every field as it came but for the padding `p`.
    pub payload: Bytes,
}

impl Event {
    /// Reads a frame's event. Bedrock pads every payload with a member `p` of 2 to 61 letters; it is taken out
    /// here, and what is no JSON object is refused here.
    ///
    /// # Errors
    /// Where `payload` is no JSON object.
    pub fn new(name: &str, payload: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(Self { kind: Kind::from_name(name), payload: json::without_member(payload, "p")?.into() })
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({}, {} bytes)", self.kind.name(), self.payload.len())
    }
}
