//! One content block while its pieces come.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Malformed;
use crate::converse::history::Block;
use crate::json::{self, Object, quoted};

/// A block that has begun.
#[derive(Default)]
pub(super) enum Open {
    /// Nothing yet: text and reasoning have no start event.
    #[default]
    Empty,
    /// Text, and the citations that came with it.
    Text { text: String, citations: Vec<String> },
    /// Reasoning with its signature.
    Reasoning { text: String, signature: Option<String> },
    /// Reasoning that is encrypted.
    Redacted(String),
    /// A call: `start` is what `contentBlockStart` said of it, `input` its fragments.
    Call { id: String, name: String, server: bool, input: String },
    /// A result of one of Bedrock's own tools.
    ToolResult { start: String, content: Vec<String> },
    /// A kind that is shown to the caller and cannot be told from its pieces.
    Unknown,
}

/// A delta's union. A member of next year is none of these, and the block is then [`Open::Unknown`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    tool_use: Option<ToolUse<'a>>,
    reasoning_content: Option<Reasoning<'a>>,
    citation: Option<&'a RawValue>,
    tool_result: Option<&'a RawValue>,
}

/// A string that borrows where it holds no escape.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct ToolUse<'a> {
    #[serde(borrow)]
    input: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reasoning<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    signature: Option<Text<'a>>,
    redacted_content: Option<Text<'a>>,
}

impl Open {
    /// A block that `contentBlockStart` begins.
    pub(super) fn started(start: &RawValue) -> Result<Self, Malformed> {
        let malformed = Malformed("a contentBlockStart of unknown form");
        let object = Object::read(start).ok_or(malformed)?;
        let Some((kind, value)) = object.entries().first() else { return Ok(Self::Unknown) };
        match kind.as_ref() {
            "toolUse" => {
                let call = Object::read(value).ok_or(malformed)?;
                let text = |name: &str| call.get(name).and_then(json::string).map(Cow::into_owned);
                Ok(Self::Call {
                    id: text("toolUseId").ok_or(malformed)?,
                    name: text("name").ok_or(malformed)?,
                    server: text("type").as_deref() == Some("server_tool_use"),
                    input: String::new(),
                })
            }
            "toolResult" => Ok(Self::ToolResult { start: value.get().to_owned(), content: Vec::new() }),
            _ => Ok(Self::Unknown),
        }
    }

    /// Adds a piece.
    pub(super) fn push(&mut self, delta: Delta<'_>) -> Result<(), Malformed> {
        match (&mut *self, delta) {
            (Self::Call { input, .. }, Delta { tool_use: Some(piece), .. }) => input.push_str(&piece.input),
            (_, Delta { tool_use: Some(_), .. }) => return Err(Malformed("a piece of a call that never began")),
            (Self::ToolResult { content, .. }, Delta { tool_result: Some(items), .. }) => {
                content.extend(json::array(items).unwrap_or_default().iter().map(|item| item.get().to_owned()));
            }
            (Self::Empty, Delta { text: Some(piece), .. }) => {
                *self = Self::Text { text: piece.0.into_owned(), citations: Vec::new() };
            }
            (Self::Text { text, .. }, Delta { text: Some(piece), .. }) => text.push_str(&piece.0),
            (Self::Empty, Delta { citation: Some(citation), .. }) => {
                *self = Self::Text { text: String::new(), citations: vec![citation.get().to_owned()] };
            }
            (Self::Text { citations, .. }, Delta { citation: Some(citation), .. }) => {
                citations.push(citation.get().to_owned());
            }
            (_, Delta { reasoning_content: Some(piece), .. }) => self.reason(piece),
            (_, _) => *self = Self::Unknown,
        }
        Ok(())
    }

    fn reason(&mut self, piece: Reasoning<'_>) {
        if let Some(redacted) = piece.redacted_content {
            *self = Self::Redacted(redacted.0.into_owned());
            return;
        }
        if matches!(self, Self::Empty) {
            *self = Self::Reasoning { text: String::new(), signature: None };
        }
        if let Self::Reasoning { text, signature } = self {
            if let Some(piece) = piece.text {
                text.push_str(&piece.0);
            }
            if let Some(piece) = piece.signature {
                signature.get_or_insert_default().push_str(&piece.0);
            }
        }
    }

    /// The finished block, as a Converse answer would hold it. `None` where it may not stand in a history.
    pub(super) fn finished(&self) -> Option<Block> {
        // What Bedrock sends in pieces it may not take back whole: a result without an id, say.
        let whole = |json: String| Block::read(&RawValue::from_string(json).ok()?);
        match self {
            Self::Empty | Self::Unknown => None,
            Self::Text { text, citations } if citations.is_empty() => {
                if text.trim().is_empty() {
                    None
                } else {
                    Some(Block::Whole(format!(r#"{{"text":{}}}"#, quoted(text))))
                }
            }
            Self::Text { text, citations } => {
                let (text, citations) = (quoted(text), json::raw_array(citations.iter().map(String::as_str)));
                whole(format!(r#"{{"citationsContent":{{"content":[{{"text":{text}}}],"citations":{citations}}}}}"#))
            }
            Self::Reasoning { text, signature } => {
                let mut inner = format!(r#""text":{}"#, quoted(text));
                if let Some(signature) = signature {
                    inner.push_str(&format!(r#","signature":{}"#, quoted(signature)));
                }
                whole(format!(r#"{{"reasoningContent":{{"reasoningText":{{{inner}}}}}}}"#))
            }
            Self::Redacted(bytes) => {
                whole(format!(r#"{{"reasoningContent":{{"redactedContent":{}}}}}"#, quoted(bytes)))
            }
            Self::Call { id, name, server: true, input } => whole(format!(
                r#"{{"toolUse":{{"toolUseId":{},"name":{},"input":{},"type":"server_tool_use"}}}}"#,
                quoted(id),
                quoted(name),
                serde_json::from_str::<&RawValue>(input).map_or("{}", RawValue::get),
            )),
            Self::Call { id, name, server: false, input } => {
                // A tool without parameters is called without a single fragment.
                let input = if input.trim().is_empty() { "{}" } else { input };
                Some(Block::call(id.clone(), name.clone(), input))
            }
            Self::ToolResult { start, content } => {
                let content = json::raw_array(content.iter().map(String::as_str));
                let start = start.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
                let comma = if start.is_empty() { "" } else { "," };
                whole(format!(r#"{{"toolResult":{{{start}{comma}"content":{content}}}}}"#))
            }
        }
    }
}
