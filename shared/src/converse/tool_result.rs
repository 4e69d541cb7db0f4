//! The result of a tool's call, as Bedrock's `toolResult` has it.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::json::{Document, Kind, Raw, Value};
use crate::limits::DEPTH;

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

/// An item of a result's content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Item<'a> {
    Text(Cow<'a, str>),
    Json(Raw),
}

/// What stands for a text that says nothing: Bedrock rejects a blank one.
const NO_OUTPUT: &str = "(no output)";
/// How deep a result may nest, so that the messages that hold it nest at most [`DEPTH`].
const RESULT_DEPTH: usize = DEPTH - 16;

impl ToolResult {
    /// A result of one text.
    pub fn text(tool_use_id: &str, status: ToolStatus, text: &str) -> Self {
        Self { tool_use_id: tool_use_id.to_owned(), content: Raw::of(&[text_item(text.into())]), status }
    }

    /// A result that says what went wrong, to the model.
    pub fn error(tool_use_id: &str, text: impl AsRef<str>) -> Self {
        Self::text(tool_use_id, ToolStatus::Error, text.as_ref())
    }
}

/// The content of a result that a tool gave as `items` of `{text}` and `{json}`, as Bedrock takes it; none if they are no
/// such items. What is no plain JSON object becomes a text: Bedrock rejects any other `json`, and objects with a member
/// `__type`.
pub fn content(items: Value<'_>) -> Option<Raw> {
    let items: Vec<Item<'_>> = items.items()?.map(item).collect::<Option<_>>()?;
    (!items.is_empty()).then(|| Raw::of(&items))
}

fn item(item: Value<'_>) -> Option<Item<'_>> {
    let mut members = item.members()?;
    let (kind, value) = members.next()?;
    match (kind.as_ref(), members.next()) {
        ("text", None) if value.kind() == Kind::String => Some(text_item(value.text_lossy())),
        ("json", None) if is_plain_object(value) => Some(Item::Json(value.raw())),
        ("json", None) if value.kind() == Kind::String => Some(text_item(value.text_lossy())),
        ("json", None) => Some(text_item(value.json().into())),
        _ => None,
    }
}

fn text_item(text: Cow<'_, str>) -> Item<'_> {
    Item::Text(if text.trim().is_empty() { NO_OUTPUT.into() } else { text })
}

/// An object that Bedrock reads as a document, and that a caller can send back: without `__type`, without half a surrogate
/// pair, which has no UTF-8, without a duplicate key, and not too deep.
fn is_plain_object(value: Value<'_>) -> bool {
    let legal = || Document::parse(value.json().to_owned(), RESULT_DEPTH).is_ok();
    value.kind() == Kind::Object && !has_type_member(value) && !holds_half_a_pair(value) && legal()
}

fn has_type_member(value: Value<'_>) -> bool {
    // The key can be written with escapes.
    (value.json().contains("__type") || value.json().contains("\\u"))
        && value.any(&mut |value| value.members().is_some_and(|mut members| members.any(|(name, _)| name == "__type")))
}

fn holds_half_a_pair(value: Value<'_>) -> bool {
    value.json().contains("\\u") && value.any(&mut |value| value.kind() == Kind::String && value.text().is_none())
}

impl fmt::Debug for ToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolResult({} {:?}, {} bytes)", self.tool_use_id, self.status, self.content.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptable(items: &str) -> Option<String> {
        let document = Document::parse_lenient(items.to_owned()).unwrap();
        content(document.root()).map(|content| content.as_str().to_owned())
    }

    #[test]
    fn plain_object_and_text_stay_as_they_came() {
        for items in [r#"[{"json":{"b":1.0,"a":[null]}}]"#, r#"[{"text":"a"},{"json":{}}]"#] {
            assert_eq!(acceptable(items).as_deref(), Some(items));
        }
    }

    #[test]
    fn whatever_else_a_tool_gives_becomes_a_text() {
        for (item, text) in [
            (r#"{"json":[1, 2]}"#, "[1, 2]"),
            (r#"{"json":"text"}"#, "text"),
            (r#"{"json":7}"#, "7"),
            (r#"{"json":null}"#, "null"),
            (r#"{"json":{"a":{"__type":"x"}}}"#, r#"{"a":{"__type":"x"}}"#),
            (r#"{"json":{"\u005f_type":"x"}}"#, r#"{"\u005f_type":"x"}"#),
            (r#"{"json":{"a":"cut \ud83d"}}"#, r#"{"a":"cut \ud83d"}"#),
            (r#"{"json":{"a":1,"a":2}}"#, r#"{"a":1,"a":2}"#),
            (r#"{"json":""}"#, "(no output)"),
            (r#"{"text":""}"#, "(no output)"),
            (r#"{"text":" \n"}"#, "(no output)"),
            (r#"{"text":"cut \ud83d"}"#, "cut \u{fffd}"),
        ] {
            let found = acceptable(&format!("[{item}]")).unwrap();
            let found: serde_json::Value = serde_json::from_str(&found).unwrap();
            assert_eq!(found, serde_json::json!([{ "text": text }]), "{item}");
        }
    }

    #[test]
    fn what_is_no_content_is_none() {
        for items in ["[]", "{}", "7", r#"[{"image":{}}]"#, r#"[{"text":7}]"#, r#"[{"text":"a","json":{}}]"#, "[{}]"] {
            assert_eq!(acceptable(items), None, "{items}");
        }
    }
}
