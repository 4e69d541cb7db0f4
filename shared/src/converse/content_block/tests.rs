use super::*;
use crate::json::Document;

fn block(json: &str) -> String {
    let document = Document::parse(json.to_owned(), 32).unwrap();
    match ContentBlock::decode(document.root(), &JsonPath::ROOT.field("b")) {
        Ok(block) => {
            assert_eq!(block.raw().as_str(), json);
            "accepted".to_owned()
        }
        Err(invalid) => invalid.to_string(),
    }
}

#[test]
fn every_kind_of_block_is_accepted() {
    for json in [
        r#"{"text":"hi"}"#,
        r#"{"image":{"format":"png","source":{"bytes":"aGk="}}}"#,
        r#"{"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/k","bucketOwner":"123456789012"}}}}"#,
        r#"{"document":{"name":"a","format":"pdf","source":{"bytes":"aGk="},"citations":{"enabled":true}}}"#,
        r#"{"document":{"name":"a","source":{"text":"t"}}}"#,
        r#"{"document":{"name":"a","source":{"content":[{"text":"t"}]}}}"#,
        r#"{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://b/k"}}}}"#,
        r#"{"audio":{"format":"wav","source":{"bytes":"aGk="}}}"#,
        r#"{"toolUse":{"toolUseId":"tooluse_a-b","name":"f","input":{},"type":"server_tool_use"}}"#,
        r#"{"toolResult":{"toolUseId":"functions.f:0","content":[{"json":[1]},{"text":"x"}],"status":"error"}}"#,
        r#"{"guardContent":{"text":{"text":"x","qualifiers":["query"]}}}"#,
        r#"{"guardContent":{"image":{"format":"png","source":{"bytes":"aGk="}}}}"#,
        r#"{"cachePoint":{"type":"default","ttl":"1h"}}"#,
        r#"{"reasoningContent":{"reasoningText":{"text":"","signature":"s"}}}"#,
        r#"{"reasoningContent":{"redactedContent":"aGk="}}"#,
        r#"{"citationsContent":{"content":[{"text":"x"}],"citations":[]}}"#,
        r#"{"searchResult":{"source":"s","title":"t","content":[{"text":"x"}]}}"#,
        r#"{"toolAddition":{"tool":{"type":"x","name":"y"}}}"#,
        r#"{"toolRemoval":{"tool":{"type":"x","name":"y"}}}"#,
    ] {
        assert_eq!(block(json), "accepted", "{json}");
    }
}

#[test]
fn a_wrong_block_is_rejected_with_its_path() {
    for (json, expected) in [
        (
            r#"{"text":"a","image":{}}"#,
            "b: expected exactly one of text, image, document, video, audio, toolUse, toolResult, guardContent, cachePoint, reasoningContent, citationsContent, searchResult, toolAddition, toolRemoval; found \"text\", \"image\"",
        ),
        (r#"{"text":1}"#, "b.text: expected a string, found a number"),
        (r#"{"text":"\ud83d"}"#, "b.text: holds an escape that is no Unicode character"),
        (
            r#"{"image":{"format":"png","source":{"bytes":"a"}}}"#,
            "b.image.source.bytes: expected base64: Invalid input length: 1",
        ),
        (r#"{"image":{"format":"png"}}"#, "b.image.source: missing"),
        (r#"{"document":{"source":{"text":"t"}}}"#, "b.document.name: missing"),
        (
            r#"{"toolUse":{"toolUseId":"a","name":"no spaces","input":{}}}"#,
            "b.toolUse.name: expected 1 to 64 letters, digits, - or _",
        ),
        (
            r#"{"toolUse":{"toolUseId":"a","name":"f","input":"{}"}}"#,
            "b.toolUse.input: expected an object, found a string",
        ),
        (
            r#"{"toolUse":{"toolUseId":"","name":"f","input":{}}}"#,
            "b.toolUse.toolUseId: expected 1 to 64 letters, digits, -, _, . or :",
        ),
        (
            r#"{"toolResult":{"toolUseId":"a","content":"x"}}"#,
            "b.toolResult.content: expected an array, found a string",
        ),
        (
            r#"{"toolResult":{"toolUseId":"a","content":[],"status":"ok"}}"#,
            "b.toolResult.status: expected success or error, found \"ok\"",
        ),
        (
            r#"{"reasoningContent":{}}"#,
            "b.reasoningContent: expected exactly one of reasoningText, redactedContent; found nothing",
        ),
        (
            r#"{"reasoningContent":{"redactedContent":"*"}}"#,
            "b.reasoningContent.redactedContent: expected base64: Invalid symbol 42, offset 0.",
        ),
        (r#""text""#, "b: expected an object, found a string"),
    ] {
        assert_eq!(block(json), expected, "{json}");
    }
    assert!(block(r#"{"txt":"a"}"#).ends_with(r#"; found "txt""#));
    assert!(block("{}").ends_with("; found nothing"));
}
