//! The network between the function and the model, and between the function and its caller.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use lambda_runtime::FunctionResponse;
use local::stand_in::event_frame;
use serde_json::{Value, json};
use shared::service::start::Handler as _;
use tests::answer::Answer;
use tests::cable::Cable;
use tests::in_process::{InProcess, MODEL, app, app_over, config, invocation, post, says, send};
use tests::lambda::Lambda;
use tests::peer::{self, Ending};
use tests::process::free_port;

const FORMS: [&str; 2] = ["text/event-stream", "application/json"];

async fn asks(url: &str, accept: &str) -> Answer {
    send(&app(url, &[]), &post(&says("hi").to_string(), accept)).await
}

fn is(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{what}: {}", answer.text());
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_unavailable() {
    for host in [format!("127.0.0.1:{}", free_port()), "bedrock.invalid".to_owned()] {
        for accept in FORMS {
            is(&asks(&format!("http://{host}"), accept).await, 503, "unavailable", &host);
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_inside_the_head_is_unavailable() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n";
    for ending in [Ending::Closes, Ending::Resets] {
        for bytes in ["", "HTTP/1.1 200", head] {
            let url = peer::start(bytes.as_bytes().to_vec(), ending).await;
            for accept in FORMS {
                is(&asks(&url, accept).await, 503, "unavailable", bytes);
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_http_is_unavailable() {
    let url = peer::start(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), Ending::Closes).await;
    for accept in FORMS {
        is(&asks(&url, accept).await, 503, "unavailable", accept);
    }
}

#[tokio::test]
async fn a_reset_after_content_keeps_the_text() {
    let mut body = event_frame("messageStart", &json!({ "role": "assistant" }), 0);
    let delta = json!({ "contentBlockIndex": 0, "delta": { "text": "Hello" } });
    body.extend(event_frame("contentBlockDelta", &delta, 1));
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
        body.len()
    );
    let url = peer::start([head.as_bytes(), &body, b"\r\n"].concat(), Ending::Resets).await;
    let answer = asks(&url, FORMS[0]).await;
    let (name, error) = answer.end();
    assert_eq!((answer.status, answer.said().as_str(), name.as_str()), (200, "Hello", "error"));
    assert_eq!(error["code"], "stream-truncated");
}

#[tokio::test]
async fn missing_credentials_are_ours_to_mend() {
    let app = app_over(&config("http://127.0.0.1:9", None), &[]);
    for accept in FORMS {
        is(&send(&app, &post(&says("hi").to_string(), accept)).await, 502, "model-access-denied", accept);
    }
}

#[tokio::test]
async fn a_connection_that_died_while_the_process_was_frozen_is_made_anew() {
    let local = InProcess::start(&[]).await;
    let cable = Cable::to(local.stand_in.address()).await;
    let environment = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &cable.url()),
        ("CHAT_MODEL_ID", MODEL),
    ];
    let mut lambda = Lambda::start("chat", &environment).await;
    for accept in [FORMS, FORMS].concat() {
        let event = post(&says("hi").to_string(), accept);
        let answer = lambda.http(&event, Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        lambda.signal("STOP").await;
        assert_eq!(cable.cut(), 1, "the connection was kept for the next request");
        lambda.signal("CONT").await;
    }
    let answer = lambda.http(&post(&says("hi").to_string(), FORMS[0]), Duration::from_secs(30)).await.unwrap();
    let attempts = answer.end().1["attempts"].as_u64().unwrap();
    assert!(attempts <= 2, "{attempts}");
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_the_work_and_leaks_nothing() {
    let local = InProcess::start(&[]).await;
    for scenario in ["stall:3", "stall:0", "slow-head:60000"] {
        local.next(scenario);
        let invocation = invocation(&post(&says("hi").to_string(), "*/*").to_string(), Duration::from_secs(60));
        let handling = local.app().handle(invocation);
        if scenario == "stall:3" {
            let FunctionResponse::StreamingResponse(mut response) = handling.await else { panic!("no stream") };
            let first: Vec<Bytes> = (&mut response.stream).take(4).map(|Ok(part)| part).collect().await;
            assert!(!first.is_empty());
            assert_eq!(local.stand_in.open_streams(), 1);
            drop(response);
        } else {
            // The caller is gone before there is a status to send.
            assert!(tokio::time::timeout(Duration::from_millis(300), handling).await.is_err());
        }
        let began = Instant::now();
        while local.stand_in.open_streams() > 0 {
            assert!(began.elapsed() < Duration::from_secs(10), "{scenario}: the call to the model goes on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(local.sse(&says("hi")).await.end().0, "done", "after {scenario}");
    }
}

#[tokio::test]
async fn the_next_model_answers_where_the_default_one_cannot() {
    let local = InProcess::start(&[
        ("CHAT_MODEL_ID", "scenario.exception:ThrottlingException"),
        ("CHAT_FALLBACK_MODEL_IDS", "scenario.exception:AccessDeniedException,us.amazon.nova-pro-v1:0"),
    ])
    .await;
    let done: [Value; 2] = [local.sse(&says("hi")).await.end().1, local.json(&says("hi")).await.json()];
    for done in done {
        assert_eq!((&done["modelId"], &done["rounds"]), (&json!("us.amazon.nova-pro-v1:0"), &json!(1)));
        assert_eq!(done["attempts"], 4 + 1 + 1, "four tries, one that is not worth a second, and the answer");
    }
    let paths: Vec<String> = local.stand_in.received().into_iter().map(|received| received.path).collect();
    assert_eq!(paths.len(), 12);
    assert!(paths[5].ends_with("/model/us.amazon.nova-pro-v1%3A0/converse-stream"), "{paths:?}");
    // Who names a model gets that one or an error.
    let mut body = says("hi");
    body["modelId"] = "scenario.exception:ThrottlingException".into();
    is(&local.sse(&body).await, 429, "throttled", "a named model");
}

#[tokio::test]
async fn the_callers_fault_is_told_at_once_and_a_fallbacks_refusal_is_not_the_callers() {
    let fallback = ("CHAT_FALLBACK_MODEL_IDS", "scenario.exception:ValidationException");
    let local = InProcess::start(&[fallback]).await;
    local.next("exception:ValidationException");
    is(&local.sse(&says("hi")).await, 400, "rejected-by-model", "the default model");
    assert_eq!(local.stand_in.count(), 1);
    let local = InProcess::start(&[("CHAT_MODEL_ID", "scenario.busy:60"), fallback]).await;
    let answer = local.sse(&says("hi")).await;
    is(&answer, 429, "throttled", "the default model is busy, and the other cannot read the request");
    assert_eq!((answer.header("retry-after"), local.stand_in.count()), ("60", 2));
}
