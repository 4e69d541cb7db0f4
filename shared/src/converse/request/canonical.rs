//! The spellings that clients have for one request, made the one that Bedrock reads.
//!
//! Generated clients send null for what is absent; browsers send `data:` URIs; encoders wrap base64 into lines. Documents
//! of a tool's or a model's own pass as they are.

use super::DOCUMENTS;
use crate::json::{Edit, Kind, Raw, Value};

/// The members whose strings are bytes in base64.
const BYTES: [&str; 2] = ["bytes", "redactedContent"];

/// The JSON of a request as Bedrock reads it; none if it is that already.
pub fn canonical(whole: Value<'_>) -> Option<String> {
    let mut edit = Edit::of(whole);
    let mut open = vec![whole];
    while let Some(value) = open.pop() {
        open.extend(value.items().into_iter().flatten());
        let mut nulls = false;
        for (name, member) in value.members().into_iter().flatten() {
            match member.kind() {
                Kind::Null => nulls = true,
                Kind::String if BYTES.contains(&name.as_ref()) => {
                    if let Some(base64) = plain_base64(member) {
                        edit.replace(member, &Raw::of(&base64));
                    }
                }
                Kind::Object | Kind::Array if !DOCUMENTS.contains(&name.as_ref()) => open.push(member),
                Kind::Object | Kind::Array | Kind::String | Kind::Number | Kind::Boolean => {}
            }
        }
        if nulls {
            edit.remove_members(value, |_, member| member.kind() == Kind::Null);
        }
    }
    (!edit.is_empty()).then(|| edit.apply())
}

/// The base64 of a `data:` URI or of wrapped lines; none if it is plain already, or something else.
fn plain_base64(value: Value<'_>) -> Option<String> {
    let json = value.json().as_bytes();
    // A `data:` URI has a colon, and a line's end is an escape; neither is base64.
    memchr::memchr3(b':', b'\\', b' ', json)?;
    let text = value.text()?;
    let base64 = match text.strip_prefix("data:") {
        Some(uri) => uri.split_once(',').filter(|(kind, _)| kind.ends_with(";base64"))?.1,
        None => &text,
    };
    let plain: String = base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    (plain.len() != text.len()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    fn read(json: &str) -> String {
        let document = Document::parse(json.to_owned(), 32).unwrap();
        canonical(document.root()).unwrap_or_else(|| json.to_owned())
    }

    #[test]
    fn null_is_absent_but_in_documents() {
        for (json, expected) in [
            (
                r#"{"system":null,"messages":[{"role":"user","content":[{"text":"hi","image":null}]}]}"#,
                r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#,
            ),
            (r#"{"inferenceConfig":{"topP":null, "maxTokens": 1.0}}"#, r#"{"inferenceConfig":{"maxTokens": 1.0}}"#),
            (r#"{"toolUse":{"input":{"a":null}}}"#, r#"{"toolUse":{"input":{"a":null}}}"#),
            (r#"{"inputSchema":{"json":{"default":null}}}"#, r#"{"inputSchema":{"json":{"default":null}}}"#),
            (r#"{"additionalModelRequestFields":{"x":null}}"#, r#"{"additionalModelRequestFields":{"x":null}}"#),
            (r#"{"text":"null"}"#, r#"{"text":"null"}"#),
        ] {
            assert_eq!(read(json), expected);
        }
    }

    #[test]
    fn base64_is_plain() {
        for bytes in ["aGVs\\nbG8=", "aGVs\\r\\nbG8=", "aGVs bG8=", "data:image/png;base64,aGVsbG8="] {
            let json = format!(r#"{{"image":{{"format":"png","source":{{"bytes":"{bytes}"}}}}}}"#);
            assert_eq!(read(&json), r#"{"image":{"format":"png","source":{"bytes":"aGVsbG8="}}}"#);
        }
        for other in ["aGVsbG8=", "data:image/png,hello", "data:", "aGVs\\/G8=", "\\ud800"] {
            let json = format!(r#"{{"bytes":"{other}"}}"#);
            assert_eq!(read(&json), json);
        }
        let text = r#"{"text":"data:image/png;base64,aGVs"}"#;
        assert_eq!(read(text), text);
    }
}
