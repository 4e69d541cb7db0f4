//! What goes into a turn and what comes out of it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::converse::message::Message;
use crate::converse::request::Request;
use crate::converse::response::ConverseResponse;
use crate::converse::stop_reason::StopReason;
use crate::converse::stream_event::StreamEvent;
use crate::converse::tool_result::ToolResult;
use crate::engine::failover::Attempts;
use crate::error::AppError;
use crate::json::Raw;
use crate::model::Model;
use crate::model::id::ModelId;
use crate::prepare::Additions;

/// A checked request: what to ask of which model, and with which tools.
#[derive(Debug)]
pub struct Turn {
    /// The model.
    pub model: Model,
    /// The models after it, in order, if it fails before its first content.
    pub fallbacks: VecDeque<Model>,
    /// The Converse request as the caller sent it.
    pub request: Request,
    /// What the operator adds, this service's tools among it.
    pub additions: Additions,
    /// Whether answers are streamed as they are made.
    pub streamed: bool,
}

/// Where the loop ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Answers of the model in a turn.
    pub rounds: u32,
    /// Tool calls in a turn.
    pub tool_calls: u32,
}

/// Why a turn ended. These are ends, not errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndReason {
    /// The model stopped.
    Model(StopReason),
    /// The limit of rounds was reached, after the last round's tools ran.
    MaxRounds,
    /// The limit of tool calls was reached.
    MaxToolCalls,
    /// No time was left for another round.
    Deadline,
}

impl EndReason {
    /// The caller's `stopReason`.
    pub fn name(&self) -> &str {
        match self {
            Self::Model(stop_reason) => stop_reason.name(),
            Self::MaxRounds => "max_rounds",
            Self::MaxToolCalls => "max_tool_calls",
            Self::Deadline => "deadline",
        }
    }
}

/// What a turn yields. `Done` and `Failed` are terminal: exactly one of them comes, last.
#[derive(Debug)]
pub enum TurnEvent {
    /// An event of the model's.
    Model(StreamEvent),
    /// A call of one of this service's tools was answered.
    ToolResult(Box<ToolAnswer>),
    /// The turn is over.
    Done(Box<TurnDone>),
    /// The turn failed.
    Failed(Box<TurnFailed>),
}

/// An answered call.
#[derive(Debug)]
pub struct ToolAnswer {
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// The result.
    pub result: ToolResult,
    /// How long it took; nothing if the call was not run.
    pub duration: Duration,
}

/// What a turn came to, however it ended.
#[derive(Debug, Default)]
pub struct TurnSummary {
    /// The turns to append to the conversation.
    pub new_messages: Vec<Message>,
    /// A guardrail blocked the turn: the conversation goes on without the user turn that was sent last.
    pub discard_last_user_turn: bool,
    /// Answers of the model, the one that failed included.
    pub rounds: u32,
    /// Calls of models, retries included.
    pub attempts: u32,
    /// What of the caller's request was changed for the model, by the names of Converse's fields.
    pub adapted: Vec<&'static str>,
    /// The model that answered last, or whose error is reported.
    pub model_id: Option<ModelId>,
    /// The failures that were not the end, for the log only.
    pub retried: Vec<String>,
    /// Bedrock's `usage`, summed; none if some round had none.
    pub usage: Option<Raw>,
    /// Bedrock's own measure of the calls, in milliseconds.
    pub latency_ms: Option<u64>,
    /// From the turn's begin to the first piece of content.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the last request.
    pub bedrock_request_id: Option<String>,
}

impl TurnSummary {
    /// A round is over: which models were called in it.
    pub(super) fn attempted(&mut self, attempts: Attempts) {
        self.attempts += attempts.count;
        self.model_id = Some(attempts.model_id);
        self.retried.extend(attempts.retried);
    }
}

/// How a turn ended.
#[derive(Debug)]
pub struct TurnDone {
    /// Why.
    pub reason: EndReason,
    /// What it came to.
    pub summary: TurnSummary,
    /// The last whole answer, if answers are not streamed.
    pub response: Option<ConverseResponse>,
}

/// How a turn failed.
pub struct TurnFailed {
    /// The error.
    pub error: AppError,
    /// What the completed rounds came to, and the usage known so far.
    pub summary: TurnSummary,
}

impl fmt::Debug for TurnFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TurnFailed({}, {} new messages)", self.error.code().row().code, self.summary.new_messages.len())
    }
}
