//! What is tried again, on which model, and how long, on a paused clock.

use std::time::Duration;

use super::*;
use crate::engine::call::scripted::{self, Does, METADATA, START, STOP, Script, Scripted, TEXT, fails};
use crate::error::{Code, Exception, Failure};

const PRO: &str = "amazon.nova-pro-v1:0";
const LITE: &str = "amazon.nova-lite-v1:0";
const DEFAULT: &str = "anthropic.claude-test";

/// Which models follow the first, and whether the answer is streamed.
type Asked<'a> = (&'a [&'a str], bool);

/// What a failover came to.
struct Outcome {
    lines: Vec<String>,
    asked: Vec<String>,
    end: Attempts,
    after: Duration,
    error: Option<AppError>,
}

async fn outcome(asked: Asked<'_>, scripts: Vec<Script>) -> Outcome {
    outcome_with(asked, scripts, &RetryTokens::default()).await
}

async fn outcome_with((fallbacks, streamed): Asked<'_>, scripts: Vec<Script>, tokens: &RetryTokens) -> Outcome {
    let (model, now) = (Scripted::new(scripts), Instant::now());
    let deadline = Deadline::after(Duration::from_secs(900), now);
    let mut failover = scripted::failover(&model, fallbacks, streamed, tokens, deadline);
    let mut lines = Vec::new();
    let (line, end, error) = loop {
        match failover.next().await {
            FailoverEvent::Event(event) => lines.push(event.name().to_owned()),
            FailoverEvent::Answered(answer, end) => break (scripted::answered(&answer), end, None),
            FailoverEvent::Failed(failure, end) => break (scripted::failed(&failure), end, Some(failure.error)),
        }
    };
    lines.push(line);
    let asked = model.asked.lock().unwrap().clone();
    Outcome { lines, asked, end, after: now.elapsed(), error }
}

fn answers() -> Script {
    (0, vec![(0, START), (0, TEXT), (0, STOP), (0, METADATA)])
}

fn refuses(exception: Exception) -> Script {
    (0, vec![(0, fails(exception))])
}

const WHOLE: [&str; 5] = ["messageStart", "contentBlockDelta", "messageStop", "metadata", "done end_turn usage=true"];

#[tokio::test(start_paused = true)]
async fn what_fails_before_its_first_content_is_tried_again_and_sends_nothing() {
    let throttles = || (0, fails(Exception::Throttling));
    let breaks = Does::Fails(Failure::Connection);
    for first in [vec![throttles()], vec![(0, START), throttles()], vec![(0, START), (0, breaks)], vec![]] {
        let outcome = outcome((&[], true), vec![(0, first), answers()]).await;
        assert_eq!(outcome.lines, WHOLE);
        assert_eq!((outcome.end.count, outcome.end.retried.len()), (2, 1));
        assert!(outcome.after < Duration::from_secs(1), "{:?}", outcome.after);
    }
}

#[tokio::test(start_paused = true)]
async fn after_content_the_failure_is_told_and_nothing_is_tried_again() {
    let first = vec![(0, START), (0, TEXT), (0, fails(Exception::Throttling))];
    let outcome = outcome((&[PRO], true), vec![(0, first), answers()]).await;
    assert_eq!(outcome.lines, ["messageStart", "contentBlockDelta", "throttled"]);
    assert_eq!((outcome.end.count, outcome.end.model_id.as_str()), (1, DEFAULT));
}

#[tokio::test(start_paused = true)]
async fn four_tries_a_model_and_then_the_next_one() {
    let outage = || refuses(Exception::ServiceUnavailable);
    let outcome = outcome((&[PRO, LITE], true), vec![outage(); 8].into_iter().chain([answers()]).collect()).await;
    assert_eq!(outcome.asked, [[DEFAULT; 4].as_slice(), &[PRO; 4], &[LITE]].concat());
    assert_eq!((outcome.end.model_id.as_str(), outcome.end.count, outcome.lines.len()), (LITE, 9, 5));
    assert!(outcome.end.retried[0].starts_with("anthropic.claude-test unavailable: "), "{:?}", outcome.end.retried);
}

#[tokio::test(start_paused = true)]
async fn the_next_model_is_asked_where_the_model_failed_and_never_where_the_caller_did() {
    for (exception, tries, moves) in [
        (Exception::Throttling, 4, true),
        (Exception::ModelNotReady, 4, true),
        (Exception::ModelTimeout, 4, true),
        (Exception::ModelError, 4, true),
        (Exception::InternalServer, 4, true),
        (Exception::AccessDenied, 1, true),
        (Exception::ResourceNotFound, 1, true),
        (Exception::Validation, 1, false),
        (Exception::Credentials("ExpiredTokenException".into()), 1, false),
        (Exception::Unrecognised("ExceptionOfNextYear".into()), 4, true),
    ] {
        let scripts = vec![refuses(exception.clone()); tries].into_iter().chain([answers()]).collect();
        let outcome = outcome((&[PRO], true), scripts).await;
        assert_eq!(outcome.asked.iter().any(|model| model == PRO), moves, "{exception:?}");
        assert_eq!(outcome.asked.iter().filter(|model| *model == DEFAULT).count(), tries, "{exception:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fallback_that_refuses_the_request_is_not_the_callers_fault() {
    let mut scripts = vec![refuses(Exception::Throttling); 4];
    scripts.push(refuses(Exception::Validation));
    let outcome = outcome((&[PRO], true), scripts).await;
    assert_eq!(outcome.error.map(|error| error.code()), Some(Code::Throttled));
    assert_eq!((outcome.end.model_id.as_str(), outcome.end.count), (DEFAULT, 5));
    assert!(outcome.end.retried[4].starts_with("amazon.nova-pro-v1:0 rejected-by-model"), "{:?}", outcome.end.retried);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_may_pass_is_told_before_one_that_does_not() {
    let scripts = vec![refuses(Exception::ResourceNotFound), refuses(Exception::Throttling)];
    let outcome = outcome((&[PRO], true), scripts).await;
    assert_eq!(outcome.error.map(|error| (error.code(), error.retryable())), Some((Code::Throttled, true)));
    assert_eq!(outcome.end.model_id.as_str(), PRO);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_silent_for_its_whole_budget_is_not_asked_again_but_the_next_one_is() {
    let alone = outcome((&[], true), vec![(5000, vec![])]).await;
    assert_eq!((alone.lines.as_slice(), alone.end.count), (["model-timeout".to_owned()].as_slice(), 1));
    let stalls = (0, vec![(0, START), (5000, TEXT)]);
    for (silent, budget) in [((5000, vec![]), 300), (stalls, 120)] {
        let outcome = outcome((&[PRO], true), vec![silent, answers()]).await;
        assert_eq!(
            (outcome.asked.as_slice(), outcome.after.as_secs()),
            ([DEFAULT, PRO].map(str::to_owned).as_slice(), budget)
        );
        assert_eq!(outcome.lines, WHOLE);
    }
}

#[tokio::test(start_paused = true)]
async fn trying_again_leaves_time_for_a_true_status() {
    // Each try takes three seconds to fail: the third ends past the eighth.
    let slow = (3, vec![(0, fails(Exception::ServiceUnavailable))]);
    let outcome = outcome((&[PRO], true), vec![slow]).await;
    assert_eq!((outcome.lines.as_slice(), outcome.end.count), (["unavailable".to_owned()].as_slice(), 3));
    assert!(outcome.after < Duration::from_secs(10), "{:?}", outcome.after);
}

#[tokio::test(start_paused = true)]
async fn once_a_long_silence_has_cost_the_status_trying_goes_on() {
    let silent = (30, vec![(0, fails(Exception::ModelTimeout))]);
    let outcome = outcome((&[], true), vec![silent, answers()]).await;
    assert_eq!((outcome.lines.len(), outcome.end.count), (5, 2));
}

#[tokio::test(start_paused = true)]
async fn the_service_is_given_the_time_it_asks_for_or_another_model_is_asked() {
    let throttled = Failure::Exception { exception: Exception::Throttling, status: Some(429), message: None };
    let asks = |seconds| (0, vec![(0, Does::Asks(throttled.clone(), seconds))]);
    let waited = outcome((&[PRO], true), vec![asks(5), answers()]).await;
    assert_eq!((waited.after.as_secs(), waited.asked.as_slice()), (5, [DEFAULT; 2].map(str::to_owned).as_slice()));
    let moved = outcome((&[PRO], true), vec![asks(60), answers()]).await;
    assert_eq!((moved.after.as_secs(), moved.end.model_id.as_str()), (0, PRO));
    let outcome = outcome((&[], true), vec![asks(60)]).await;
    assert_eq!(outcome.error.and_then(|error| error.retry_after_s()), Some(60), "the caller is told");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_answered_with_a_storm() {
    let tokens = RetryTokens::default();
    let mut attempts = 0;
    for _ in 0..20 {
        attempts += outcome_with((&[], true), vec![refuses(Exception::Throttling)], &tokens).await.end.count;
    }
    // The bucket pays for 16 retries, and for a few more while they wait.
    assert!((36..42).contains(&attempts), "{attempts}");
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_is_tried_again_but_not_once_it_has_begun() {
    let again = outcome((&[], false), vec![(50, vec![(0, fails(Exception::ModelError))]), (0, vec![])]).await;
    assert_eq!((again.lines.as_slice(), again.end.count), (["done end_turn usage=false".to_owned()].as_slice(), 2));
    for failure in [Failure::Truncated, Failure::Corrupt("x")] {
        let scripts = vec![(0, vec![(0, Does::Fails(failure))]), (0, vec![])];
        assert_eq!(outcome((&[PRO], false), scripts).await.end.count, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_ends_at_the_deadline() {
    let outcome = outcome((&[PRO], false), vec![(5000, vec![])]).await;
    assert_eq!((outcome.lines.as_slice(), outcome.after.as_secs()), (["deadline".to_owned()].as_slice(), 898));
}
