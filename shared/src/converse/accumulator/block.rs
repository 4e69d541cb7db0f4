//! One content block while its pieces come.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::converse::answer_block::{AnswerBlock, ToolUse};
use crate::converse::content_block::ContentBlock;
use crate::converse::stream_event::{BlockDelta, BlockStart};
use crate::json::{Document, JsonPath, Object, Raw};
use crate::limits::DEPTH;

/// A block that has begun.
pub(super) enum OpenBlock {
    /// Text, and the citations that came with it.
    Text { text: String, citations: Vec<Raw> },
    /// Reasoning with its signature.
    Reasoning { text: String, signature: Option<String> },
    /// Reasoning that is encrypted: its bytes. They come in pieces, each in base64 of its own.
    Redacted(Vec<u8>),
    /// A call, with the pieces of its input.
    Call { tool_use_id: String, name: String, server: bool, repeated: bool, input: String },
    /// What one of Bedrock's own tools answered: its start, and the items of its content.
    ToolResult { start: Raw, content: Vec<Raw> },
    /// A kind that reaches the caller and cannot be made from its pieces.
    Unknown,
}

impl OpenBlock {
    /// A block that `contentBlockStart` begins.
    pub(super) fn started(start: &BlockStart) -> Self {
        match start {
            BlockStart::ToolUse { tool_use_id, name, server, repeated } => Self::Call {
                tool_use_id: tool_use_id.clone(),
                name: name.clone(),
                server: *server,
                repeated: *repeated,
                input: String::new(),
            },
            BlockStart::ToolResult(start) => Self::ToolResult { start: start.clone(), content: Vec::new() },
            BlockStart::Unknown => Self::Unknown,
        }
    }

    /// A block that its first piece begins: text and reasoning have no start event. `None` for a piece that cannot begin one.
    pub(super) fn begun_by(delta: &BlockDelta) -> Option<Self> {
        Some(match delta {
            BlockDelta::Text(piece) => Self::Text { text: piece.clone(), citations: Vec::new() },
            BlockDelta::Citation(citation) => Self::Text { text: String::new(), citations: vec![citation.clone()] },
            BlockDelta::Reasoning { text, signature } => {
                Self::Reasoning { text: text.clone().unwrap_or_default(), signature: signature.clone() }
            }
            BlockDelta::RedactedReasoning(piece) => Self::Redacted(decoded(piece)?),
            BlockDelta::Unknown => Self::Unknown,
            BlockDelta::ToolUse(_) | BlockDelta::ToolResult(_) => return None,
        })
    }

    /// Adds a piece, if it is one of this block.
    pub(super) fn push(&mut self, delta: &BlockDelta) -> bool {
        match (self, delta) {
            (Self::Call { input, .. }, BlockDelta::ToolUse(piece)) => input.push_str(piece),
            (Self::ToolResult { content, .. }, BlockDelta::ToolResult(items)) => content.extend(parts(items)),
            (Self::Text { text, .. }, BlockDelta::Text(piece)) => text.push_str(piece),
            (Self::Text { citations, .. }, BlockDelta::Citation(citation)) => citations.push(citation.clone()),
            (Self::Reasoning { text, signature }, BlockDelta::Reasoning { text: more, signature: signed }) => {
                text.push_str(more.as_deref().unwrap_or_default());
                if let Some(piece) = signed {
                    signature.get_or_insert_default().push_str(piece);
                }
            }
            (Self::Redacted(bytes), BlockDelta::RedactedReasoning(piece)) => match decoded(piece) {
                Some(more) => bytes.extend(more),
                None => return false,
            },
            (Self::Unknown, BlockDelta::Unknown) => {}
            (
                Self::Call { .. }
                | Self::ToolResult { .. }
                | Self::Text { .. }
                | Self::Reasoning { .. }
                | Self::Redacted(_)
                | Self::Unknown,
                _,
            ) => return false,
        }
        true
    }

    /// The finished block, as a Converse answer would hold it. `None` if it may not stand in a history: what Bedrock
    /// sends in pieces it may not take back whole (a result without an id, say).
    pub(super) fn finished(&self) -> Option<AnswerBlock> {
        match self {
            Self::Unknown => None,
            Self::Text { text, citations } if !citations.is_empty() => {
                AnswerBlock::checked(ContentBlock::citations(text, citations).raw().as_str())
            }
            Self::Text { text, .. } if text.trim().is_empty() => None,
            Self::Text { text, .. } => Some(AnswerBlock::Content(ContentBlock::text(text))),
            Self::Reasoning { text, signature } => {
                Some(AnswerBlock::Content(ContentBlock::reasoning(text, signature.as_deref())))
            }
            Self::Redacted(bytes) => {
                let base64 = STANDARD.encode(bytes);
                Some(AnswerBlock::Content(ContentBlock::redacted_reasoning(&base64)))
            }
            Self::Call { tool_use_id, name, server, repeated, input } => {
                // A tool without parameters is called without a single piece of input.
                let input = if input.trim().is_empty() { "{}" } else { input };
                let call = ToolUse::new(tool_use_id.clone(), name.clone(), input.to_owned());
                match (server, &call.input) {
                    (false, _) => Some(AnswerBlock::Call(ToolUse { repeated: *repeated, ..call })),
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

/// The bytes of a piece in base64, with padding or without.
fn decoded(piece: &str) -> Option<Vec<u8>> {
    STANDARD.decode(piece).or_else(|_| STANDARD_NO_PAD.decode(piece)).ok()
}
