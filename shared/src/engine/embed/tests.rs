//! Order, concurrency, retries and ends on a paused clock, over a scripted model.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::*;
use crate::engine::invoke_api::Invoked;
use crate::error::Exception;
use crate::invoke::embedding::family::Family;
use crate::invoke::embedding::options::Options;

/// Answers a text with a vector of its length, later texts sooner; fails as often as `fails` says.
#[derive(Clone)]
struct Scripted {
    fails: Arc<AtomicUsize>,
    exception: Exception,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Scripted {
    fn failing(times: usize, exception: Exception) -> Self {
        let count = |n| Arc::new(AtomicUsize::new(n));
        Self { fails: count(times), exception, running: count(0), most: count(0) }
    }
}

impl InvokeApi for Scripted {
    async fn invoke(&self, model_id: ModelId, body: Bytes) -> Result<Invoked, BedrockError> {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(running, Ordering::Relaxed);
        let text =
            serde_json::from_slice::<serde_json::Value>(&body).unwrap()["inputText"].as_str().unwrap().to_owned();
        tokio::time::sleep(Duration::from_millis(100 - text.len() as u64)).await;
        self.running.fetch_sub(1, Ordering::Relaxed);
        if self.fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            let failure = Failure::Exception { exception: self.exception.clone(), status: Some(400), message: None };
            return Err(BedrockError::new(failure, CallId { operation: "InvokeModel", model_id, request_id: None }));
        }
        let vector = vec![text.len().to_string(); 256].join(",");
        let body = format!(r#"{{"embedding":[{vector}],"embeddingsByType":{{}},"inputTextTokenCount":2}}"#);
        Ok(Invoked { request_id: None, input_tokens: None, body: body.into() })
    }
}

async fn embedded(model: &Scripted, count: usize, left_ms: u64) -> Result<Embedded, EmbedFailed> {
    let plan = Family::from_name("titan-text-v2")
        .unwrap()
        .plan(Options { dimensions: Some(256), ..Options::default() })
        .unwrap();
    let texts: Vec<String> = (1..=count).map(|length| "x".repeat(length)).collect();
    let deadline = Deadline::after(Duration::from_millis(left_ms), Instant::now());
    embed(model, &Model::new(ModelId::for_tests()), &plan, &texts, 8, &RetryTokens::default(), deadline).await
}

#[tokio::test(start_paused = true)]
async fn vectors_are_in_the_order_of_the_texts_and_eight_calls_run_at_a_time() {
    let model = Scripted::failing(0, Exception::Throttling);
    let result = embedded(&model, 50, 60_000).await.unwrap();
    let first = |vector: &Vector| vector.json()[1..].split(',').next().unwrap().parse::<usize>().unwrap();
    assert_eq!(result.vectors.iter().map(first).collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
    assert_eq!((result.calls, result.attempts, result.input_tokens), (50, 50, Some(100)));
    assert_eq!(model.most.load(Ordering::Relaxed), 8);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_tried_again_within_the_budget_of_the_request() {
    let result = embedded(&Scripted::failing(3, Exception::Throttling), 20, 60_000).await.unwrap();
    assert_eq!((result.calls, result.attempts), (20, 23));
    let failed = embedded(&Scripted::failing(1000, Exception::Throttling), 50, 60_000).await.unwrap_err();
    assert_eq!(failed.error.code(), Code::Throttled);
    assert!(failed.attempts <= 8 * 4 && failed.attempts > 8, "{}", failed.attempts);
}

#[tokio::test(start_paused = true)]
async fn a_refused_input_ends_all_at_once_and_is_named() {
    let model = Scripted::failing(1, Exception::Validation);
    let failed = embedded(&model, 50, 60_000).await.unwrap_err();
    // The eighth of the first eight is the quickest, and so the first to be refused.
    assert_eq!((failed.error.code(), failed.inputs), (Code::RejectedByModel, 7..8));
    assert!(failed.attempts <= 9, "the rest was not begun: {}", failed.attempts);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_fit_its_time_is_told_so() {
    let failed = embedded(&Scripted::failing(0, Exception::Throttling), 90, 300).await.unwrap_err();
    assert_eq!(failed.error.code(), Code::Deadline);
    assert!(failed.error.detail().contains("of 90 inputs were embedded"), "{}", failed.error.detail());
}
