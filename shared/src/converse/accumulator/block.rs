//! One content block while its pieces come.

use super::Malformed;
use crate::converse::answer_block::{AnswerBlock, ToolUse};
use crate::converse::content_block::ContentBlock;
use crate::converse::stream_event::{BlockDelta, BlockStart};
use crate::json::{Document, JsonPath, Object, Raw};
use crate::limits::DEPTH;

/// A block that has begun.
#[derive(Default)]
pub(super) enum OpenBlock {
    /// Nothing yet: text and reasoning have no start event.
    #[default]
    Empty,
    /// Text, and the citations that came with it.
    Text { text: String, citations: Vec<Raw> },
    /// Reasoning with its signature.
    Reasoning { text: String, signature: Option<String> },
    /// Reasoning that is encrypted, in base64.
    Redacted(String),
    /// A call, with the pieces of its input.
    Call { tool_use_id: String, name: String, server: bool, input: String },
    /// What one of Bedrock's own tools answered: its start, and the items of its content.
    ToolResult { start: Raw, content: Vec<Raw> },
    /// A kind that reaches the caller and cannot be made from its pieces.
    Unknown,
}

impl OpenBlock {
    /// A block that `contentBlockStart` begins.
    pub(super) fn started(start: &BlockStart) -> Self {
        match start {
            BlockStart::ToolUse { tool_use_id, name, server } => Self::Call {
                tool_use_id: tool_use_id.clone(),
                name: name.clone(),
                server: *server,
                input: String::new(),
            },
            BlockStart::ToolResult(start) => Self::ToolResult { start: start.clone(), content: Vec::new() },
            BlockStart::Unknown => Self::Unknown,
        }
    }

    /// Adds a piece.
    pub(super) fn push(&mut self, delta: &BlockDelta) -> Result<(), Malformed> {
        match (&mut *self, delta) {
            (Self::Call { input, .. }, BlockDelta::ToolUse(piece)) => input.push_str(piece),
            (_, BlockDelta::ToolUse(_)) => return Err(Malformed("a piece of a call that never began")),
            (Self::ToolResult { content, .. }, BlockDelta::ToolResult(items)) => content.extend(parts(items)),
            (Self::Empty, BlockDelta::Text(piece)) => {
                *self = Self::Text { text: piece.clone(), citations: Vec::new() };
            }
            (Self::Text { text, .. }, BlockDelta::Text(piece)) => text.push_str(piece),
            (Self::Empty, BlockDelta::Citation(citation)) => {
                *self = Self::Text { text: String::new(), citations: vec![citation.clone()] };
            }
            (Self::Text { citations, .. }, BlockDelta::Citation(citation)) => citations.push(citation.clone()),
            (_, BlockDelta::RedactedReasoning(base64)) => *self = Self::Redacted(base64.clone()),
            (_, BlockDelta::Reasoning { text, signature }) => self.reason(text.as_deref(), signature.as_deref()),
            (_, BlockDelta::Text(_) | BlockDelta::Citation(_) | BlockDelta::ToolResult(_) | BlockDelta::Unknown) => {
                *self = Self::Unknown;
            }
        }
        Ok(())
    }

    fn reason(&mut self, text_piece: Option<&str>, signature_piece: Option<&str>) {
        if matches!(self, Self::Empty) {
            *self = Self::Reasoning { text: String::new(), signature: None };
        }
        if let Self::Reasoning { text, signature } = self {
            text.push_str(text_piece.unwrap_or_default());
            if let Some(piece) = signature_piece {
                signature.get_or_insert_default().push_str(piece);
            }
        }
    }

    /// The finished block, as a Converse answer would hold it. `None` if it may not stand in a history: what Bedrock
    /// sends in pieces it may not take back whole (a result without an id, say).
    pub(super) fn finished(&self) -> Option<AnswerBlock> {
        match self {
            Self::Empty | Self::Unknown => None,
            Self::Text { text, citations } if !citations.is_empty() => {
                AnswerBlock::checked(ContentBlock::citations(text, citations).raw().as_str())
            }
            Self::Text { text, .. } if text.trim().is_empty() => None,
            Self::Text { text, .. } => Some(AnswerBlock::Content(ContentBlock::text(text))),
            Self::Reasoning { text, signature } => {
                Some(AnswerBlock::Content(ContentBlock::reasoning(text, signature.as_deref())))
            }
            Self::Redacted(base64) => AnswerBlock::checked(ContentBlock::redacted_reasoning(base64).raw().as_str()),
            Self::Call { tool_use_id, name, server, input } => {
                // A tool without parameters is called without a single piece of input.
                let input = if input.trim().is_empty() { "{}" } else { input };
                let call = ToolUse::new(tool_use_id.clone(), name.clone(), input.to_owned());
                match (server, &call.input) {
                    (false, _) => Some(AnswerBlock::Call(call)),
                    (true, Some(input)) => {
                        AnswerBlock::checked(ContentBlock::server_tool_use(tool_use_id, name, input).raw().as_str())
                    }
                    (true, None) => None,
                }
            }
            Self::ToolResult { start, content } => {
                let start = Document::parse(start.as_str().to_owned(), DEPTH).ok()?;
                let mut result = Object::decode(start.root(), &JsonPath::ROOT).ok()?;
                result.set("content", Raw::of(content));
                AnswerBlock::checked(ContentBlock::server_tool_result(&result).raw().as_str())
            }
        }
    }
}

/// The items of an array.
fn parts(items: &Raw) -> Vec<Raw> {
    let document = Document::parse(items.as_str().to_owned(), DEPTH).ok();
    document.and_then(|document| Some(document.root().items()?.map(|item| item.raw()).collect())).unwrap_or_default()
}
