//! Requests that are wrong: an answer that says where, and the function alive after it.

use serde_json::{Value, json};
use tests::in_process::{InProcess, post, says};

async fn refused(event: &Value) -> (u16, String, String) {
    let local = InProcess::start(&[]).await;
    let answer = local.send(event).await;
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    assert!(local.stand_in.received().is_empty(), "what is refused here is not sent");
    assert_eq!(local.sse(&says("hi")).await.end().0, "done", "the function is alive");
    let problem = answer.json();
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(problem["status"], answer.status);
    (answer.status, text("code"), text("detail"))
}

async fn refused_body(body: &str) -> (u16, String, String) {
    refused(&post(body, "text/event-stream")).await
}

fn is(found: (u16, String, String), status: u16, code: &str, detail: &str) {
    assert_eq!((found.0, found.1.as_str()), (status, code));
    assert!(found.2.contains(detail), "{:?} in {:?}", detail, found.2);
}

#[tokio::test]
async fn a_body_that_is_no_json() {
    is(refused_body("hello").await, 400, "invalid-request", "the body is not a JSON object");
    is(refused_body("").await, 400, "invalid-request", "the body is not a JSON object");
}

#[tokio::test]
async fn a_hundred_thousand_brackets() {
    is(refused_body(&"[".repeat(100_000)).await, 400, "invalid-request", "deeper than 128 levels");
    let deep = format!(r#"{{"messages":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    is(refused_body(&deep).await, 400, "invalid-request", "deeper than 128 levels");
}

#[tokio::test]
async fn a_six_megabyte_body() {
    let body = says(&"a".repeat(6_000_000)).to_string();
    is(refused_body(&body).await, 413, "body-too-large", "over 5242880 bytes");
}

#[tokio::test]
async fn half_a_utf8_character() {
    let mut event = post("", "*/*");
    let half = [b"{\"messages\":\"".as_slice(), &[0xf0, 0x9f]].concat();
    event["body"] = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, half).into();
    event["isBase64Encoded"] = true.into();
    is(refused(&event).await, 400, "invalid-request", "not valid UTF-8 from byte 13 on");
}

#[tokio::test]
async fn a_body_that_is_marked_as_base64_and_is_not() {
    let mut event = post("{*}", "*/*");
    event["isBase64Encoded"] = true.into();
    is(refused(&event).await, 400, "invalid-request", "marked as base64 and is not");
}

#[tokio::test]
async fn a_union_with_two_members() {
    let body = json!({ "messages": [{ "role": "user", "content": [{ "text": "a", "image": {} }] }] });
    is(
        refused_body(&body.to_string()).await,
        400,
        "invalid-request",
        "messages[0].content[0]: expected exactly one of",
    );
}

#[tokio::test]
async fn a_negative_max_tokens() {
    let mut body = says("hi");
    body["inferenceConfig"] = json!({ "maxTokens": -1 });
    is(
        refused_body(&body.to_string()).await,
        400,
        "invalid-request",
        "inferenceConfig.maxTokens: expected a positive integer",
    );
}

#[tokio::test]
async fn an_unknown_field() {
    let mut body = says("hi");
    body["max_tokens"] = 5.into();
    is(refused_body(&body.to_string()).await, 400, "invalid-request", r#""max_tokens": unknown field"#);
}

#[tokio::test]
async fn an_unknown_model() {
    let mut body = says("hi");
    body["modelId"] = "gpt".into();
    is(refused_body(&body.to_string()).await, 404, "model-not-found", "Available: default, fast");
}

#[tokio::test]
async fn a_server_tool_that_is_not_there() {
    let mut body = says("hi");
    body["serverTools"] = json!(["get_order_status"]);
    is(refused_body(&body.to_string()).await, 400, "invalid-request", "serverTools: unknown tool");
}

#[tokio::test]
async fn a_wrong_path_method_and_media_type() {
    let mut event = post("{}", "*/*");
    event["resource"] = "/talk".into();
    is(refused(&event).await, 404, "not-found", "No such path. Available: POST /chat.");
    let mut event = post("{}", "*/*");
    event["httpMethod"] = "GET".into();
    is(refused(&event).await, 405, "method-not-allowed", "Only POST");
    let mut event = post("{}", "*/*");
    event["headers"]["Content-Type"] = "application/x-www-form-urlencoded".into();
    is(refused(&event).await, 415, "unsupported-media-type", "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let local = InProcess::start(&[]).await;
    let mut event = post("{}", "*/*");
    event["httpMethod"] = "DELETE".into();
    assert_eq!(local.send(&event).await.header("allow"), "POST");
}

#[tokio::test]
async fn a_history_that_starts_with_assistant_is_the_models_to_refuse() {
    let local = InProcess::start(&[]).await;
    let mut body = json!({ "messages": [
        { "role": "assistant", "content": [{ "text": "Hi" }] }, { "role": "user", "content": [{ "text": "yes" }] } ] });
    assert_eq!(local.sse(&body).await.end().0, "done", "Claude takes it");
    body["modelId"] = "fast".into();
    let problem = local.sse(&body).await.json();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(400), &json!("rejected-by-model")));
    assert!(problem["detail"].as_str().unwrap().starts_with("A conversation must start with a user message."));
}

