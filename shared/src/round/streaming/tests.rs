//! Waits and ends on a paused clock, over a scripted model. The wire is tested in the workspace's `tests`.

use super::*;
use crate::converse::port::Answered;
use crate::error::Exception;

/// What the scripted model does next, and how long it waits before.
#[derive(Clone)]
enum Does {
    Says(&'static str, &'static str),
    Throttles,
    Breaks,
    Truncates,
    Panics,
}

#[derive(Clone)]
struct Scripted {
    head: Duration,
    script: Vec<(Duration, Does)>,
}

impl Converse for Scripted {
    async fn converse_stream(&self, model_id: ModelId, _: Bytes) -> Result<Opened, BedrockError> {
        tokio::time::sleep(self.head).await;
        let call = Call { operation: "ConverseStream", model_id, request_id: Some("r".into()) };
        let events = stream::iter(self.script.clone()).then(move |(wait, does)| {
            let call = call.clone();
            async move {
                tokio::time::sleep(wait).await;
                let failure = match does {
                    Does::Says(name, payload) => return Ok(Event::new(name, payload.as_bytes()).unwrap()),
                    Does::Throttles => {
                        Failure::Exception { exception: Exception::Throttling, status: None, message: None }
                    }
                    Does::Breaks => Failure::Connection,
                    Does::Truncates => Failure::Truncated,
                    Does::Panics => panic!("a bug"),
                };
                Err(BedrockError::new(failure, call))
            }
        });
        Ok(Opened { request_id: Some("r".into()), events: Box::pin(events) })
    }

    async fn converse(&self, _: ModelId, _: Bytes) -> Result<Answered, BedrockError> {
        tokio::time::sleep(self.head).await;
        let reply = crate::converse::reply::Reply::read(
            r#"{"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"stopReason":"end_turn"}"#.into(),
        );
        Ok(Answered { request_id: None, reply: reply.unwrap() })
    }
}

