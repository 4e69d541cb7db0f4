//! From an event's JSON to its kind, in one pass.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde_json::value::RawValue;

use super::padding::{self, Found};
use super::{BlockDelta, BlockStart, EventName, StreamEventKind};
use crate::converse::stop_reason::StopReason;
use crate::json::{Raw, from_wtf8};

/// A string that borrows if it holds no escape. Half a surrogate pair becomes U+FFFD: a model can stop inside one.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(from_wtf8(bytes)))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(from_wtf8(bytes).into_owned())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delta<'a> {
    content_block_index: u64,
    #[serde(borrow)]
    delta: Piece<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    p: Option<&'a RawValue>,
}

/// A delta's union. A member of next year is none of these.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    tool_use: Option<Input<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<Reasoning<'a>>,
    #[serde(borrow)]
    citation: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    input: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reasoning<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    signature: Option<Text<'a>>,
    #[serde(borrow)]
    redacted_content: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start<'a> {
    content_block_index: u64,
    #[serde(borrow)]
    start: Begun<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    p: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun<'a> {
    #[serde(borrow)]
    tool_use: Option<Call<'a>>,
    #[serde(borrow)]
    tool_result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    #[serde(borrow)]
    tool_use_id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stop<'a> {
    #[serde(borrow)]
    stop_reason: Text<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    p: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    metrics: Option<Metrics>,
    #[serde(borrow, default, deserialize_with = "present")]
    p: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    latency_ms: Option<u64>,
}

/// Any event: an object, and perhaps its padding.
#[derive(Deserialize)]
struct Any<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    p: Option<&'a RawValue>,
}

/// A member that is there, be it null.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A known event's type, its name, and what is said of one that has another form.
macro_rules! known {
    ($payload:ident, $form:ty, $name:literal, $malformed:literal, |$parsed:ident| $kind:expr) => {{
        match serde_json::from_slice::<$form>($payload) {
            Ok($parsed) => {
                let padding = padding::find($payload, $parsed.p);
                Ok(($kind, EventName::Known($name), padding))
            }
            // Another form, or no JSON object at all.
            Err(_) => plain($payload, StreamEventKind::Malformed($malformed), EventName::Known($name)),
        }
    }};
}

type AnyObject<'a> = HashMap<Cow<'a, str>, IgnoredAny>;

type Parsed = Result<(StreamEventKind, EventName, Found), serde_json::Error>;

pub(super) fn event(name: &str, payload: &[u8]) -> Parsed {
    // serde would read a struct from an array as well.
    if !payload.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice::<AnyObject<'_>>(payload)?;
    }
    match name {
        "contentBlockDelta" => {
            known!(payload, Delta<'_>, "contentBlockDelta", "a contentBlockDelta of unknown form", |parsed| {
                let index = parsed.content_block_index;
                StreamEventKind::ContentBlockDelta { index, delta: parsed.delta.into() }
            })
        }
        "contentBlockStart" => {
            known!(payload, Start<'_>, "contentBlockStart", "a contentBlockStart of unknown form", |parsed| {
                let index = parsed.content_block_index;
                StreamEventKind::ContentBlockStart { index, start: parsed.start.into() }
            })
        }
        "messageStop" => {
            known!(payload, Stop<'_>, "messageStop", "a messageStop without a stopReason", |parsed| {
                StreamEventKind::MessageStop(StopReason::from_name(&parsed.stop_reason.0))
            })
        }
        "metadata" => known!(payload, Metadata<'_>, "metadata", "a metadata of unknown form", |parsed| {
            StreamEventKind::Metadata {
                usage: parsed.usage.map(Raw::of),
                latency_ms: parsed.metrics.and_then(|metrics| metrics.latency_ms),
            }
        }),
        "messageStart" => plain(payload, StreamEventKind::MessageStart, EventName::Known("messageStart")),
        "contentBlockStop" => plain(payload, StreamEventKind::ContentBlockStop, EventName::Known("contentBlockStop")),
        other => plain(payload, StreamEventKind::Other, EventName::Other(other.into())),
    }
}

fn plain(payload: &[u8], kind: StreamEventKind, name: EventName) -> Parsed {
    let padding = match serde_json::from_slice::<Any<'_>>(payload) {
        Ok(any) => padding::find(payload, any.p),
        // Padding that stands twice is of no use to anybody.
        Err(_) if serde_json::from_slice::<AnyObject<'_>>(payload).is_ok() => Found::Nested,
        Err(error) => return Err(error),
    };
    Ok((kind, name, padding))
}

impl From<Piece<'_>> for BlockDelta {
    fn from(piece: Piece<'_>) -> Self {
        match piece {
            Piece { tool_use: Some(call), .. } => Self::ToolUse(call.input.map(String::from).unwrap_or_default()),
            Piece { reasoning_content: Some(Reasoning { redacted_content: Some(redacted), .. }), .. } => {
                Self::RedactedReasoning(redacted.into())
            }
            Piece { reasoning_content: Some(reasoning), .. } => Self::Reasoning {
                text: reasoning.text.map(String::from),
                signature: reasoning.signature.map(String::from),
            },
            Piece { tool_result: Some(items), .. } => Self::ToolResult(Raw::of(items)),
            Piece { text: Some(text), .. } => Self::Text(text.into()),
            Piece { citation: Some(citation), .. } => Self::Citation(Raw::of(citation)),
            _ => Self::Unknown,
        }
    }
}

impl From<Begun<'_>> for BlockStart {
    fn from(begun: Begun<'_>) -> Self {
        match begun {
            Begun { tool_use: Some(call), .. } => Self::ToolUse {
                tool_use_id: call.tool_use_id.into(),
                name: call.name.into(),
                server: call.kind.is_some_and(|kind| kind.0 == "server_tool_use"),
                repeated: false,
            },
            Begun { tool_result: Some(result), .. } => Self::ToolResult(Raw::of(result)),
            Begun { tool_use: None, tool_result: None } => Self::Unknown,
        }
    }
}
