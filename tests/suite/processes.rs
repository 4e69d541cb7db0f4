//! The built binary under two Lambda emulators nobody here wrote, with each file of `events/`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tests::answer::Answer;
use tests::in_process::{InProcess, post, says};
use tests::process::Process;
use tests::tools::root;

/// What each event of `events/` for `chat` is answered with; none: acknowledged.
const CHAT: [(&str, Option<(u16, &str)>); 10] = [
    ("chat.invalid.json", Some((400, "application/problem+json"))),
    ("chat.not-http.json", None),
    ("chat.own-tool.json", Some((200, "text/event-stream; charset=utf-8"))),
    ("chat.own-tool-result.json", Some((200, "text/event-stream; charset=utf-8"))),
    ("chat.rest-json.json", Some((200, "application/json"))),
    ("chat.rest-sse.json", Some((200, "text/event-stream; charset=utf-8"))),
    ("chat.server-tool.json", Some((200, "text/event-stream; charset=utf-8"))),
    ("chat.unknown-model.json", Some((404, "application/problem+json"))),
    ("chat.url-json-base64.json", Some((200, "application/json"))),
    ("chat.url-sse.json", Some((200, "text/event-stream; charset=utf-8"))),
];

/// What each event of `events/` for `tool-executor` is answered with.
const TOOL_EXECUTOR: [(&str, &str); 5] = [
    ("tool-executor.bad-input.json", "error"),
    ("tool-executor.calculate.json", "success"),
    ("tool-executor.current-time.json", "success"),
    ("tool-executor.order.json", "success"),
    ("tool-executor.unknown-tool.json", "error"),
];

/// What each event of `events/` for `embed` is answered with: a status and a number of vectors.
const EMBED: [(&str, u16, usize); 3] =
    [("embed.batch.json", 200, 3), ("embed.one-text.json", 200, 1), ("embed.refused-dimension.json", 400, 0)];

fn events() -> BTreeMap<String, Value> {
    let folder = std::fs::read_dir(root().join("events")).unwrap();
    let read = |path: std::path::PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    folder.flatten().map(|file| (file.file_name().to_string_lossy().into_owned(), read(file.path()))).collect()
}

#[test]
fn every_sample_event_is_run_by_a_test() {
    let mut known: Vec<&str> =
        CHAT.map(|(name, _)| name).into_iter().chain(TOOL_EXECUTOR.map(|(name, _)| name)).collect();
    known.extend(EMBED.map(|(name, _, _)| name));
    known.sort_unstable();
    assert_eq!(events().keys().map(String::as_str).collect::<Vec<_>>(), known);
}

async fn chat_answers_every_event(process: &Process) {
    for (name, expected) in CHAT {
        let answer: Option<Answer> = process.invoke(&events()[name]).await;
        let found = answer.as_ref().map(|answer| (answer.status, answer.header("content-type").to_owned()));
        assert_eq!(found, expected.map(|(status, kind)| (status, kind.to_owned())), "{name}: {answer:?}");
        if let Some(answer) =
            answer.filter(|answer| answer.header("content-type") == "text/event-stream; charset=utf-8")
        {
            assert_eq!(answer.end().0, "done", "{name}");
        }
    }
}

async fn embed_answers_every_event(process: &Process) {
    for (name, status, vectors) in EMBED {
        let answer = Answer::of_proxy(&process.invoke_json(&events()[name]).await);
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert_eq!(answer.json()["embeddings"].as_array().map_or(0, Vec::len), vectors, "{name}");
    }
}

async fn tool_executor_answers_every_event(process: &Process) {
    for (name, status) in TOOL_EXECUTOR {
        let event = &events()[name];
        let result = process.invoke_json(event).await["toolResult"].clone();
        assert_eq!(
            (&result["status"], &result["toolUseId"]),
            (&Value::from(status), &event["toolUseId"]),
            "{name}: {result}"
        );
    }
}

#[tokio::test]
async fn every_sample_event_works_under_cargo_lambda() {
    let local = InProcess::start(&[]).await;
    let process = Process::under_cargo_lambda(&["chat", "tool-executor"], &local.stand_in.url()).await;
    chat_answers_every_event(&process).await;
    tool_executor_answers_every_event(&Process::under_cargo_lambda(&["tool-executor"], "http://127.0.0.1:9").await)
        .await;
}

