//! Recorded traffic of the real service, if `RECORDINGS` names the folder that holds it: each request is taken
//! and leaves unchanged, each answer comes out whole, and the stand-in accepts and rejects what Bedrock did.

use base64::Engine as _;
use local::stand_in::scenario::Scenario;
use serde_json::{Map, Value, json};
use tests::in_process::InProcess;

struct Exchange {
    name: String,
    model: String,
    streamed: bool,
    request: Value,
    status: u16,
    content_type: String,
    response: Vec<u8>,
}

/// The recorded Converse and ConverseStream exchanges of a file; none if there are no recordings.
fn exchanges(name: &str, least: usize) -> Vec<Exchange> {
    let Some(folder) = std::env::var_os("RECORDINGS") else {
        eprintln!("RECORDINGS is not set: nothing recorded is checked");
        return Vec::new();
    };
    let file = tests::tools::root().join(folder).join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let all: Vec<Exchange> = text.lines().filter_map(|line| read(&serde_json::from_str(line).unwrap())).collect();
    assert!(all.len() >= least, "only {} exchanges in {}", all.len(), file.display());
    all
}

fn read(line: &Value) -> Option<Exchange> {
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let op = text("op");
    // One request was recorded cut off, as text.
    (op.starts_with("converse") && line["request"].is_object()).then(|| Exchange {
        name: text("name"),
        model: text("model"),
        streamed: op == "converse-stream",
        request: line["request"].clone(),
        status: line["status"].as_u64().unwrap_or_default() as u16,
        content_type: text("contentType"),
        response: base64::engine::general_purpose::STANDARD.decode(text("response")).unwrap(),
    })
}

/// `maxTokens` is the one thing the function adds.
fn without_max_tokens(mut request: Value) -> Value {
    if let Some(config) = request.get_mut("inferenceConfig").and_then(Value::as_object_mut) {
        config.remove("maxTokens");
    }
    if request["inferenceConfig"].as_object().is_some_and(Map::is_empty) {
        request.as_object_mut().unwrap().remove("inferenceConfig");
    }
    request
}

#[tokio::test]
async fn every_recorded_request_leaves_unchanged_and_its_answer_comes_out_whole() {
    let mut answers = 0;
    for exchange in exchanges("converse.jsonl", 100) {
        let name = &exchange.name;
        let local = InProcess::start(&[("CHAT_MODEL_ID", &exchange.model), ("CHAT_MAX_TOKENS_LIMIT", "100000")]).await;
        local.stand_in.next(Scenario::Replay {
            status: exchange.status,
            content_type: exchange.content_type.clone(),
            body: exchange.response.clone().into(),
            breaks: false,
        });
        let answer =
            if exchange.streamed { local.sse(&exchange.request).await } else { local.json(&exchange.request).await };
        assert!(!local.stand_in.received().is_empty(), "{name}: {}", answer.text());
        assert_eq!(without_max_tokens(local.last_request()), without_max_tokens(exchange.request.clone()), "{name}");
        if exchange.status != 200 {
            assert!(matches!(answer.status, 400 | 502), "{name}: {}", answer.text());
            continue;
        }
        answers += 1;
        if exchange.streamed {
            let events = answer.events();
            let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(frames(&exchange.response), names[..names.len() - 1], "{name}");
            assert_eq!(answer.end().0, "done", "{name}");
        } else {
            let recorded: Value = serde_json::from_slice(&exchange.response).unwrap();
            let found = answer.json();
            for (field, value) in recorded.as_object().unwrap() {
                assert_eq!(&found[field], value, "{name}: {field}");
            }
            assert_eq!(found["newMessages"][0]["role"], "assistant", "{name}");
        }
    }
    eprintln!("{answers} recorded answers came out whole");
}

/// The names of a stream's events, read from the bytes without our decoder.
fn frames(stream: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = stream;
    while rest.len() > 12 {
        let total = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let (frame, after) = rest.split_at(total);
        let text = String::from_utf8_lossy(frame);
        let (_, from) = text.split_once(":event-type").expect("an event");
        let known =
            ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"];
        names.push(known.iter().find(|name| from[3..].starts_with(*name)).expect("a known event").to_string());
        rest = after;
    }
    names
}

#[tokio::test]
async fn the_stand_in_accepts_and_refuses_what_bedrock_did() {
    let local = InProcess::start(&[]).await;
    let client = reqwest::Client::new();
    let mut differ = Vec::new();
    // A token that had expired is the one rejection that is not about the request.
    let others = exchanges("invoke.jsonl", 25).into_iter().filter(|exchange| exchange.status != 403);
    for exchange in exchanges("converse.jsonl", 100).into_iter().chain(others) {
        let operation = if exchange.streamed { "converse-stream" } else { "converse" };
        let url = format!("{}/model/{}/{operation}", local.stand_in.url(), exchange.model.replace(':', "%3A"));
        let response = client.post(url).json(&exchange.request).send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        let recorded: Value = serde_json::from_slice(&exchange.response).unwrap_or(json!(null));
        let found: Value = serde_json::from_slice(&body).unwrap_or(json!(null));
        if status != exchange.status || (status != 200 && found["message"] != recorded["message"]) {
            differ.push(format!(
                "{}: {status} {} instead of {} {}",
                exchange.name, found["message"], exchange.status, recorded["message"]
            ));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
