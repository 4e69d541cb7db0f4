//! The error table over the wire: every exception, wherever it comes, in both forms.

use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::Value;
use tests::in_process::{InProcess, app_over, config, post, says};
use tests::process::free_port;

/// Exception, code, status, retryable.
const TABLE: [(&str, &str, u16, bool); 11] = [
    ("AccessDeniedException", "model-access-denied", 502, false),
    ("ExpiredTokenException", "model-access-denied", 502, false),
    ("InternalServerException", "upstream-error", 502, true),
    ("ModelErrorException", "model-error", 502, true),
    ("ModelNotReadyException", "model-not-ready", 503, true),
    ("ModelTimeoutException", "model-timeout", 504, true),
    ("ResourceNotFoundException", "model-unavailable", 502, false),
    ("ServiceQuotaExceededException", "throttled", 429, true),
    ("ServiceUnavailableException", "unavailable", 503, true),
    ("ThrottlingException", "throttled", 429, true),
    ("ValidationException", "rejected-by-model", 400, false),
];

/// What can come inside a stream besides.
const IN_STREAM: [(&str, &str, u16, bool); 2] =
    [("ModelStreamErrorException", "model-error", 502, true), ("ExceptionOfNextYear", "upstream-error", 502, true)];

fn check(problem: &Value, exception: &str, code: &str, status: u16, retryable: bool) {
    assert_eq!(problem["code"], code, "{exception}: {problem}");
    assert_eq!(problem["type"], format!("/problems/{code}"));
    assert_eq!(problem["status"], status, "{exception}");
    assert_eq!(problem["retryable"], retryable, "{exception}");
    assert_eq!(problem["requestId"], "11111111-2222-3333-4444-555555555555");
    assert!(!problem["detail"].as_str().unwrap().contains("arn:"), "{problem}");
    assert!(problem["title"].is_string());
    assert_eq!(problem["bedrock"]["exception"], exception);
    assert!(problem["bedrock"]["requestId"].is_string(), "{problem}");
}

