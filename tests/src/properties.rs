//! What holds for any bytes. Driven by mutations of a corpus in `make test`, and by coverage in `make fuzz`.
//!
//! Each function takes bytes and panics if a property does not hold.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::aws::event_stream::Frames;
use shared::converse::accumulator::StreamAccumulator;
use shared::converse::answer_block::{AnswerBlock, ToolUse};
use shared::converse::history::{CallSanitizer, assistant_turn};
use shared::converse::message::Message;
use shared::converse::request::canonical;
use shared::converse::stream_event::StreamEvent;
use shared::converse::tool_specs::ToolSpecs;
use shared::error::AppError;
use shared::invoke::embedding::FAMILIES;
use shared::invoke::embedding::options::Options;
use shared::json::{Document, JsonPath, ParseError};
use shared::prepare::{Round, prepare};
use shared::service::event::Event;
use shared::service::sse;

/// A property, and its name.
pub type Property = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Property; 6] = [
    ("body", body),
    ("frames", frames),
    ("events", events),
    ("tool_input", tool_input),
    ("sse", server_sent_events),
    ("embed_answer", embed_answer),
];

fn settings() -> chat::settings::Settings {
    let env = [("CHAT_MODEL_ID", "a.b"), ("CHAT_SYSTEM_PROMPT", "prompt"), ("TOOL_EXECUTOR_FUNCTION", "f")];
    chat::settings::Settings::from_env(&env.into_iter().collect()).expect("settings")
}

fn refused(error: &AppError) {
    let status = error.code().row().status;
    assert!((400..500).contains(&status), "a body is the caller's: {status} {error}");
    assert!(error.detail().len() < 4_000, "a refusal that is short: {}", error.detail().len());
}

/// Any bytes as a Lambda event, and any text as a body: it is rejected with a short 4xx, or every field goes out as it
/// came, beside what this service adds.
pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(Event::Http(request)) = serde_json::from_str(text) {
        let _ = chat::native::decode::decode(*request, &settings(), &ToolSpecs::default());
    }
    for path in ["/chat", "/embed"] {
        let context = serde_json::json!({ "stage": "v1", "httpMethod": "POST" });
        let event = serde_json::json!({ "httpMethod": "POST", "path": path, "body": text, "requestContext": context });
        let Ok(Event::Http(request)) = serde_json::from_str(&event.to_string()) else { panic!("an HTTP request") };
        if path == "/embed" {
            let env = [("EMBED_MODEL_ID", "cohere.embed-v4:0")];
            let settings = embed::settings::Settings::from_env(&env.into_iter().collect()).expect("settings");
            let _ = embed::request::decode(*request, &settings).map_err(|error| refused(&error));
            continue;
        }
        match chat::native::decode::decode(*request, &settings(), &ToolSpecs::default()) {
            Err(error) => refused(&error),
            Ok(turn) => {
                let sent = prepare(
                    &turn.request,
                    &turn.additions,
                    &turn.model,
                    Round { first: true, streamed: turn.streamed },
                )
                .body;
                serde_json::from_slice::<&RawValue>(&sent).expect("what goes out is JSON");
                // Half a surrogate pair deep inside passes as it came, and has no value to compare.
                let document = Document::parse(text.trim_start_matches('\u{feff}').to_owned(), usize::MAX)
                    .expect("a body that was taken");
                let came = canonical(document.root()).unwrap_or_else(|| text.to_owned());
                let Ok(came) = serde_json::from_str::<BTreeMap<String, Value>>(came.trim_start_matches('\u{feff}'))
                else {
                    continue;
                };
                let sent: Value = serde_json::from_slice(&sent).expect("what goes out has the values that came");
                assert_eq!(sent["system"][0]["text"], "prompt");
                assert!(
                    sent["inferenceConfig"]["maxTokens"].as_u64().is_some_and(|tokens| (1..=8192).contains(&tokens))
                );
                for (name, value) in came {
                    match name.as_str() {
                        "modelId" | "serverTools" | "inferenceConfig" => {}
                        "system" => assert_eq!(
                            sent["system"].as_array().map(|all| &all[1..]),
                            value.as_array().map(Vec::as_slice)
                        ),
                        _ => assert_eq!(sent[&name], value, "{name}"),
                    }
                }
            }
        }
    }
}

/// Any bytes as an event stream, in pieces of any size: the same events whatever the pieces, nothing after an error,
/// and whatever they make is legal history.
pub fn frames(data: &[u8]) {
    let size = 1 + data.first().copied().unwrap_or_default() as usize;
    let whole = read(data, data.len().max(1));
    assert_eq!(whole, read(data, size), "pieces of {size} bytes");
    let (mut answer, mut sanitizer) = (StreamAccumulator::default(), CallSanitizer::default());
    if whole.into_iter().all(|event| answer.push(&event.sanitized(&mut sanitizer)).is_ok()) {
        legal(&answer.blocks());
    }
}

fn read(data: &[u8], size: usize) -> Vec<StreamEvent> {
    let (mut frames, mut events) = (Frames::default(), Vec::new());
    for piece in data.chunks(size) {
        frames.push(piece);
        loop {
            match frames.next_event() {
                Ok(Some(event)) => {
                    let payload = event.payload().concat();
                    let object: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_slice(&payload);
                    assert!(object.is_ok_and(|object| !object.contains_key("p")), "an object without its padding");
                    events.push(event);
                }
                Ok(None) => break,
                Err(_) => return events,
            }
        }
    }
    events
}

