//! The stand-in's own surface: how paths are read, and what a wrong scenario is answered with.

use serde_json::json;
use tests::in_process::{InProcess, MODEL, says};

#[tokio::test]
async fn plain_and_encoded_model_ids_are_the_same() {
    let local = InProcess::start(&[]).await;
    let url = local.stand_in.url();
    let client = reqwest::Client::new();
    for id in [MODEL.to_owned(), MODEL.replace(':', "%3A")] {
        let response = client.post(format!("{url}/model/{id}/converse")).json(&says("hi")).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{id}");
        assert!(response.headers().contains_key("x-amzn-requestid") && response.headers().contains_key("date"));
    }
}

#[tokio::test]
async fn a_scenario_over_http_meets_the_next_request_and_a_wrong_one_is_told() {
    let local = InProcess::start(&[]).await;
    let url = format!("{}/_local/scenario", local.stand_in.url());
    let client = reqwest::Client::new();
    let wrong = client.post(&url).body("explode").send().await.unwrap();
    assert_eq!(wrong.status().as_u16(), 400);
    assert!(wrong.text().await.unwrap().starts_with("expected fine, exception, busy"));
    assert_eq!(client.post(&url).body("exception:ValidationException").send().await.unwrap().status().as_u16(), 200);
    assert_eq!(local.sse(&says("hi")).await.status, 400);
    assert_eq!(local.sse(&says("hi")).await.status, 200);
}

#[tokio::test]
async fn a_reserved_model_id_is_a_scenario_for_every_request() {
    let local = InProcess::start(&[("CHAT_MODEL_ID", "scenario.exception:modelStreamErrorException:2")]).await;
    for _ in 0..2 {
        assert_eq!(local.sse(&says("hi")).await.end().1["code"], "model-error");
    }
}

#[tokio::test]
async fn requests_are_remembered_for_reading() {
    let local = InProcess::start(&[]).await;
    local.json(&says("remember me")).await;
    let all: serde_json::Value =
        reqwest::get(format!("{}/_local/requests", local.stand_in.url())).await.unwrap().json().await.unwrap();
    assert_eq!(all[0]["body"]["messages"], json!([{ "role": "user", "content": [{ "text": "remember me" }] }]));
}

#[tokio::test]
async fn a_rejection_has_the_services_status_header_and_body() {
    let local = InProcess::start(&[]).await;
    let client = reqwest::Client::new();
    let text = r#"[{"role":"user","content":[{"text":"hi"}]}]"#;
    let point = r#"[{"text":"s"},{"cachePoint":{"type":"default"}}]"#;
    let (cached, hot) = (
        format!(r#"{{"messages":{text},"system":{point}}}"#),
        format!(r#"{{"messages":{text},"inferenceConfig":{{"temperature":1e400}}}}"#),
    );
    for (model, body, status, exception, message) in [
        (MODEL, r#"{"messages":[]}"#, 400, "ValidationException", "A conversation must start with a user message."),
        (MODEL, hot.as_str(), 400, "SerializationException", "NUMBER_VALUE can not be converted to a Float"),
        ("qwen.qwen3-32b-v1:0", &cached, 403, "AccessDeniedException", "You invoked an unsupported model"),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "{}", 404, "ResourceNotFoundException", "This model version has"),
        ("zai.glm-9", "{}", 400, "ValidationException", "The provided model identifier is invalid."),
    ] {
        let url = format!("{}/model/{model}/converse-stream", local.stand_in.url());
        let response = client.post(url).body(body.to_owned()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{model}");
        let kind = response.headers()["x-amzn-errortype"].to_str().unwrap().to_owned();
        assert_eq!(kind, format!("{exception}:http://internal.amazon.com/coral/com.amazon.bedrock/"), "{model}");
        let problem: serde_json::Value = response.json().await.unwrap();
        assert!(problem["message"].as_str().unwrap().starts_with(message), "{model}: {problem}");
    }
}

#[tokio::test]
async fn llama_takes_tools_in_converse_only() {
    let local = InProcess::start(&[]).await;
    let spec = json!({ "name": "get_weather", "inputSchema": { "json": { "type": "object" } } });
    let mut body = says("What is the weather?");
    body["toolConfig"] = json!({ "tools": [{ "toolSpec": spec }] });
    let url = format!("{}/model/us.meta.llama4-maverick-17b-instruct-v1:0", local.stand_in.url());
    let client = reqwest::Client::new();
    let whole = client.post(format!("{url}/converse")).json(&body).send().await.unwrap();
    assert_eq!(whole.status().as_u16(), 200);
    let answer: serde_json::Value = whole.json().await.unwrap();
    assert_eq!(answer["stopReason"], "tool_use");
    assert_eq!(answer["output"]["message"]["content"][1]["toolUse"]["name"], "get_weather");
    let streamed = client.post(format!("{url}/converse-stream")).json(&body).send().await.unwrap();
    assert_eq!(streamed.status().as_u16(), 400);
    let problem: serde_json::Value = streamed.json().await.unwrap();
    assert_eq!(problem, json!({ "message": "This model doesn't support tool use in streaming mode." }));
}

#[tokio::test]
async fn redacted_reasoning_comes_in_pieces_and_is_taken_back_only_whole() {
    let local = InProcess::start(&[]).await;
    let client = reqwest::Client::new();
    let url = format!("{}/model/{MODEL}", local.stand_in.url());
    local.next("redacted");
    let whole = client.post(format!("{url}/converse")).json(&says("hi")).send().await.unwrap();
    let answer: serde_json::Value = whole.json().await.unwrap();
    let content = answer["output"]["message"]["content"].clone();
    let redacted = content[0]["reasoningContent"]["redactedContent"].as_str().unwrap().to_owned();

    local.next("redacted");
    let streamed = client.post(format!("{url}/converse-stream")).json(&says("hi")).send().await.unwrap();
    let stream = String::from_utf8_lossy(&streamed.bytes().await.unwrap()).into_owned();
    let pieces: Vec<&str> =
        stream.split(r#""redactedContent":""#).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(pieces.len(), 3);
    assert_ne!(pieces.concat(), redacted, "joined as bytes, not as text");

    for (data, status) in [(redacted.as_str(), 200), (pieces[2], 400)] {
        let mut turn = json!({ "role": "assistant", "content": content });
        turn["content"][0]["reasoningContent"]["redactedContent"] = data.into();
        let mut body = says("hi");
        body["messages"].as_array_mut().unwrap().extend([turn, says("and?")["messages"][0].clone()]);
        let response = client.post(format!("{url}/converse")).json(&body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{data}");
    }
}
