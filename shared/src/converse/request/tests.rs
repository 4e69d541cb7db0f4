use super::*;
use crate::json::Document;

/// What a field of a request is rejected with.
fn field(name: &str, json: &str) -> String {
    let document = Document::parse(json.to_owned(), 32).unwrap();
    match Request::default().decode_field(name, document.root()) {
        Ok(known) => {
            assert!(known, "{name}");
            "accepted".to_owned()
        }
        Err(invalid) => invalid.to_string(),
    }
}

#[test]
fn wrong_messages_are_rejected_with_their_path() {
    for (json, expected) in [
        ("[]", "messages: expected at least one message"),
        ("{}", "messages: expected an array, found an object"),
        (r#"[{"role":"user","content":[]},{"content":[]}]"#, "messages[1].role: missing"),
        (r#"[{"role":"system","content":[]}]"#, "messages[0].role: expected user or assistant, found \"system\""),
        (r#"[{"role":"user","content":"hi"}]"#, "messages[0].content: expected an array, found a string"),
        (
            r#"[{"role":"user","content":[{"text":"a"},{"text":7}]}]"#,
            "messages[0].content[1].text: expected a string, found a number",
        ),
    ] {
        assert_eq!(field("messages", json), expected);
    }
}

#[test]
fn a_max_tokens_that_is_no_count_is_rejected() {
    for value in ["-1", "0", "1.5", "\"10\"", "99999999999", "[]"] {
        let rejected = field("inferenceConfig", &format!(r#"{{"maxTokens":{value}}}"#));
        assert_eq!(rejected, "inferenceConfig.maxTokens: expected a positive integer", "{value}");
    }
}

#[test]
fn what_is_over_a_limit_is_rejected_with_the_limit() {
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
    for (refused, expected) in [
        (
            field("messages", &many(r#"{"role":"user","content":[]}"#, 1001)),
            "messages: expected at most 1000 items, found 1001",
        ),
        (
            field("messages", &message(&many(point, 1001))),
            "messages[0].content: expected at most 1000 items, found 1001",
        ),
        (field("system", &many(point, 1001)), "system: expected at most 1000 items, found 1001"),
        (
            field(
                "messages",
                &message(&format!(
                    r#"[{{"toolResult":{{"toolUseId":"t","content":{}}}}}]"#,
                    many(r#"{"text":"a"}"#, 1001)
                )),
            ),
            "messages[0].content[0].toolResult.content: expected at most 1000 items, found 1001",
        ),
        (
            field("toolConfig", &format!(r#"{{"tools":{}}}"#, many(point, 257))),
            "toolConfig.tools: expected at most 256 items, found 257",
        ),
        (
            field("toolConfig", &tool("", &schema)),
            "toolConfig.tools[0].toolSpec.inputSchema.json: expected at most 65536 bytes, found 65544",
        ),
        (
            field("toolConfig", &tool(&long, "{}")),
            "toolConfig.tools[0].toolSpec.description: expected at most 16384 bytes, found 16385",
        ),
        (
            field("inferenceConfig", &format!(r#"{{"stopSequences":{}}}"#, many("\"a\"", 2501))),
            "inferenceConfig.stopSequences: expected at most 2500 items, found 2501",
        ),
        (
            field("inferenceConfig", &format!(r#"{{"stopSequences":["{long}"]}}"#)),
            "inferenceConfig.stopSequences[0]: expected at most 16384 bytes, found 16385",
        ),
    ] {
        assert_eq!(refused, expected);
    }
    assert_eq!(
        field("messages", &message(&format!(r#"[{{"text":"{}"}}]"#, "x".repeat(1_000_000)))),
        "accepted",
        "content is as long as the body"
    );
}

#[test]
fn key_order_and_number_spelling_are_the_callers() {
    let fields = [
        (
            "toolConfig",
            r#"{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"z":1,"a":{"y":0.80,"b":1e3}}}}}]}"#,
        ),
        ("inferenceConfig", r#"{"topP":0.90, "temperature":0.8}"#),
        ("messages", r#"[{"content":[ {"text":"h\u00e9"}],"role":"user","new":1.0}]"#),
    ];
    let mut request = Request::default();
    for (name, json) in fields {
        let document = Document::parse(json.to_owned(), 32).unwrap();
        assert_eq!(request.decode_field(name, document.root()), Ok(true));
    }
    let [(_, tools), (_, inference), (_, messages)] = fields;
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        format!(r#"{{"messages":{messages},"inferenceConfig":{inference},"toolConfig":{tools}}}"#)
    );
}

#[test]
fn an_unknown_field_is_no_field_of_converses() {
    let document = Document::parse("{}".to_owned(), 8).unwrap();
    assert_eq!(Request::default().decode_field("maxTokens", document.root()), Ok(false));
}
