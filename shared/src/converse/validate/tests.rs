use serde_json::value::RawValue;

use super::*;

fn refusal(check: fn(&RawValue, At<'_>) -> Result<(), Invalid>, field: &str, json: &str) -> String {
    let raw: &RawValue = serde_json::from_str(json).unwrap();
    match check(raw, At::ROOT.field(field)) {
        Ok(()) => "accepted".to_owned(),
        Err(invalid) => invalid.to_string(),
    }
}

fn block(json: &str) -> String {
    refusal(content_block, "b", json)
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
fn a_wrong_block_is_refused_with_its_path() {
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

#[test]
fn wrong_messages_are_refused_with_their_path() {
    for (json, expected) in [
        ("[]", "messages: expected at least one message"),
        ("{}", "messages: expected an array, found an object"),
        (r#"[{"role":"user","content":[]},{"content":[]}]"#, "messages[1].role: missing"),
        (r#"[{"role":"system","content":[]}]"#, "messages[0].role: expected user or assistant, found \"system\""),
        (r#"[{"role":"user","content":"hi"}]"#, "messages[0].content: expected an array, found a string"),
        (
            r#"[{"role":"user","content":[{"text":"a"},{"text":null}]}]"#,
            "messages[0].content[1].text: expected a string, found null",
        ),
    ] {
        assert_eq!(refusal(messages, "messages", json), expected);
    }
}

#[test]
fn wrong_tools_are_refused_with_their_path() {
    for (json, expected) in [
        (r#"{"tools":[]}"#, "t.tools: expected at least one tool"),
        (r#"{"tools":[{"toolSpec":{"name":"f"}}]}"#, "t.tools[0].toolSpec.inputSchema: missing"),
        (
            r#"{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":"{}"}}}]}"#,
            "t.tools[0].toolSpec.inputSchema.json: expected an object, found a string",
        ),
        (
            r#"{"tools":[{"cachePoint":{"type":"default"}}],"toolChoice":{"none":{}}}"#,
            "t.toolChoice: expected exactly one of auto, any, tool; found \"none\"",
        ),
        (
            r#"{"tools":[{"systemTool":{"name":"nova_code_interpreter"}}],"toolChoice":{"tool":{"name":""}}}"#,
            "t.toolChoice.tool.name: expected 1 to 64 letters, digits, - or _",
        ),
    ] {
        assert_eq!(refusal(tool_config, "t", json), expected);
    }
}

#[test]
fn a_max_tokens_that_is_no_count_is_refused() {
    for value in ["-1", "0", "1.5", "\"10\"", "null", "99999999999"] {
        let json = format!(r#"{{"maxTokens":{value}}}"#);
        let raw: &RawValue = serde_json::from_str(&json).unwrap();
        let refused = inference(raw, At::ROOT.field("inferenceConfig")).map_err(|e| e.to_string());
        assert_eq!(refused, Err("inferenceConfig.maxTokens: expected a whole number from 1 on".to_owned()), "{value}");
    }
}

#[test]
fn what_is_over_a_limit_is_refused_with_the_limit() {
    let many = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let message = |content: &str| format!(r#"[{{"role":"user","content":{content}}}]"#);
    let tool = |description: &str, schema: &str| {
        format!(
            r#"{{"tools":[{{"toolSpec":{{"name":"f","description":"{description}","inputSchema":{{"json":{schema}}}}}}}]}}"#
        )
    };
    let long = "x".repeat(16 * 1024 + 1);
    let schema = format!(r#"{{"a":"{}"}}"#, "x".repeat(64 * 1024));
    let point = r#"{"cachePoint":{"type":"default"}}"#;
    let infer: fn(&RawValue, At<'_>) -> Result<(), Invalid> = |raw, at| inference(raw, at).map(drop);
    for (refused, expected) in [
        (
            refusal(messages, "m", &many(r#"{"role":"user","content":[]}"#, 1001)),
            "m: expected 1000 items at the most, found 1001",
        ),
        (
            refusal(messages, "m", &message(&many(point, 1001))),
            "m[0].content: expected 1000 items at the most, found 1001",
        ),
        (refusal(system, "s", &many(point, 1001)), "s: expected 1000 items at the most, found 1001"),
        (
            block(&format!(r#"{{"toolResult":{{"toolUseId":"t","content":{}}}}}"#, many(r#"{"text":"a"}"#, 1001))),
            "b.toolResult.content: expected 1000 items at the most, found 1001",
        ),
        (
            refusal(tool_config, "t", &format!(r#"{{"tools":{}}}"#, many(point, 257))),
            "t.tools: expected 256 items at the most, found 257",
        ),
        (
            refusal(tool_config, "t", &tool("", &schema)),
            "t.tools[0].toolSpec.inputSchema.json: expected 65536 bytes at the most, found 65544",
        ),
        (
            refusal(tool_config, "t", &tool(&long, "{}")),
            "t.tools[0].toolSpec.description: expected 16384 bytes at the most, found 16385",
        ),
        (
            refusal(infer, "i", &format!(r#"{{"stopSequences":{}}}"#, many("\"a\"", 2501))),
            "i.stopSequences: expected 2500 items at the most, found 2501",
        ),
        (
            refusal(infer, "i", &format!(r#"{{"stopSequences":["{long}"]}}"#)),
            "i.stopSequences[0]: expected 16384 bytes at the most, found 16385",
        ),
    ] {
        assert_eq!(refused, expected);
    }
    assert_eq!(
        block(&format!(r#"{{"text":"{}"}}"#, "x".repeat(1_000_000))),
        "accepted",
        "content is as long as the body"
    );
}
