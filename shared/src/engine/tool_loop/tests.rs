//! The driver on a paused clock: what runs side by side, what waits, and how long.

use serde_json::value::RawValue;

use super::*;
use crate::converse::request::ConverseRequest;
use crate::converse::stream_event::Event;
use crate::engine::converse_api::{Answered as Whole, Opened};
use crate::engine::tools::ToolStatus;
use crate::engine::tools::spec::Specs;
use crate::error::{BedrockError, GuardrailOwner};
use crate::model::id::ModelId;

/// Calls `calls` in the first round, and answers in every later one.
#[derive(Clone)]
struct Model {
    calls: usize,
}

impl Converse for Model {
    async fn converse_stream(&self, _: ModelId, body: bytes::Bytes) -> Result<Opened, BedrockError> {
        let first = !String::from_utf8_lossy(&body).contains("toolResult");
        let event = |name: &str, payload: String| Event::new(name, payload.as_bytes()).unwrap();
        let mut events = Vec::new();
        for index in 0..if first { self.calls } else { 0 } {
            let start = format!(
                r#"{{"contentBlockIndex":{index},"start":{{"toolUse":{{"toolUseId":"c{index}","name":"calculate"}}}}}}"#
            );
            events.push(event("contentBlockStart", start));
        }
        let reason = if first { "tool_use" } else { "end_turn" };
        events.push(event("contentBlockDelta", r#"{"contentBlockIndex":90,"delta":{"text":"hi"}}"#.to_owned()));
        events.push(event("messageStop", format!(r#"{{"stopReason":"{reason}"}}"#)));
        Ok(Opened { request_id: None, events: Box::pin(stream::iter(events).map(Ok)) })
    }

    async fn converse(&self, _: ModelId, _: bytes::Bytes) -> Result<Whole, BedrockError> {
        std::future::pending().await
    }
}

/// A tool that takes a while, or for ever.
#[derive(Clone)]
struct Slow(Duration);

impl Tools for Slow {
    async fn call(&self, call: ToolCall, _: Duration) -> ToolResult {
        tokio::time::sleep(self.0).await;
        ToolResult {
            tool_use_id: call.tool_use_id,
            status: ToolStatus::Success,
            content: r#"[{"text":"ok"}]"#.to_owned(),
        }
    }
}

fn turn() -> Turn {
    let mut request = ConverseRequest::default();
    let messages: &RawValue = serde_json::from_str(r#"[{"role":"user","content":[{"text":"go"}]}]"#).unwrap();
    request.set("messages", messages).unwrap();
    Turn {
        model_id: ModelId::for_tests(),
        fallbacks: VecDeque::new(),
        request: request.into_owned(),
        guardrail: GuardrailOwner::Caller,
        offered: Specs::all(),
        streamed: true,
    }
}

async fn told(left: u64, calls: usize, tool_takes: u64) -> Vec<(u64, String)> {
    let now = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(left), now);
    let limits = Limits { rounds: 8, tool_calls: 32 };
    let events = run(
        &Model { calls },
        &Slow(Duration::from_secs(tool_takes)),
        turn(),
        limits,
        &RetryTokens::default(),
        deadline,
        now,
    );
    let line = |event: LoopEvent| match event {
        LoopEvent::Model(event) => event.kind.name().to_owned(),
        LoopEvent::Ping => "ping".to_owned(),
        LoopEvent::ToolResult(answered) => {
            format!(
                "{} {} {}s",
                answered.result.tool_use_id,
                answered.result.status.name(),
                answered.duration.as_secs()
            )
        }
        LoopEvent::Done(done) => format!("done {} {}", done.reason.name(), done.gained.new_messages.len()),
        LoopEvent::Failed(failed) => format!("failed {}", failed.error.code().row().code),
    };
    let events = events.map(|event| (now.elapsed().as_secs(), line(event)));
    events
        .filter(|(_, line)| std::future::ready(!line.starts_with("contentBlock") && line != "messageStop"))
        .collect()
        .await
}

fn lines(told: &[(u64, String)]) -> Vec<(u64, &str)> {
    told.iter().map(|(at, line)| (*at, line.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_round_run_side_by_side_eight_at_a_time() {
    let told = told(900, 12, 5).await;
    let at: Vec<u64> = told.iter().filter(|(_, line)| line.ends_with("success 5s")).map(|(at, _)| *at).collect();
    assert_eq!(at, [[5; 8].as_slice(), [10; 4].as_slice()].concat());
    assert_eq!(told.last().map(|(at, line)| (*at, line.as_str())), Some((10, "done end_turn 3")));
}

#[tokio::test(start_paused = true)]
async fn a_slow_tools_silence_is_filled_with_pings() {
    assert_eq!(
        lines(&told(900, 1, 25).await),
        [(10, "ping"), (20, "ping"), (25, "c0 success 25s"), (25, "done end_turn 3")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_returns_is_answered_with_an_error_and_the_turn_goes_on() {
    let told = told(900, 1, 100_000).await;
    assert_eq!(
        told.iter().find(|(_, line)| line.starts_with("c0")).map(|(at, line)| (*at, line.as_str())),
        Some((60, "c0 error 60s"))
    );
    assert_eq!(told.last().map(|(_, line)| line.as_str()), Some("done end_turn 3"));
}

#[tokio::test(start_paused = true)]
async fn a_turn_without_time_for_another_round_ends_with_its_own_reason() {
    let told = told(2, 1, 100_000).await;
    assert_eq!(told.last().map(|(_, line)| line.as_str()), Some("done deadline 2"));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_turn_stops_its_tools() {
    let model = Model { calls: 1 };
    let dropped = std::sync::Arc::new(());
    #[derive(Clone)]
    struct Held {
        _alive: std::sync::Arc<()>,
    }
    impl Tools for Held {
        async fn call(&self, _: ToolCall, _: Duration) -> ToolResult {
            std::future::pending().await
        }
    }
    let now = Instant::now();
    let limits = Limits { rounds: 8, tool_calls: 32 };
    let deadline = Deadline::after(Duration::from_secs(900), now);
    let mut events =
        run(&model, &Held { _alive: dropped.clone() }, turn(), limits, &RetryTokens::default(), deadline, now);
    while !matches!(events.next().await, Some(LoopEvent::Ping)) {}
    assert!(std::sync::Arc::strong_count(&dropped) > 1, "the call is running");
    drop(events);
    assert_eq!(std::sync::Arc::strong_count(&dropped), 1);
}