/// Any names and payloads as a model's events, one a line: whatever they make is legal history. (A fuzzer does not
/// guess a frame's checksum.)
pub fn events(data: &[u8]) {
    let (mut answer, mut sanitizer) = (StreamAccumulator::default(), CallSanitizer::default());
    for line in data.split(|byte| *byte == b'\n') {
        let (name, payload) = line.split_at(line.iter().position(|byte| *byte == b' ').unwrap_or(line.len()));
        let payload = Bytes::copy_from_slice(payload);
        let Ok(event) = StreamEvent::parse(&String::from_utf8_lossy(name), payload) else { return };
        if answer.push(&event.sanitized(&mut sanitizer)).is_err() {
            return;
        }
    }
    legal(&answer.blocks());
}

/// Whether blocks of a model's turn make a turn that this service takes back.
fn legal(blocks: &[AnswerBlock]) {
    if let Some(turn) = assistant_turn(blocks) {
        let history = serde_json::to_string(&[turn]).expect("a turn in JSON");
        let document = Document::parse(history.clone(), usize::MAX).expect("no duplicate key");
        let checked = Message::decode_all(document.root(), &JsonPath::ROOT.field("messages"));
        assert!(checked.is_ok(), "{checked:?} in {history}");
    }
}

/// A model's call, its name and the fragments of its input separated by NUL: the call is run with their whole only
/// if that is a JSON object, and stands in a legal history whatever it is.
pub fn tool_input(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.split('\0');
    let name = parts.next().unwrap_or_default();
    let fragments: Vec<&str> = parts.collect();
    let event = |name: &str, payload: Value| StreamEvent::parse(name, payload.to_string().into()).expect("an event");
    let start = serde_json::json!({ "toolUseId": name, "name": name });
    let mut events =
        vec![event("contentBlockStart", serde_json::json!({ "contentBlockIndex": 0, "start": { "toolUse": start } }))];
    events.extend(fragments.iter().map(|fragment| {
        let delta = serde_json::json!({ "toolUse": { "input": fragment } });
        event("contentBlockDelta", serde_json::json!({ "contentBlockIndex": 0, "delta": delta }))
    }));
    let (mut answer, mut sanitizer) = (StreamAccumulator::default(), CallSanitizer::default());
    for event in events {
        answer.push(&event.sanitized(&mut sanitizer)).expect("a call");
    }
    let blocks = answer.blocks();
    let whole = fragments.concat();
    let object = serde_json::from_str::<BTreeMap<String, Value>>(&whole);
    let [AnswerBlock::Call(ToolUse { input, .. })] = blocks.as_slice() else { panic!("one call") };
    match input {
        Some(input) if whole.trim().is_empty() => assert_eq!(input.as_str(), "{}", "a tool without parameters"),
        Some(input) => assert_eq!(input.as_str(), whole.trim_matches([' ', '\n', '\r', '\t']), "as the model wrote it"),
        None => assert!(
            object.is_err() || !matches!(Document::parse(whole.clone(), 128), Ok(_) | Err(ParseError::Syntax(_))),
            "an object that was not taken: {whole:?}"
        ),
    }
    legal(&blocks);
}

/// Any name and any data, separated by NUL: a reader that follows the specification of server-sent events reads one
/// event back, and the next one after it.
pub fn server_sent_events(data: &[u8]) {
    let (name, data) = data.iter().position(|byte| *byte == 0).map_or((&[][..], data), |at| data.split_at(at));
    let (Ok(name), Ok(data)) = (std::str::from_utf8(name), std::str::from_utf8(data)) else { return };
    let mut out = BytesMut::new();
    sse::write_event(&mut out, name, [data.as_bytes()]);
    sse::write_event(&mut out, "done", [&b"{}"[..]]);
    let unified = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut events, mut event, mut lines) = (Vec::new(), String::new(), Vec::new());
    for line in unified(std::str::from_utf8(&out).expect("UTF-8")).split('\n') {
        match line.split_once(": ") {
            _ if line.is_empty() && !lines.is_empty() => {
                events.push((std::mem::take(&mut event), std::mem::take(&mut lines).join("\n")))
            }
            Some(("event", value)) => value.clone_into(&mut event),
            Some(("data", value)) => lines.push(value.to_owned()),
            _ => assert!(line.is_empty(), "a line of no field: {line:?}"),
        }
    }
    let expected = [(name.replace(['\r', '\n'], ""), unified(data)), ("done".to_owned(), "{}".to_owned())];
    assert_eq!(events, expected);
    // An event's own name reaches the encoder as the service wrote it.
    let event = StreamEvent::parse(name, Bytes::from_static(b"{}")).expect("an object");
    assert_eq!(event.name(), name);
}

/// Any bytes as each family's answer: it is rejected, or there are as many vectors as texts, each of finite numbers.
pub fn embed_answer(data: &[u8]) {
    for family in FAMILIES {
        let name = family.name;
        let dimensions = family.limits.dimensions.last().copied();
        let plan = family.plan(Options { dimensions, ..Options::default() }).expect("a plan");
        let Ok(decoded) = plan.decode(data, 1) else { continue };
        assert_eq!(decoded.vectors.len(), 1, "{name}");
        for vector in decoded.vectors {
            let numbers: Vec<f32> =
                serde_json::from_str(vector.json()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Some(numbers.len()), dimensions.map(|count| count as usize), "{name}");
            assert!(numbers.iter().all(|number| number.is_finite()), "{name}");
        }
    }
}
