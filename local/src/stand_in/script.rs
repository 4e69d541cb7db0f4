//! An answer as the steps of a stream, with a scenario's fault in its place.

use serde_json::json;

use super::answer::{Answer, Block};
use super::error;
use super::frame::{self, error_frame, event_frame, exception_frame};
use super::scenario::Scenario;

/// A step of a streamed answer.
#[derive(Debug)]
pub(super) enum Step {
    /// Bytes that follow at once.
    Send(Vec<u8>),
    /// Bytes that follow at the pace of speech.
    Piece(Vec<u8>),
    /// Nothing more, and no end.
    Stall,
    /// The connection breaks.
    Break,
}

/// The steps of `answer` under `scenario`.
pub(super) fn steps(answer: &Answer, scenario: Option<&Scenario>) -> Vec<Step> {
    let mut script = Script { steps: Vec::new(), pieces: 0, events: 0, scenario, over: false };
    script.tell(answer);
    match scenario {
        Some(Scenario::Cut(at)) => cut(script.steps, *at),
        _ => script.steps,
    }
}

struct Script<'a> {
    steps: Vec<Step>,
    pieces: usize,
    events: usize,
    scenario: Option<&'a Scenario>,
    over: bool,
}

impl Script<'_> {
    fn tell(&mut self, answer: &Answer) {
        // An exception as the first frame comes before messageStart.
        self.fault();
        self.event("messageStart", json!({ "role": "assistant" }));
        for (index, block) in answer.blocks.iter().enumerate() {
            if let Block::ToolUse { id, name, .. } = block {
                let start = json!({ "toolUse": { "toolUseId": id, "name": name, "type": "tool_use" } });
                self.event("contentBlockStart", json!({ "contentBlockIndex": index, "start": start }));
            }
            for delta in block.deltas() {
                self.piece(json!({ "contentBlockIndex": index, "delta": delta }));
            }
            self.event("contentBlockStop", json!({ "contentBlockIndex": index }));
        }
        self.event("messageStop", answer.message_stop());
        if self.scenario != Some(&Scenario::NoMetadata) {
            self.event("metadata", answer.metadata());
        }
    }

    fn event(&mut self, name: &str, payload: serde_json::Value) {
        if !self.over {
            self.steps.push(Step::Send(event_frame(name, &payload, self.events)));
            self.events += 1;
        }
    }

    fn piece(&mut self, payload: serde_json::Value) {
        if self.over {
            return;
        }
        let mut frame = event_frame("contentBlockDelta", &payload, self.events);
        self.events += 1;
        if self.scenario == Some(&Scenario::BadCrc(self.pieces))
            && let Some(last) = frame.last_mut()
        {
            *last ^= 0xff;
        }
        if self.scenario == Some(&Scenario::BadLength(self.pieces)) {
            frame::lengthen(&mut frame);
        }
        self.steps.push(Step::Piece(frame));
        self.pieces += 1;
        self.fault();
    }

    /// Puts the scenario's fault in when its number of pieces is out.
    fn fault(&mut self) {
        let ends = match self.scenario {
            Some(Scenario::Exception(name, after)) if *after == self.pieces => {
                Some(Step::Send(exception_frame(name, error::message(name))))
            }
            Some(Scenario::ErrorFrame(after)) if *after == self.pieces => {
                Some(Step::Send(error_frame("InternalFailure", "An internal server error occurred")))
            }
            Some(Scenario::Stall(after)) if *after == self.pieces => Some(Step::Stall),
            Some(Scenario::End(after)) if *after == self.pieces => Some(Step::Send(Vec::new())),
            Some(Scenario::UnknownEvent(after)) if *after == self.pieces => {
                self.event("eventOfNextYear", json!({ "answer": 42 }));
                None
            }
            Some(Scenario::UnknownDelta(after)) if *after == self.pieces => {
                let payload = json!({ "contentBlockIndex": 90, "delta": { "hologram": { "x": 1 } } });
                self.event("contentBlockDelta", payload);
                None
            }
            _ => None,
        };
        if let Some(step) = ends {
            self.steps.push(step);
            self.over = true;
        }
    }
}

/// The first `at` bytes, and then the connection breaks.
fn cut(steps: Vec<Step>, at: usize) -> Vec<Step> {
    let mut left = at;
    let mut out = Vec::new();
    for step in steps {
        let (Step::Send(bytes) | Step::Piece(bytes)) = step else { continue };
        let sent = bytes.get(..left.min(bytes.len())).unwrap_or_default().to_vec();
        left -= sent.len();
        let whole = sent.len() == bytes.len();
        out.push(Step::Send(sent));
        if !whole {
            break;
        }
    }
    out.push(Step::Break);
    out
}