#[tokio::test]
async fn every_exception_before_the_stream_is_a_true_status_in_both_forms() {
    let local = InProcess::start(&[]).await;
    for (exception, code, status, retryable) in TABLE {
        for streamed in [true, false] {
            local.next(&format!("exception:{exception}"));
            let answer = if streamed { local.sse(&says("hi")).await } else { local.json(&says("hi")).await };
            assert_eq!(answer.status, status, "{exception}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.header("retry-after").is_empty(), !matches!(status, 429 | 503), "{exception}");
            check(&answer.json(), exception, code, status, retryable);
        }
    }
    assert_eq!(local.stand_in.received().len(), TABLE.len() * 2, "no call was made twice");
}

#[tokio::test]
async fn every_exception_as_the_first_frame_is_a_true_status() {
    let local = InProcess::start(&[]).await;
    for (exception, code, status, retryable) in TABLE.into_iter().chain(IN_STREAM) {
        local.next(&format!("exception:{exception}:0"));
        let answer = local.sse(&says("hi")).await;
        assert_eq!(answer.status, status, "{exception}");
        check(&answer.json(), exception, code, status, retryable);
    }
}

#[tokio::test]
async fn every_exception_inside_the_stream_is_told_after_what_was_said() {
    let local = InProcess::start(&[]).await;
    for (exception, code, status, retryable) in TABLE.into_iter().chain(IN_STREAM) {
        local.next(&format!("exception:{exception}:3"));
        let answer = local.sse(&says("hi")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.said(), "Hello! I am");
        let (name, error) = answer.end();
        assert_eq!(name, "error");
        check(&error, exception, code, status, retryable);
        assert_eq!(error["partial"], true);
        assert_eq!((&error["usage"], &error["newMessages"]), (&Value::Null, &Value::Array(Vec::new())));
    }
}

#[tokio::test]
async fn bedrocks_sentence_is_shown_for_rejected_by_model_alone() {
    let local = InProcess::start(&[]).await;
    local.next("exception:ValidationException");
    let rejected = local.json(&says("hi")).await.json();
    assert!(
        rejected["detail"].as_str().unwrap().starts_with("The text field in the ContentBlock object"),
        "{rejected}"
    );
    local.next("exception:ResourceNotFoundException");
    let unavailable = local.json(&says("hi")).await.json();
    assert_eq!(unavailable["detail"], "The configured model was not found.");
}

#[tokio::test]
async fn a_broken_stream_is_told_with_the_text_it_had() {
    let local = InProcess::start(&[]).await;
    for (scenario, code) in
        [("error-frame:3", "upstream-error"), ("end:3", "stream-truncated"), ("bad-crc:3", "upstream-error")]
    {
        local.next(scenario);
        let answer = local.sse(&says("hi")).await;
        assert_eq!(answer.said(), "Hello! I am", "{scenario}");
        let (name, error) = answer.end();
        assert_eq!((name.as_str(), &error["code"]), ("error", &Value::from(code)), "{scenario}");
    }
}

#[tokio::test]
async fn a_connection_cut_anywhere_is_told_and_never_done_before_message_stop() {
    let local = InProcess::start(&[]).await;
    let whole = local.sse(&says("hi")).await.said();
    let (mut unavailable, mut truncated, mut done) = (0, 0, 0);
    for at in (0..20_000).step_by(97) {
        if done == 3 {
            break;
        }
        local.next(&format!("cut:{at}"));
        let answer = local.sse(&says("hi")).await;
        if answer.status != 200 {
            assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")), "at {at}");
            unavailable += 1;
            continue;
        }
        let (name, end) = answer.end();
        let said = answer.said();
        match name.as_str() {
            "done" => {
                assert_eq!(said, whole, "at {at}");
                done += 1;
            }
            _ if said.is_empty() => assert_eq!(end["code"], "unavailable", "at {at}"),
            _ => {
                assert_eq!(end["code"], "stream-truncated", "at {at}");
                assert!(whole.starts_with(&said), "at {at}");
                truncated += 1;
            }
        }
    }
    assert!(unavailable > 0 && truncated > 20 && done == 3, "{unavailable} {truncated} {done}");
}

#[tokio::test]
async fn silence_is_told_in_time() {
    let mut local = InProcess::start(&[]).await;
    local.invocation = Duration::from_secs(3);
    local.next("stall:3");
    let answer = local.sse(&says("hi")).await;
    assert_eq!((answer.said().as_str(), &answer.end().1["code"]), ("Hello! I am", &Value::from("stream-stalled")));
    local.next("slow-head:60000");
    let answer = local.sse(&says("hi")).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (504, Some("model-timeout")));
    local.next("stall:0");
    let answer = local.json(&says("hi")).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (504, Some("deadline")));
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_is_told() {
    let local = InProcess::start(&[]).await;
    local.next("cut:40");
    let answer = local.json(&says("hi")).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (502, Some("stream-truncated")));
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_unavailable() {
    let credentials = Credentials::from_keys("test", "test", None);
    for host in [format!("127.0.0.1:{}", free_port()), "bedrock.invalid".to_owned()] {
        let app = app_over(&config(&format!("http://{host}"), Some(credentials.clone())), &[]);
        for accept in ["text/event-stream", "application/json"] {
            let answer = tests::in_process::send(&app, &post(&says("hi").to_string(), accept)).await;
            let problem = answer.json();
            assert_eq!((answer.status, problem["code"].as_str()), (503, Some("unavailable")), "{host}: {problem}");
        }
    }
}

#[tokio::test]
async fn missing_credentials_are_ours_to_mend() {
    let app = app_over(&config("http://127.0.0.1:9", None), &[]);
    let answer = tests::in_process::send(&app, &post(&says("hi").to_string(), "*/*")).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (502, Some("model-access-denied")));
}

#[tokio::test]
async fn a_refused_model_or_guardrail_is_ours_to_mend() {
    let local =
        InProcess::start(&[("CHAT_MODEL_ID", "us.amazon.nova-micro-v1:O"), ("CHAT_FAST_MODEL_ID", "xai.grok-4.7")])
            .await;
    for alias in ["default", "fast"] {
        let mut body = says("hi");
        body["modelId"] = alias.into();
        let answer = local.sse(&body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (502, Some("model-unavailable")), "{alias}");
        assert!(!answer.text().contains("grok"), "the configured id stays in the log");
    }
}

#[tokio::test]
async fn the_function_answers_after_any_broken_call() {
    let local = InProcess::start(&[]).await;
    for scenario in ["cut:300", "bad-crc:2", "exception:modelStreamErrorException:2", "end:1", "error-frame:1"] {
        local.next(scenario);
        local.sse(&says("hi")).await.events();
        for _ in 0..2 {
            assert_eq!(local.sse(&says("hi")).await.end().0, "done", "after {scenario}");
        }
    }
}
