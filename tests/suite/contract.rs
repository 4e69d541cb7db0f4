//! What the contract promises of an answer, over the wire.

use local::stand_in::scenario::Scenario;
use serde_json::{Value, json};
use tests::executor::Executor;
use tests::in_process::{InProcess, MODEL, says};

const TOOLS: &str = r#"{"tools":[{"toolSpec":{"name":"get_weather","description":"Weather of a city","inputSchema":{"json":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}}}]}"#;

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

#[tokio::test]
async fn an_answer_streams_bedrocks_events_and_ends_in_done() {
    let local = InProcess::start(&[]).await;
    let answer = local.sse(&says("Hello!")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let events = answer.events();
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    assert_eq!(names, ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "done"]);
    assert!(events.iter().all(|(_, data)| data.get("p").is_none()), "padding is left out");
    let (_, done) = answer.end();
    assert_eq!(done["stopReason"], "end_turn");
    assert_eq!(done["modelId"], MODEL);
    assert_eq!((&done["rounds"], &done["attempts"]), (&json!(1), &json!(1)));
    assert_eq!(done["metrics"]["latencyMs"], 420);
    assert!(done["metrics"]["timeToFirstTokenMs"].is_u64());
    assert_eq!(done["newMessages"], json!([{ "role": "assistant", "content": [{ "text": answer.said() }] }]));
}

#[tokio::test]
async fn json_holds_converses_answer_and_the_same_new_messages() {
    let local = InProcess::start(&[]).await;
    let streamed = local.sse(&says("Hello!")).await;
    let answer = local.json(&says("Hello!")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let (json, done) = (answer.json(), streamed.end().1);
    assert_eq!(json["output"]["message"]["content"][0]["text"], streamed.said());
    for field in ["stopReason", "modelId", "rounds", "attempts", "usage", "newMessages"] {
        assert_eq!(json[field], done[field], "{field}");
    }
}

#[tokio::test]
async fn reasoning_and_its_signature_come_back_in_new_messages() {
    let local = InProcess::start(&[]).await;
    let thinking = json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } });
    let body = with(says("Why?"), "additionalModelRequestFields", thinking);
    let body = with(body, "inferenceConfig", json!({ "maxTokens": 2000 }));
    let content = local.sse(&body).await.end().1["newMessages"][0]["content"].clone();
    assert!(content[0]["reasoningContent"]["reasoningText"]["signature"].is_string(), "{content}");
    assert_eq!(local.json(&body).await.json()["newMessages"][0]["content"], content);
}

#[tokio::test]
async fn a_call_of_the_callers_tool_ends_the_turn_and_the_conversation_goes_on() {
    for model in [MODEL, "us.amazon.nova-lite-v1:0"] {
        let local = InProcess::start(&[("CHAT_MODEL_ID", model)]).await;
        let tools: Value = serde_json::from_str(TOOLS).unwrap();
        let body = with(says("What is the weather in Paris?"), "toolConfig", tools.clone());
        let answer = local.sse(&body).await;
        let (_, done) = answer.end();
        assert_eq!(done["stopReason"], "tool_use", "{model}");
        let call = done["newMessages"][0]["content"][1]["toolUse"].clone();
        assert_eq!((&call["name"], &call["input"]), (&json!("get_weather"), &json!({ "city": "Paris" })), "{model}");
        assert_eq!(local.json(&body).await.json()["newMessages"], done["newMessages"], "{model}");

        let mut messages = body["messages"].as_array().unwrap().clone();
        messages.extend(done["newMessages"].as_array().unwrap().clone());
        let result = json!({ "toolUseId": call["toolUseId"], "content": [{ "json": { "sky": "clear" } }] });
        messages.push(json!({ "role": "user", "content": [{ "toolResult": result }] }));
        let second = local.sse(&json!({ "messages": messages, "toolConfig": tools })).await;
        assert_eq!(second.end().1["stopReason"], "end_turn", "{model}");
        assert!(second.said().contains("sky: clear"), "{model}: {}", second.said());
    }
}

#[tokio::test]
async fn a_call_that_max_tokens_cut_is_answered_with_an_error_and_the_history_stays_legal() {
    let local = InProcess::start(&[]).await;
    let tools: Value = serde_json::from_str(TOOLS).unwrap();
    let body = with(says("What is the weather in Paris?"), "toolConfig", tools.clone());
    local.next("stop:max-tokens");
    let (_, done) = local.sse(&body).await.end();
    assert_eq!(done["stopReason"], "max_tokens");
    assert_eq!(done["newMessages"][1]["content"][0]["toolResult"]["status"], "error");
    let mut messages = body["messages"].as_array().unwrap().clone();
    messages.extend(done["newMessages"].as_array().unwrap().clone());
    assert_eq!(local.sse(&json!({ "messages": messages, "toolConfig": tools })).await.status, 200);
}

