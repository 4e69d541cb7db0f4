//! What goes into a turn and what comes out of it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde_json::value::RawValue;

use crate::converse::history::StopReason;
use crate::converse::request::ConverseRequest;
use crate::converse::response::Reply;
use crate::converse::stream_event::Event;
use crate::engine::round::Asked;
use crate::engine::tools::ToolResult;
use crate::engine::tools::spec::Specs;
use crate::error::{AppError, GuardrailOwner};
use crate::model::id::ModelId;

/// A checked request: what to ask which model, and with which tools.
#[derive(Debug)]
pub struct Turn {
    /// The model.
    pub model_id: ModelId,
    /// The models after it, in order, where it fails before its first content.
    pub fallbacks: VecDeque<ModelId>,
    /// The Converse request as the caller and the operator want it, without this service's tools.
    pub request: ConverseRequest<'static>,
    /// Whose guardrail the request names.
    pub guardrail: GuardrailOwner,
    /// This service's tools to offer.
    pub offered: Specs,
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

/// What a turn is made of. `Done` and `Failed` are terminal: exactly one of them comes, last.
#[derive(Debug)]
pub enum LoopEvent {
    /// An event of the model's.
    Model(Event),
    /// A call was answered.
    ToolResult(Box<Answered>),
    /// Nothing came for a while.
    Ping,
    /// The turn is over.
    Done(Box<Done>),
    /// The turn failed.
    Failed(Box<Failed>),
}

/// An answered call.
#[derive(Debug)]
pub struct Answered {
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// The result.
    pub result: ToolResult,
    /// How long it took; nothing where the call was not run.
    pub duration: Duration,
}

/// What a turn gained, however it ended.
#[derive(Debug, Default)]
pub struct Gained {
    /// The turns to append to the conversation.
    pub new_messages: Vec<Box<RawValue>>,
    /// Answers of the model, the one that failed included.
    pub rounds: u32,
    /// Calls of models, those that were tried again included.
    pub attempts: u32,
    /// The model that spoke last, or whose error is told.
    pub model_id: Option<ModelId>,
    /// The failures that were not the end, for the log alone.
    pub retried: Vec<String>,
    /// Bedrock's `usage`, summed; none where some round had none.
    pub usage: Option<Box<RawValue>>,
    /// Bedrock's own measure of the calls, in milliseconds.
    pub latency_ms: Option<u64>,
    /// From the turn's begin to the first piece of content.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the last request.
    pub bedrock_request_id: Option<String>,
}

impl Gained {
    /// A round is over: who was asked in it.
    pub(super) fn asked(&mut self, asked: Asked) {
        self.attempts += asked.attempts;
        self.model_id = Some(asked.model_id);
        self.retried.extend(asked.retried);
    }
}

/// How a turn ended.
#[derive(Debug)]
pub struct Done {
    /// Why.
    pub reason: EndReason,
    /// What it gained.
    pub gained: Gained,
    /// The last whole answer, where answers are not streamed.
    pub reply: Option<Reply>,
}

/// How a turn failed.
pub struct Failed {
    /// The error.
    pub error: AppError,
    /// What the completed rounds gained, and the usage known so far.
    pub gained: Gained,
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failed({}, {} new messages)", self.error.code().row().code, self.gained.new_messages.len())
    }
}