#[tokio::test]
async fn every_sample_event_works_under_awss_emulator() {
    let local = InProcess::start(&[]).await;
    chat_answers_every_event(&Process::under_rie("chat", &local.stand_in.url()).await).await;
    tool_executor_answers_every_event(&Process::under_rie("tool-executor", "http://127.0.0.1:9").await).await;
}

#[tokio::test]
async fn every_sample_event_of_embed_works_under_awss_emulator() {
    let local = InProcess::start(&[]).await;
    embed_answers_every_event(&Process::under_rie("embed", &local.stand_in.url()).await).await;
}

#[tokio::test]
async fn a_route_of_its_own_leads_to_embed() {
    let local = InProcess::start(&[]).await;
    let process = Process::under_cargo_lambda(&["embed"], &local.stand_in.url()).await;
    let url = format!("http://127.0.0.1:{}/embed", process.port);
    let response =
        reqwest::Client::new().post(url).json(&serde_json::json!({ "input": ["a", "b"] })).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
    let answer: Value = response.json().await.unwrap();
    assert_eq!((answer["embeddings"].as_array().unwrap().len(), &answer["dimensions"]), (2, &Value::from(1024)));
}

#[tokio::test]
async fn chat_invokes_the_executor_as_a_function_of_its_own() {
    let local = InProcess::start(&[]).await;
    let process = Process::under_cargo_lambda(&["chat", "tool-executor"], &local.stand_in.url()).await;
    for accept in ["text/event-stream", "application/json"] {
        let answer = process.invoke(&post(&says("Where is order 1001?").to_string(), accept)).await.unwrap();
        let end = if accept == "application/json" { answer.json() } else { answer.end().1 };
        assert_eq!(end["newMessages"][1]["content"][0]["toolResult"]["content"][0]["json"]["carrier"], "DHL", "{end}");
        assert_eq!((&end["rounds"], &end["stopReason"]), (&Value::from(2), &Value::from("end_turn")));
    }
}

#[tokio::test]
async fn a_fault_reaches_the_caller_through_the_binary_and_the_next_request_is_clean() {
    let local = InProcess::start(&[]).await;
    let process = Process::under_rie("chat", &local.stand_in.url()).await;
    local.next("exception:throttlingException:3");
    let broken = process.invoke(&post(&says("hi").to_string(), "*/*")).await.unwrap();
    assert_eq!((broken.said().as_str(), &broken.end().1["code"]), ("Hello! I am", &Value::from("throttled")));
    for _ in 0..2 {
        assert_eq!(process.invoke(&post(&says("hi").to_string(), "*/*")).await.unwrap().end().0, "done");
    }
}

#[tokio::test]
async fn tokens_reach_the_caller_as_they_are_made() {
    let local = InProcess::start(&[]).await;
    let process = Process::under_cargo_lambda(&["chat"], &local.stand_in.url()).await;
    // The stand-in falls silent after three pieces: what arrives has been streamed, not buffered.
    local.next("stall:3");
    let url = format!("http://127.0.0.1:{}/chat", process.port);
    let mut response = reqwest::Client::new().post(url).json(&says("hi")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let mut text = String::new();
    let all_three = async {
        while !text.contains(r#""text":" am""#) {
            let chunk = response.chunk().await.unwrap().expect("more of the stream");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_three).await.expect("three pieces while the stream is open");
    assert!(!text.contains("event: done"));
}

#[tokio::test]
async fn a_wrong_configuration_ends_the_start_with_one_line() {
    let prompt = "arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT1234:1";
    for (value, expected) in [
        ("", "CHAT_MODEL_ID: expected a Bedrock model id, inference profile id or ARN, found nothing\n".to_owned()),
        (
            prompt,
            format!(
                "CHAT_MODEL_ID: expected a model and not a prompt of Prompt management, which takes no inference parameters, system prompt or tools, found {prompt:?}\n"
            ),
        ),
    ] {
        let mut chat = tokio::process::Command::new(tests::tools::binary("chat"));
        let output = chat.env("CHAT_MODEL_ID", value).output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    }
}
