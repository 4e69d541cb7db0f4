//! Scripted conversations, as data: `tests/conversations/*.jsonl`. A line is what the caller sends (`request`, to a function with `env`), what
//! the model says in a round (`model`), what the next model call must hold (`sent`, by JSON pointer), or how the turn
//! must end (`expect`). After each, the history it left is sent on, and Bedrock's rules must accept it.

use local::stand_in::event_frame;
use local::stand_in::scenario::Scenario;
use serde_json::{Value, json};
use tests::executor::Executor;
use tests::in_process::InProcess;
use tests::tools::root;

fn replay(events: &Value) -> Scenario {
    let frames = events.as_array().unwrap().iter().enumerate();
    let body: Vec<u8> = frames.flat_map(|(at, event)| event_frame(event[0].as_str().unwrap(), &event[1], at)).collect();
    Scenario::Replay {
        status: 200,
        content_type: "application/vnd.amazon.eventstream".to_owned(),
        body: body.into(),
        breaks: false,
    }
}

async fn converse(name: &str, lines: &[Value]) {
    let executor = Executor::start(&[]).await;
    let vars = lines[0].get("env").and_then(Value::as_object).into_iter().flatten();
    let vars: Vec<_> = vars.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let local = InProcess::with_tools(&executor, &vars).await;
    for line in lines.iter().filter_map(|line| line.get("model")) {
        local.stand_in.next(replay(line));
    }
    let request = &lines[0]["request"];
    let answer = local.sse(request).await;
    let (end, done) = answer.end();
    assert_eq!(end, "done", "{name}: {done}");

    let (mut round, received) = (0, local.stand_in.received());
    for line in &lines[1..] {
        if let Some(sent) = line.get("sent") {
            let body: Value = serde_json::from_slice(&received[round].body).unwrap();
            for (pointer, expected) in sent.as_object().unwrap() {
                assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), expected, "{name}: round {round} {pointer}");
            }
        }
        round += usize::from(line.get("model").is_some());
    }

    let expect = &lines.last().unwrap()["expect"];
    // In the order they were ready.
    let mut results: Vec<Value> = answer
        .events()
        .into_iter()
        .filter(|(event, _)| event == "toolResult")
        .map(|(_, data)| json!([data["toolUseId"], data["status"]]))
        .collect();
    results.sort_by_key(Value::to_string);
    for (field, expected) in expect.as_object().unwrap() {
        match field.as_str() {
            "results" => assert_eq!(&Value::from(results.clone()), expected, "{name}"),
            "executor" => assert_eq!(&json!(executor.events().len()), expected, "{name}"),
            "open" => {}
            field => assert_eq!(&done[field], expected, "{name}: {field}"),
        }
    }
    goes_on(name, &local, request, &done, &expect["open"]).await;
}

/// What the turn left is legal history: the caller's next message joins its last user turn, or follows it.
async fn goes_on(name: &str, local: &InProcess, request: &Value, done: &Value, open: &Value) {
    let mut messages = request["messages"].as_array().unwrap().clone();
    if done["discardLastUserTurn"] == true {
        messages.pop();
    }
    messages.extend(done["newMessages"].as_array().unwrap().clone());
    let mut next: Vec<Value> = open
        .as_array()
        .into_iter()
        .flatten()
        .map(|id| json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "theirs" }] } }))
        .collect();
    next.push(json!({ "text": "and now?" }));
    match messages.last_mut() {
        Some(last) if last["role"] == "user" => last["content"].as_array_mut().unwrap().extend(next),
        _ => messages.push(json!({ "role": "user", "content": next })),
    }
    let mut request = request.clone();
    request["messages"] = messages.into();
    let answer = local.sse(&request).await;
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    assert_eq!(answer.end().0, "done", "{name}");
}

#[tokio::test]
async fn every_scripted_conversation_goes_as_written() {
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("tests/conversations")).unwrap().flatten().map(|f| f.path()).collect();
    files.sort();
    assert!(files.len() >= 34, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        converse(&file.file_stem().unwrap().to_string_lossy(), &lines).await;
    }
}