#[tokio::test]
async fn every_stop_reason_reaches_the_caller_in_both_forms() {
    let local = InProcess::start(&[]).await;
    for reason in [
        "end-turn",
        "max-tokens",
        "stop-sequence",
        "guardrail-intervened",
        "content-filtered",
        "malformed-model-output",
        "malformed-tool-use",
        "model-context-window-exceeded",
        "of-next-year",
    ] {
        let expected = reason.replace('-', "_");
        local.next(&format!("stop:{reason}"));
        assert_eq!(local.sse(&says("hi")).await.end().1["stopReason"], expected);
        local.next(&format!("stop:{reason}"));
        assert_eq!(local.json(&says("hi")).await.json()["stopReason"], expected);
    }
}

#[tokio::test]
async fn max_tokens_is_always_sent_and_capped() {
    let local = InProcess::start(&[("CHAT_MAX_TOKENS", "7"), ("CHAT_MAX_TOKENS_LIMIT", "9")]).await;
    let answer = local.sse(&says("hi")).await;
    assert_eq!(local.last_request()["inferenceConfig"]["maxTokens"], 7);
    assert_eq!(answer.end().1["stopReason"], "max_tokens");
    local.json(&with(says("hi"), "inferenceConfig", json!({ "maxTokens": 100, "temperature": 0.8 }))).await;
    assert_eq!(local.last_request()["inferenceConfig"], json!({ "temperature": 0.8, "maxTokens": 9 }));
}

#[tokio::test]
async fn what_goes_out_keeps_key_order_and_number_spelling() {
    let local = InProcess::start(&[]).await;
    let schema = r#"{"zebra":{"b":1.0,"a":0.80},"type":"object","alpha":1e2}"#;
    let body = format!(
        r#"{{"inferenceConfig":{{"topP":0.90}},"messages":[{{"content":[{{"text":"hi"}}],"role":"user"}}],"toolConfig":{{"tools":[{{"toolSpec":{{"name":"f","inputSchema":{{"json":{schema}}}}}}}]}}}}"#
    );
    let answer = local.send(&tests::in_process::post(&body, "*/*")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = String::from_utf8(local.stand_in.received().last().unwrap().body.to_vec()).unwrap();
    assert_eq!(
        sent,
        format!(
            r#"{{"messages":[{{"content":[{{"text":"hi"}}],"role":"user"}}],"inferenceConfig":{{"topP":0.90,"maxTokens":1024}},"toolConfig":{{"tools":[{{"toolSpec":{{"name":"f","inputSchema":{{"json":{schema}}}}}}}]}}}}"#
        )
    );
}

#[tokio::test]
async fn the_operators_prompt_and_guardrail_go_out_in_both_forms() {
    let vars = [("CHAT_SYSTEM_PROMPT", "Be brief."), ("CHAT_GUARDRAIL_ID", "gr1"), ("CHAT_GUARDRAIL_VERSION", "2")];
    let local = InProcess::start(&vars).await;
    let body = with(says("hi"), "system", json!([{ "text": "Be kind." }]));
    for streamed in [true, false] {
        let answer = if streamed { local.sse(&body).await } else { local.json(&body).await };
        assert_eq!(answer.status, 200);
        let sent = local.last_request();
        assert_eq!(sent["system"], json!([{ "text": "Be brief." }, { "text": "Be kind." }]));
        assert_eq!(sent["guardrailConfig"], json!({ "guardrailIdentifier": "gr1", "guardrailVersion": "2" }));
    }
}

#[tokio::test]
async fn a_guardrails_trace_comes_back_in_both_forms() {
    let local = InProcess::start(&[("CHAT_GUARDRAIL_ID", "gr1")]).await;
    let body = with(says("hi"), "guardrailConfig", json!({ "trace": "enabled" }));
    let events = local.sse(&body).await.events();
    let metadata = events.iter().find(|(name, _)| name == "metadata").unwrap();
    assert_eq!(metadata.1["trace"]["guardrail"]["actionReason"], "No action.");
    assert_eq!(local.json(&body).await.json()["trace"], metadata.1["trace"]);
}

#[tokio::test]
async fn cached_tokens_are_told_apart() {
    let local = InProcess::start(&[]).await;
    let system = json!([{ "text": "word ".repeat(1200) }, { "cachePoint": { "type": "default" } }]);
    let body = with(says("hi"), "system", system);
    let first = local.sse(&body).await.end().1["usage"].clone();
    let second = local.json(&body).await.json()["usage"].clone();
    assert!(first["cacheWriteInputTokens"].as_u64().unwrap() > 1024, "{first}");
    assert_eq!(second["cacheReadInputTokens"], first["cacheWriteInputTokens"]);
    assert_eq!(second["inputTokens"], first["inputTokens"], "inputTokens leaves cached tokens out");
}

#[tokio::test]
async fn the_alias_fast_and_an_arn_reach_bedrock() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
    let local = InProcess::start(&[("CHAT_MODEL_ID", arn)]).await;
    assert_eq!(local.sse(&says("hi")).await.end().1["modelId"], arn);
    assert!(local.stand_in.received()[0].path.contains("application-inference-profile%2Fa1b2c3d4e5f6/converse-stream"));
    let fast = local.sse(&with(says("hi"), "modelId", json!("fast"))).await;
    assert_eq!(fast.end().1["modelId"], "us.amazon.nova-lite-v1:0");
}