const START: (&str, &str) = ("messageStart", r#"{"role":"assistant"}"#);
const TEXT: (&str, &str) = ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"hi"}}"#);
const STOP: (&str, &str) = ("messageStop", r#"{"stopReason":"end_turn"}"#);
const METADATA: (&str, &str) = ("metadata", r#"{"metrics":{"latencyMs":5},"usage":{"inputTokens":1}}"#);

fn says(event: (&'static str, &'static str)) -> Does {
    Does::Says(event.0, event.1)
}

fn question() -> Question {
    Question { model_id: ModelId::for_tests(), body: Bytes::new(), guardrail: GuardrailOwner::Caller }
}

/// Runs a script with `left` to live and writes down what came, with the second it came at.
async fn told(left: u64, head: u64, script: &[(u64, Does)]) -> Vec<(u64, String)> {
    let script = script.iter().map(|(wait, does)| (Duration::from_secs(*wait), does.clone())).collect();
    let model = Scripted { head: Duration::from_secs(head), script };
    let now = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(left), now);
    let events = stream(&model, question(), deadline, now).map(|event| {
        let said = match event {
            RoundEvent::Model(event) => event.kind.name().to_owned(),
            RoundEvent::Ping => "ping".to_owned(),
            RoundEvent::Done(done) => format!("done {} usage={}", done.stop_reason.name(), done.usage.is_some()),
            RoundEvent::Failed(failed) => failed.error.code().row().code.to_owned(),
        };
        (now.elapsed().as_secs(), said)
    });
    events.collect().await
}

fn only(told: &[(u64, String)]) -> Vec<&str> {
    told.iter().map(|(_, said)| said.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_first_event_is_filled_with_pings() {
    let told = told(900, 25, &[(0, says(START)), (0, says(TEXT)), (12, says(STOP)), (0, says(METADATA))]).await;
    let expected = [
        (10, "ping"),
        (20, "ping"),
        (25, "messageStart"),
        (25, "contentBlockDelta"),
        (35, "ping"),
        (37, "messageStop"),
        (37, "metadata"),
        (37, "done end_turn usage=true"),
    ];
    assert_eq!(told.iter().map(|(at, said)| (*at, said.as_str())).collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_begin_is_a_model_timeout() {
    let told = told(900, 5000, &[]).await;
    assert_eq!(told.last(), Some(&(300, "model-timeout".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_head_without_a_first_event_is_a_model_timeout_too() {
    let told = told(30, 0, &[(5000, says(START))]).await;
    assert_eq!(told.last(), Some(&(18, "model-timeout".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn silence_inside_a_stream_is_a_stall_and_pings_do_not_hide_it() {
    let told = told(900, 0, &[(0, says(START)), (0, says(TEXT)), (5000, says(STOP))]).await;
    assert_eq!(told.last(), Some(&(120, "stream-stalled".to_owned())));
    assert_eq!(told.iter().filter(|(_, said)| said == "ping").count(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_reads_slowly_is_no_stall_of_the_model() {
    let one = Duration::from_secs(1);
    let script = [says(START), says(TEXT), says(STOP), says(METADATA)].map(|does| (one, does)).to_vec();
    let now = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(900), now);
    let mut events = stream(&Scripted { head: Duration::ZERO, script }, question(), deadline, now);
    let mut last = None;
    while let Some(event) = events.next().await {
        tokio::time::sleep(Duration::from_secs(150)).await;
        last = Some(event);
    }
    assert!(matches!(last, Some(RoundEvent::Done(round)) if round.usage.is_some()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_outlasts_the_request_ends_at_the_deadline() {
    let slow: Vec<_> = (0..100).map(|_| (5, says(TEXT))).collect();
    let told = told(60, 0, &slow).await;
    assert_eq!(told.last(), Some(&(58, "deadline".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_ends_at_the_deadline_as_well() {
    let model = Scripted { head: Duration::from_secs(400), script: Vec::new() };
    let now = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(900), now).capped(Duration::from_secs(270), now);
    let events: Vec<_> = whole(&model, question(), deadline).collect().await;
    assert!(matches!(events.as_slice(), [RoundEvent::Failed(failed)] if failed.error.code() == Code::Deadline));
    assert_eq!(now.elapsed().as_secs(), 270);
}

#[tokio::test(start_paused = true)]
async fn an_end_without_message_stop_is_truncated() {
    for script in [
        vec![],
        vec![(0, says(START))],
        vec![(0, says(START)), (0, says(TEXT))],
        vec![(0, says(TEXT)), (0, Does::Truncates)],
    ] {
        let told = told(60, 0, &script).await;
        assert_eq!(only(&told).last(), Some(&"stream-truncated"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_unavailable_before_content_and_truncated_after() {
    assert_eq!(only(&told(60, 0, &[(0, Does::Breaks)]).await), ["unavailable"]);
    assert_eq!(only(&told(60, 0, &[(0, says(START)), (0, Does::Breaks)]).await).last(), Some(&"unavailable"));
    assert_eq!(only(&told(60, 0, &[(0, says(TEXT)), (0, Does::Breaks)]).await).last(), Some(&"stream-truncated"));
}

#[tokio::test(start_paused = true)]
async fn after_message_stop_the_answer_is_whole_and_only_the_usage_is_unknown() {
    let whole = [(0, says(START)), (0, says(TEXT)), (0, says(STOP))];
    let ends = [vec![], vec![(0, Does::Breaks)], vec![(0, Does::Truncates)], vec![(3600, says(METADATA))]];
    for end in ends {
        let script = [whole.to_vec(), end].concat();
        assert_eq!(only(&told(900, 0, &script).await).last(), Some(&"done end_turn usage=false"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_exception_is_told_wherever_it_comes() {
    for before in [vec![], vec![says(START)], vec![says(START), says(TEXT)], vec![says(TEXT), says(STOP)]] {
        let mut script: Vec<_> = before.into_iter().map(|does| (0, does)).collect();
        script.push((0, Does::Throttles));
        script.push((0, says(TEXT)));
        let told = told(60, 0, &script).await;
        assert_eq!(only(&told).last(), Some(&"throttled"));
        assert_eq!(told.len(), script.len() - 1, "nothing follows the end");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_of_unknown_form_ends_the_turn_as_an_upstream_error() {
    let told = told(60, 0, &[(0, says(START)), (0, Does::Says("contentBlockDelta", r#"{"delta":7}"#))]).await;
    assert_eq!(only(&told), ["messageStart", "upstream-error"]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a bug")]
async fn a_panic_is_left_to_the_response_body() {
    told(60, 0, &[(0, Does::Panics)]).await;
}
