//! The log: one line a request, and nothing of what callers, models or operators wrote.

use std::time::Duration;

use local::stand_in::scenario::Scenario;
use serde_json::{Value, json};
use tests::executor::{Executor, Fault};
use tests::in_process::{InProcess, MODEL, post, says};
use tests::lambda::Lambda;

const LEFT: Duration = Duration::from_secs(30);
/// Stands in everything that must not be logged.
const MARKER: &str = "MARKER";

async fn function(name: &str, local: &InProcess, more: &[(&str, &str)]) -> Lambda {
    let url = local.stand_in.url();
    let least = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "MARKER secret"),
        ("AWS_SESSION_TOKEN", "MARKER token"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url.as_str()),
        ("CHAT_MODEL_ID", MODEL),
        ("EMBED_MODEL_ID", "amazon.titan-embed-text-v2:0"),
    ];
    Lambda::start(name, &least.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()).await
}

fn lines(lambda: &Lambda) -> Vec<Value> {
    let log = lambda.log();
    assert!(!log.contains(MARKER), "{log}");
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The lines of requests.
fn requests(lambda: &Lambda) -> usize {
    lines(lambda).iter().filter(|line| line["message"] == "request").count()
}

#[tokio::test]
async fn line_of_a_request_is_written_at_every_level() {
    let local = InProcess::start(&[]).await;
    for (level, lambdas) in [("error", "INFO"), ("fatal", "INFO"), ("info", "ERROR")] {
        let mut chat = function("chat", &local, &[("LOG_LEVEL", level), ("AWS_LAMBDA_LOG_LEVEL", lambdas)]).await;
        let answer = chat.http(&post(&says("hello").to_string(), "*/*"), LEFT).await.unwrap();
        assert_eq!((answer.status, requests(&chat)), (200, 1), "{level}");
    }
}

#[tokio::test]
async fn each_request_is_one_line() {
    let local = InProcess::start(&[]).await;
    let mut chat = function("chat", &local, &[]).await;
    let body = says("hello").to_string();
    let next = |scenario: &str| local.next(scenario);
    for (scenario, accept) in [("fine", "text/event-stream"), ("fine", "application/json"), ("busy:60", "*/*")] {
        next(scenario);
        chat.http(&post(&body, accept), LEFT).await.unwrap();
    }
    chat.http(&post(r#"{"messages":"hello"}"#, "*/*"), LEFT).await.unwrap();
    for scenario in ["exception:throttlingException:2", "exception:ModelErrorException"] {
        next(scenario);
        chat.http(&post(&body, "*/*"), LEFT).await.unwrap();
    }

    let lines = lines(&chat);
    let end = |line: &Value| line["stop_reason"].as_str().or(line["code"].as_str()).unwrap().to_owned();
    let expected = [
        ("end_turn", "INFO", 1),
        ("end_turn", "INFO", 1),
        ("throttled", "WARN", 1),
        ("invalid-request", "INFO", 0),
        ("throttled", "WARN", 1),
        ("end_turn", "INFO", 2),
    ];
    let found: Vec<_> =
        lines.iter().map(|line| (end(line), line["level"].as_str(), line["attempts"].as_u64())).collect();
    assert_eq!(
        found,
        expected.map(|(end, level, attempts)| (end.to_owned(), Some(level), Some(attempts))),
        "{lines:?}"
    );
    for line in &lines {
        assert!(line["request_id"].is_string() && line["duration_ms"].is_u64() && line["rounds"].is_u64(), "{line}");
        let asked = end(line) != "invalid-request";
        assert_eq!((line["bedrock_request_id"].is_string(), line["model_id"] == MODEL), (asked, asked), "{line}");
    }
    for field in ["input_tokens", "output_tokens", "total_tokens", "time_to_first_token_ms"] {
        assert!(lines[0][field].is_u64(), "{field}: {}", lines[0]);
    }
    assert!(lines[2]["cause"].as_str().unwrap().contains("Too many requests"), "{}", lines[2]);
    let retried = lines[5]["retried"].as_str().unwrap();
    assert!(
        retried.starts_with(&format!("{MODEL} model-error: ConverseStream failed with ModelErrorException")),
        "{retried}"
    );
}

/// A request with the marker in every field there is.
fn marked(asks: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { "MARKER": { "description": "MARKER" } } });
    let tool = json!({ "name": "MARKER", "description": "MARKER", "inputSchema": { "json": schema } });
    json!({
        "messages": [
            { "role": "user", "content": [{ "text": "MARKER" }] },
            { "role": "assistant", "content": [{ "text": "MARKER" }, { "toolUse": { "toolUseId": "MARKER", "name": "MARKER", "input": { "MARKER": "MARKER" } } }] },
            { "role": "user", "content": [{ "toolResult": { "toolUseId": "MARKER", "content": [{ "json": { "MARKER": "MARKER" } }] } }, { "text": format!("{asks} MARKER") }] },
        ],
        "system": [{ "text": "MARKER" }],
        "inferenceConfig": { "stopSequences": ["MARKER stop"] },
        "toolConfig": { "tools": [{ "toolSpec": tool }] },
        "additionalModelRequestFields": { "metadata": { "MARKER": "MARKER" } },
        "requestMetadata": { "MARKER": "MARKER" },
    })
}

fn event(body: &str, accept: &str) -> Value {
    let mut event = post(body, accept);
    event["headers"].as_object_mut().unwrap().extend(
        ["Authorization", "Cookie", "X-Api-Key", "X-Forwarded-For"].map(|name| (name.to_owned(), MARKER.into())),
    );
    event["queryStringParameters"] = json!({ "MARKER": "MARKER" });
    event["requestContext"]["identity"] = json!({ "userArn": "MARKER", "sourceIp": "MARKER" });
    event
}

#[tokio::test]
async fn nothing_that_anybody_wrote_is_logged_at_any_level() {
    let answer = r#"{"toolResult":{"toolUseId":"tooluse_standin-03-00-abcdefgh","status":"success","content":[{"text":"MARKER"}]}}"#;
    let faults = [("calculate", Fault::Answers("MARKER".into())), ("get_order_status", Fault::Answers(answer.into()))];
    let executor = Executor::start(&faults).await;
    let local = InProcess::start(&[]).await;
    let more = [
        ("LOG_LEVEL", "trace"),
        ("CHAT_SYSTEM_PROMPT", MARKER),
        ("TOOL_EXECUTOR_FUNCTION", "tool-executor"),
        ("AWS_ENDPOINT_URL_LAMBDA", &executor.url()),
    ];
    let mut chat = function("chat", &local, &more).await;
    let mut answers = 0;
    for accept in ["text/event-stream", "application/json"] {
        for asks in ["hello", "Where is order 1001?", "calculate 1 + 1"] {
            for scenario in ["fine", "exception:throttlingException:3", "cut:900", "bad-crc:2", "unknown-delta:2"] {
                local.next(scenario);
                let answer = chat.http(&event(&marked(asks).to_string(), accept), LEFT).await.unwrap();
                answers += usize::from(answer.status == 200 && answer.text().contains(MARKER));
            }
        }
        for wrong in [r#"{"MARKER":1}"#, "MARKER", r#"{"messages":"MARKER"}"#, r#"{"messages":[],"modelId":"MARKER"}"#]
        {
            chat.http(&event(wrong, accept), LEFT).await.unwrap();
        }
    }
    assert!(answers > 20, "the caller saw the marker in {answers} answers");
    assert_eq!(requests(&chat), 38);

    let mut embed = function("embed", &local, &[("LOG_LEVEL", "trace")]).await;
    for (body, scenario) in [
        (r#"{"input":["MARKER"]}"#, "fine"),
        (r#"{"input":["MARKER"]}"#, "exception:AccessDeniedException"),
        (r#"{"input":7,"MARKER":1}"#, ""),
    ] {
        if let Ok(scenario) = Scenario::parse(scenario) {
            local.stand_in.next(scenario);
        }
        let mut event = event(body, "*/*");
        event["resource"] = "/embed".into();
        embed.invoke(&event.to_string(), LEFT).await;
    }
    assert_eq!(requests(&embed), 3);

    let mut executor = function("tool-executor", &local, &[("LOG_LEVEL", "trace")]).await;
    for name in ["calculate", "get_order_status", "current_time"] {
        let event = json!({ "toolUseId": "MARKER", "name": name, "input": { "expression": "MARKER", "order_id": "MARKER", "MARKER": 1 } });
        executor.invoke(&event.to_string(), LEFT).await;
    }
    assert_eq!(lines(&executor).len(), 3);
}
