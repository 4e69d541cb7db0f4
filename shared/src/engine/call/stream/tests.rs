//! Waits and ends of one call on a paused clock.

use super::*;
use crate::engine::call::scripted::{self, Does, METADATA, START, STOP, Scripted, TEXT, fails};
use crate::error::Exception;

fn one(left: u64, head: u64, script: &[(u64, Does)]) -> (StreamCall<Scripted>, Instant) {
    let now = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(left), now);
    let (model, id) = (Scripted::new([(head, script.to_vec())]), ModelId::for_tests());
    (StreamCall::new(model, id, Bytes::new(), GuardrailOwner::Caller, deadline, now), now)
}

/// Runs a script with `left` to live and writes down what came, with the second it came at.
async fn told(left: u64, head: u64, script: &[(u64, Does)]) -> Vec<(u64, String)> {
    let (mut call, began) = one(left, head, script);
    let mut told = Vec::new();
    loop {
        let (line, ends) = match call.next().await {
            CallEvent::Event(event) => (event.name().to_owned(), false),
            CallEvent::Answered(answer) => (scripted::answered(&answer), true),
            CallEvent::Failed(failure) => (scripted::failed(&failure), true),
        };
        told.push((began.elapsed().as_secs(), line));
        if ends {
            return told;
        }
    }
}

fn only(told: &[(u64, String)]) -> Vec<&str> {
    told.iter().map(|(_, said)| said.as_str()).collect()
}

fn breaks() -> Does {
    Does::Fails(Failure::Connection)
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_begin_is_a_model_timeout() {
    assert_eq!(told(900, 5000, &[]).await, [(300, "model-timeout".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_head_without_a_first_event_is_a_model_timeout_too() {
    assert_eq!(told(30, 0, &[(5000, START)]).await, [(18, "model-timeout".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn silence_inside_a_stream_is_a_stall() {
    let told = told(900, 0, &[(0, START), (0, TEXT), (5000, STOP)]).await;
    assert_eq!(told.last(), Some(&(120, "stream-stalled".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_reads_slowly_is_no_stall_of_the_model() {
    let (mut call, _) = one(900, 0, &[START, TEXT, STOP, METADATA].map(|does| (1, does)));
    let last = loop {
        match call.next().await {
            CallEvent::Event(_) => tokio::time::sleep(Duration::from_secs(150)).await,
            last => break last,
        }
    };
    assert!(matches!(last, CallEvent::Answered(answer) if answer.usage.is_some()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_outlasts_the_request_ends_at_the_deadline() {
    let slow: Vec<_> = (0..100).map(|_| (5, TEXT)).collect();
    let told = told(60, 0, &slow).await;
    assert_eq!(told.last(), Some(&(58, "deadline".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn an_end_without_message_stop_is_truncated() {
    let truncates = Does::Fails(Failure::Truncated);
    for script in [vec![], vec![(0, START)], vec![(0, START), (0, TEXT)], vec![(0, TEXT), (0, truncates)]] {
        let told = told(60, 0, &script).await;
        assert_eq!(only(&told).last(), Some(&"stream-truncated"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_unavailable_before_content_and_truncated_after() {
    assert_eq!(only(&told(60, 0, &[(0, breaks())]).await), ["unavailable"]);
    assert_eq!(only(&told(60, 0, &[(0, START), (0, breaks())]).await).last(), Some(&"unavailable"));
    assert_eq!(only(&told(60, 0, &[(0, TEXT), (0, breaks())]).await).last(), Some(&"stream-truncated"));
}

#[tokio::test(start_paused = true)]
async fn after_message_stop_the_answer_is_whole_and_only_the_usage_is_unknown() {
    let whole = [(0, START), (0, TEXT), (0, STOP)];
    let exception = vec![(0, fails(Exception::Throttling))];
    let ends =
        [vec![], exception, vec![(0, breaks())], vec![(0, Does::Fails(Failure::Truncated))], vec![(3600, METADATA)]];
    for end in ends {
        let script = [whole.to_vec(), end].concat();
        assert_eq!(only(&told(900, 0, &script).await).last(), Some(&"done end_turn usage=false"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_exception_before_the_answers_end_is_told_wherever_it_comes() {
    for before in [vec![], vec![START], vec![START, TEXT]] {
        let mut script: Vec<_> = before.into_iter().map(|does| (0, does)).collect();
        script.push((0, fails(Exception::Throttling)));
        script.push((0, TEXT));
        let told = told(60, 0, &script).await;
        assert_eq!(only(&told).last(), Some(&"throttled"));
        assert_eq!(told.len(), script.len() - 1, "nothing follows the end");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_of_unknown_form_ends_the_turn_as_an_upstream_error() {
    let told = told(60, 0, &[(0, START), (0, Does::Says("contentBlockDelta", r#"{"delta":7}"#))]).await;
    assert_eq!(only(&told), ["messageStart", "upstream-error"]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a bug")]
async fn a_panic_is_left_to_the_response_body() {
    told(60, 0, &[(0, Does::Panics)]).await;
}
