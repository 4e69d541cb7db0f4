//! A short answer that ends after each of its bytes: the connection breaks there, or the body ends cleanly.

use base64::Engine as _;
use local::stand_in::event_frame;
use serde_json::json;

use super::*;

/// After so many cut answers comes a pair of clean invocations.
const CLEAN_EVERY: usize = 50;

/// A stream of the service's: the shortest recorded one, else one that the stand-in frames.
fn stream() -> Vec<u8> {
    let recorded = std::env::var_os("RECORDINGS").and_then(|folder| {
        let file = tests::tools::root().join(folder).join("converse.jsonl");
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let streams = lines.filter(|line| line["op"] == "converse-stream" && line["status"] == 200);
        let body = |line: Value| base64::engine::general_purpose::STANDARD.decode(line["response"].as_str().unwrap());
        streams.map(|line| body(line).unwrap()).min_by_key(Vec::len)
    });
    recorded.unwrap_or_else(|| {
        let delta = |text: &str| json!({ "contentBlockIndex": 0, "delta": { "text": text } });
        [
            ("messageStart", json!({ "role": "assistant" })),
            ("contentBlockDelta", delta("Hello")),
            ("contentBlockDelta", delta(" there.")),
            ("contentBlockStop", json!({ "contentBlockIndex": 0 })),
            ("messageStop", json!({ "stopReason": "end_turn" })),
            ("metadata", json!({ "metrics": { "latencyMs": 5 }, "usage": { "inputTokens": 1, "outputTokens": 2, "totalTokens": 3 } })),
        ]
        .iter()
        .enumerate()
        .flat_map(|(at, (name, payload))| event_frame(name, payload, at))
        .collect()
    })
}

/// A frame, read without our decoder: where it ends, its event's name, and the text it says.
fn frames(stream: &[u8]) -> Vec<(usize, String, String)> {
    let (mut frames, mut at) = (Vec::new(), 0);
    while at < stream.len() {
        let total = u32::from_be_bytes(stream[at..at + 4].try_into().unwrap()) as usize;
        let headers = u32::from_be_bytes(stream[at + 4..at + 8].try_into().unwrap()) as usize;
        let frame = &stream[at..at + total];
        let name = String::from_utf8_lossy(&frame[12..12 + headers]);
        let (_, name) = name.split_once(":event-type\u{7}\0").unwrap();
        let name: String = name.chars().skip(1).take_while(|c| c.is_ascii_alphabetic()).collect();
        let payload: Value = serde_json::from_slice(&frame[12 + headers..total - 4]).unwrap();
        let text = payload.pointer("/delta/text").and_then(Value::as_str).unwrap_or_default().to_owned();
        at += total;
        frames.push((at, name, text));
    }
    frames
}

pub(super) fn cases() -> Vec<Case> {
    let whole = stream();
    let frames = frames(&whole);
    let end_of = |wanted: &str| frames.iter().find(|(_, name, _)| name == wanted).unwrap().0;
    let (begun, stopped) = (end_of("contentBlockDelta"), end_of("messageStop"));
    let replay = |body: &[u8], content_type: &str, breaks| Scenario::Replay {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.to_vec().into(),
        breaks,
    };
    let mut cases = Vec::new();
    for breaks in [true, false] {
        let how = if breaks { "breaks" } else { "ends" };
        for at in 0..=whole.len() {
            let said: String = frames.iter().filter(|frame| frame.0 <= at).map(|frame| frame.2.as_str()).collect();
            let expect = if at < begun {
                Expect::done(2)
            } else if at < stopped {
                Expect::error(200, "stream-truncated", 1..=1).said(&said)
            } else {
                Expect::done(1).said(&said)
            };
            let scenario = replay(&whole[..at], "application/vnd.amazon.eventstream", breaks);
            cases.push(Case::new(format!("a stream that {how} after byte {at}"), true, expect).once(scenario));
        }
        let body =
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello."}]}},"stopReason":"end_turn"}"#;
        for at in 0..=body.len() {
            let expect = match at == body.len() && !breaks {
                true => Expect::done(1),
                false => Expect::error(502, "stream-truncated", 1..=1),
            };
            let scenario = replay(&body.as_bytes()[..at], "application/json", breaks);
            cases.push(Case::new(format!("an answer that {how} after byte {at}"), false, expect).once(scenario));
        }
    }
    cases.iter_mut().enumerate().for_each(|(at, case)| case.clean = at % CLEAN_EVERY == 0);
    cases
}