#[tokio::test]
async fn a_weaker_guardrail_than_the_operators() {
    let local = InProcess::start(&[("CHAT_GUARDRAIL_ID", "gr1")]).await;
    let mut body = says("hi");
    body["guardrailConfig"] = json!({ "guardrailIdentifier": "mine", "guardrailVersion": "1" });
    let answer = local.sse(&body).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("invalid-request")));
    assert!(local.stand_in.received().is_empty());
}

/// A key that stands twice could be checked by its one value and used by its other: it is rejected wherever a decision is
/// read, and nothing is sent.
#[tokio::test]
async fn duplicate_key_is_rejected_in_every_place_where_a_decision_is_read() {
    let vars = [("CHAT_MAX_TOKENS_LIMIT", "100"), ("CHAT_GUARDRAIL_ID", "gr1")];
    let local = InProcess::start(&vars).await;
    let turn = r#"{"role":"user","content":[{"text":"hi"}]}"#;
    let guarded = r#"[{"guardContent":{"text":{"text":"hi"}}}]"#;
    let tool = r#"{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","type":"string"}}}}"#;
    for (body, path) in [
        (
            format!(r#"{{"messages":[{turn}],"inferenceConfig":{{"maxTokens":5,"maxTokens":64000}}}}"#),
            "inferenceConfig.maxTokens",
        ),
        (
            format!(r#"{{"messages":[{turn}],"inferenceConfig":{{"maxTokens":5,"max\u0054okens":64000}}}}"#),
            "inferenceConfig.maxTokens",
        ),
        (
            format!(r#"{{"messages":[{turn}],"inferenceConfig":{{}},"inference\u0043onfig":{{"maxTokens":64000}}}}"#),
            "inferenceConfig",
        ),
        (
            format!(
                r#"{{"messages":[{turn}],"guardrailConfig":{{"guardrailIdentifier":"gr1","guardrailIdentifier":"mine"}}}}"#
            ),
            "guardrailConfig.guardrailIdentifier",
        ),
        (
            format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"hi"}}],"content":{guarded}}}]}}"#),
            "messages[0].content",
        ),
        (
            format!(
                r#"{{"messages":[{turn}],"toolConfig":{{"tools":[{{"systemTool":{{"name":"s"}}}}],"toolChoice":{{"auto":{{}}}},"toolChoice":{{"any":{{}}}}}}}}"#
            ),
            "toolConfig.toolChoice",
        ),
        (
            format!(r#"{{"messages":[{turn}],"toolConfig":{{"tools":[{tool}]}}}}"#),
            "toolConfig.tools[0].toolSpec.inputSchema.json.type",
        ),
        (format!(r#"{{"messages":[{turn}],"serverTools":[],"serverTools":["calculate"]}}"#), "serverTools"),
        (format!(r#"{{"messages":[{turn}],"modelId":"fast","modelId":"default"}}"#), "modelId"),
    ] {
        let answer = local.send(&post(&body, "*/*")).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["code"]), (400, &json!("invalid-request")), "{body}");
        assert_eq!(problem["detail"], format!("{path}: duplicate field"), "{body}");
    }
    assert!(local.stand_in.received().is_empty());
}
