//! Bytes to begin from: the sample events, the stand-in's frames, and, if `RECORDINGS` names them, the service's.

use base64::Engine as _;
use local::stand_in::{event_frame, exception_frame};
use serde_json::{Value, json};

use crate::tools::root;

/// Seeds for the property `name`.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let mut seeds = match name {
        "body" => bodies(),
        "frames" => vec![frames(), exception_frame("throttlingException", "Too many requests")],
        "events" => vec![lines()],
        "tool_input" => {
            ["f\0{}", "f\0\0{\"a\"\0:1.0}", "get order\0[1]", "\0 {\"a\":\"\\u00e9\"} "].map(Into::into).to_vec()
        }
        "sse" => ["messageStart\0{\"role\":\"assistant\"}", "a\nb\0{\n\"a\":\r\n1}\r"].map(Into::into).to_vec(),
        "embed_answer" => answers(),
        other => panic!("no property {other}"),
    };
    seeds.extend(recorded(name));
    seeds
}

fn bodies() -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(root().join("events")).expect("events/").flatten();
    let events = files.map(|file| std::fs::read(file.path()).expect("an event"));
    let body = |event: &[u8]| {
        serde_json::from_slice::<Value>(event).ok()?["body"].as_str().map(|body| body.as_bytes().to_vec())
    };
    events.flat_map(|event| [body(&event), Some(event)]).flatten().collect()
}

fn events() -> Vec<(&'static str, Value)> {
    let delta = |index: u32, delta: Value| json!({ "contentBlockIndex": index, "delta": delta });
    let start = json!({ "toolUse": { "toolUseId": "t", "name": "f" } });
    let citation = json!({ "title": "t", "sourceContent": [{ "text": "s" }] });
    let result = json!({ "toolUseId": "s", "type": "nova_code_interpreter_result", "status": "success" });
    vec![
        ("messageStart", json!({ "role": "assistant" })),
        ("contentBlockDelta", delta(0, json!({ "reasoningContent": { "text": "hm" } }))),
        ("contentBlockDelta", delta(0, json!({ "reasoningContent": { "signature": "c2ln" } }))),
        ("contentBlockDelta", delta(1, json!({ "text": "hi" }))),
        ("contentBlockStart", json!({ "contentBlockIndex": 2, "start": start })),
        ("contentBlockDelta", delta(2, json!({ "toolUse": { "input": "{\"a\":1}" } }))),
        ("contentBlockStop", json!({ "contentBlockIndex": 2 })),
        ("contentBlockDelta", delta(3, json!({ "citation": citation }))),
        ("contentBlockStart", json!({ "contentBlockIndex": 4, "start": { "toolResult": result } })),
        ("contentBlockDelta", delta(4, json!({ "toolResult": [{ "json": { "a": 1 } }] }))),
        ("contentBlockDelta", delta(5, json!({ "reasoningContent": { "redactedContent": "c2ln" } }))),
        ("messageStop", json!({ "stopReason": "tool_use" })),
        ("metadata", json!({ "metrics": { "latencyMs": 1 }, "usage": { "inputTokens": 1 } })),
    ]
}

fn frames() -> Vec<u8> {
    events().iter().enumerate().flat_map(|(at, (name, payload))| event_frame(name, payload, at)).collect()
}

fn lines() -> Vec<u8> {
    let lines: Vec<String> = events().iter().map(|(name, payload)| format!("{name} {payload}")).collect();
    lines
        .join(
            "
",
        )
        .into_bytes()
}

fn answers() -> Vec<Vec<u8>> {
    let vector = |length: usize| vec![0.5; length];
    [
        json!({ "embedding": vector(1536), "inputTextTokenCount": 1 }),
        json!({ "embedding": vector(256), "embeddingsByType": { "float": vector(256) }, "inputTextTokenCount": 1 }),
        json!({ "embeddings": [vector(1024)], "response_type": "embeddings_floats" }),
        json!({ "embeddings": { "float": [vector(256)] }, "response_type": "embeddings_by_type" }),
        json!({ "embeddings": [{ "embedding": vector(256), "embeddingType": "TEXT" }] }),
    ]
    .map(|answer| answer.to_string().into_bytes())
    .to_vec()
}

/// Recorded requests, streams and embedding answers.
fn recorded(name: &str) -> Vec<Vec<u8>> {
    let Some(folder) = std::env::var_os("RECORDINGS") else { return Vec::new() };
    let text = std::fs::read_to_string(root().join(folder).join("converse.jsonl")).expect("the recordings");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let response = |line: &Value| base64::engine::general_purpose::STANDARD.decode(line["response"].as_str()?).ok();
    let seed = |line: Value| match (name, line["op"].as_str()) {
        ("body", Some("converse" | "converse-stream")) => Some(line["request"].to_string().into_bytes()),
        ("frames", Some("converse-stream")) => response(&line),
        ("embed_answer", Some("invoke")) => response(&line),
        _ => None,
    };
    // Long ones teach nothing that short ones do not, and cost the most.
    lines.filter_map(seed).filter(|seed| seed.len() < 20_000).collect()
}