#[tokio::test]
async fn events_and_deltas_of_next_year_pass_through() {
    let local = InProcess::start(&[]).await;
    local.next("unknown-event:2");
    let events = local.sse(&says("hi")).await.events();
    assert!(events.contains(&("eventOfNextYear".to_owned(), json!({ "answer": 42 }))));
    local.next("unknown-delta:2");
    let answer = local.sse(&says("hi")).await;
    assert!(answer.text().contains(r#"{"contentBlockIndex":90,"delta":{"hologram":{"x":1}}}"#));
    assert_eq!(answer.end().1["newMessages"][0]["content"], json!([{ "text": answer.said() }]));
}

#[tokio::test]
async fn an_answer_without_metadata_is_done_with_its_usage_unknown() {
    let local = InProcess::start(&[]).await;
    local.next("no-metadata");
    let (name, done) = local.sse(&says("hi")).await.end();
    assert_eq!((name.as_str(), &done["usage"]), ("done", &Value::Null));
}

#[tokio::test]
async fn both_shapes_of_event_and_base64_bodies_work() {
    let local = InProcess::start(&[]).await;
    let url_event = json!({
        "version": "2.0", "rawPath": "/chat", "headers": { "content-type": "application/json" },
        "requestContext": { "stage": "$default", "http": { "method": "POST", "path": "/chat" } },
        "body": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, says("hi").to_string()),
        "isBase64Encoded": true,
    });
    assert_eq!(local.send(&url_event).await.end().0, "done");
}

#[tokio::test]
async fn an_event_that_is_no_http_request_is_acknowledged() {
    let local = InProcess::start(&[]).await;
    for event in [r#"{"completion":{"status":"ok"}}"#, "null", "{}", "[1]"] {
        assert!(local.invoke(event).await.is_none(), "{event}");
    }
    assert!(local.stand_in.received().is_empty());
}

#[tokio::test]
async fn what_was_adapted_is_named_in_both_forms() {
    let local = InProcess::start(&[("CHAT_MAX_TOKENS_LIMIT", "9")]).await;
    let body = with(says("hi"), "inferenceConfig", json!({ "maxTokens": 100 }));
    assert_eq!(local.sse(&body).await.end().1["adapted"], json!(["maxTokens"]));
    assert_eq!(local.json(&body).await.json()["adapted"], json!(["maxTokens"]));
    assert_eq!(local.sse(&says("hi")).await.end().1["adapted"], json!([]));
}

#[tokio::test]
async fn operators_additions_fit_a_model_without_tools_or_system() {
    let executor = Executor::start(&[]).await;
    for (model, tools, system) in [
        ("us.meta.llama4-maverick-17b-instruct-v1:0", false, true),
        ("amazon.titan-text-express-v1", false, false),
        (MODEL, true, true),
    ] {
        let vars = [("CHAT_MODEL_ID", model), ("CHAT_SYSTEM_PROMPT", "Be brief.")];
        let local = InProcess::with_tools(&executor, &vars).await;
        let done = local.sse(&says("hi")).await.end();
        assert_eq!((done.0.as_str(), &done.1["adapted"]), ("done", &json!([])), "{model}: {}", done.1);
        let sent = local.last_request();
        assert_eq!((sent["toolConfig"].is_object(), sent["system"].is_array()), (tools, system), "{model}");
        assert!(sent.to_string().contains("Be brief."), "{model}");
    }
}

#[tokio::test]
async fn whole_calls_of_a_whole_answer_are_run_whatever_its_stop_reason() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    let call = json!({ "toolUse": { "toolUseId": "a", "name": "calculate", "input": { "expression": "1+1" } } });
    let answer = |content: Value, stop_reason: &str| Scenario::Replay {
        status: 200,
        content_type: "application/json".to_owned(),
        body: json!({
            "output": { "message": { "role": "assistant", "content": [content] } },
            "stopReason": stop_reason,
            "usage": { "inputTokens": 1, "outputTokens": 1, "totalTokens": 2 },
            "metrics": { "latencyMs": 1 },
        })
        .to_string()
        .into_bytes()
        .into(),
        breaks: false,
    };
    local.stand_in.next(answer(call.clone(), "end_turn"));
    local.stand_in.next(answer(json!({ "text": "2", "image": null }), "tool_use"));
    let document = local.json(&says("go")).await.json();
    assert_eq!((&document["stopReason"], &document["rounds"]), (&json!("end_turn"), &json!(2)), "{document}");
    assert_eq!(document["newMessages"][2], json!({ "role": "assistant", "content": [{ "text": "2" }] }));
    assert_eq!(executor.events().len(), 1);

    local.stand_in.next(answer(call, "max_tokens"));
    let document = local.json(&says("go")).await.json();
    assert_eq!(document["newMessages"][1]["content"][0]["toolResult"]["status"], "error", "{document}");
    assert_eq!(executor.events().len(), 1, "a cut call is not run");
}

#[tokio::test]
async fn accept_header_of_axios_gets_json() {
    let local = InProcess::start(&[]).await;
    let event = tests::in_process::post(&says("hi").to_string(), "application/json, text/plain, */*");
    assert_eq!(local.send(&event).await.header("content-type"), "application/json");
}
