//! The driver on a paused clock: what runs side by side, what waits, and how long.

use std::collections::VecDeque;

use bytes::Bytes;

use super::*;
use crate::converse::request::Request;
use crate::converse::stream_event::StreamEvent;
use crate::converse::tool_result::ToolStatus;
use crate::converse::tool_specs::ToolSpecs;
use crate::engine::converse_api::{Answered, EventSource, Opened};
use crate::error::BedrockError;
use crate::json::Document;
use crate::model::Model;
use crate::model::id::ModelId;
use crate::prepare::Additions;

const SPECS: &str = r#"[{"toolSpec":{"name":"calculate","inputSchema":{"json":{}}}}]"#;

/// Calls `calls` in the first round, and answers in every later one.
#[derive(Clone)]
struct Calling {
    calls: usize,
}

struct Events(VecDeque<StreamEvent>);

impl EventSource for Events {
    async fn next(&mut self) -> Option<Result<StreamEvent, BedrockError>> {
        self.0.pop_front().map(Ok)
    }
}

impl ConverseApi for Calling {
    type Events = Events;

    async fn converse_stream(&self, _: ModelId, body: Bytes) -> Result<Opened<Events>, BedrockError> {
        let first = !String::from_utf8_lossy(&body).contains("toolResult");
        let event = |name: &str, payload: String| StreamEvent::parse(name, payload.into()).unwrap();
        let mut events = VecDeque::new();
        for index in 0..if first { self.calls } else { 0 } {
            let start = format!(
                r#"{{"contentBlockIndex":{index},"start":{{"toolUse":{{"toolUseId":"c{index}","name":"calculate"}}}}}}"#
            );
            events.push_back(event("contentBlockStart", start));
        }
        let reason = if first { "tool_use" } else { "end_turn" };
        events.push_back(event("contentBlockDelta", r#"{"contentBlockIndex":90,"delta":{"text":"hi"}}"#.to_owned()));
        events.push_back(event("messageStop", format!(r#"{{"stopReason":"{reason}"}}"#)));
        Ok(Opened { request_id: None, events: Events(events) })
    }

    async fn converse(&self, _: ModelId, _: Bytes) -> Result<Answered, BedrockError> {
        std::future::pending().await
    }
}

/// A tool that takes a while, or for ever.
#[derive(Clone)]
struct Slow {
    takes: Duration,
    specs: ToolSpecs,
    _alive: Arc<()>,
}

impl Slow {
    fn new(seconds: u64) -> Self {
        let specs = ToolSpecs::parse(SPECS).unwrap();
        Self { takes: Duration::from_secs(seconds), specs, _alive: Arc::default() }
    }
}

impl ToolProvider for Slow {
    fn specs(&self) -> &ToolSpecs {
        &self.specs
    }

    async fn call(&self, call: ToolCall, _: Duration) -> ToolResult {
        tokio::time::sleep(self.takes).await;
        ToolResult::text(&call.tool_use_id, ToolStatus::Success, "ok")
    }
}

fn turn() -> Turn {
    let mut request = Request::default();
    let messages = r#"[{"role":"user","content":[{"text":"go"}]}]"#;
    let document = Document::parse(messages.to_owned(), 8).unwrap();
    request.decode_field("messages", document.root()).unwrap();
    Turn {
        model: Model::new(ModelId::for_tests()),
        fallbacks: VecDeque::new(),
        request,
        additions: Additions { tools: ToolSpecs::parse(SPECS).unwrap(), ..Additions::default() },
        streamed: true,
    }
}

fn events(left: u64, calls: usize, tools: &Slow) -> impl Stream<Item = TurnEvent> + Send + use<> {
    let now = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(left), now);
    let limits = Limits { rounds: 8, tool_calls: 32 };
    run(&Calling { calls }, tools, turn(), limits, &RetryTokens::default(), deadline, now)
}

async fn told(left: u64, calls: usize, tool_takes: u64) -> Vec<(u64, String)> {
    let now = Instant::now();
    let line = |event: TurnEvent| match event {
        TurnEvent::Model(event) => event.name().to_owned(),
        TurnEvent::ToolResult(answer) => {
            format!("{} {:?} {}s", answer.result.tool_use_id, answer.result.status, answer.duration.as_secs())
        }
        TurnEvent::Done(done) => format!("done {} {}", done.reason.name(), done.summary.new_messages.len()),
        TurnEvent::Failed(failed) => format!("failed {}", failed.error.code().row().code),
    };
    let events = events(left, calls, &Slow::new(tool_takes)).map(|event| (now.elapsed().as_secs(), line(event)));
    events
        .filter(|(_, line)| std::future::ready(!line.starts_with("contentBlock") && line != "messageStop"))
        .collect()
        .await
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_round_run_side_by_side_eight_at_a_time() {
    let told = told(900, 12, 5).await;
    let at: Vec<u64> = told.iter().filter(|(_, line)| line.ends_with("Success 5s")).map(|(at, _)| *at).collect();
    assert_eq!(at, [[5; 8].as_slice(), [10; 4].as_slice()].concat());
    assert_eq!(told.last(), Some(&(10, "done end_turn 3".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_returns_is_answered_with_an_error_and_the_turn_goes_on() {
    let told = told(900, 1, 100_000).await;
    assert_eq!(told, [(60, "c0 Error 60s".to_owned()), (60, "done end_turn 3".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_without_time_for_another_round_ends_with_its_own_reason() {
    let told = told(2, 1, 100_000).await;
    assert_eq!(told.last().map(|(_, line)| line.as_str()), Some("done deadline 2"));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_turn_stops_its_tools() {
    let tools = Slow::new(100_000);
    let mut events = Box::pin(events(900, 1, &tools));
    // The call runs in the silence after the model's events.
    while timeout(Duration::from_secs(1), events.next()).await.is_ok() {}
    assert!(Arc::strong_count(&tools._alive) > 1, "the call is running");
    drop(events);
    assert_eq!(Arc::strong_count(&tools._alive), 1);
}
