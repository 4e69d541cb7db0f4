//! One call of one model, whatever its shape: events, and exactly one end.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::AppError;
use crate::json::Raw;
use crate::model::Model;

pub mod converse;
mod stream;
mod whole;

#[cfg(test)]
pub(super) mod scripted;

/// What a call yields next. After `Answered` or `Failed` nothing comes.
#[derive(Debug)]
pub enum CallEvent<E, A> {
    /// A part of the answer.
    Event(E),
    /// The answer is complete.
    Answered(A),
    /// The call failed.
    Failed(CallFailure),
}

/// How a call failed, and what is known all the same.
#[derive(Debug)]
pub struct CallFailure {
    /// The error.
    pub error: AppError,
    /// Whether the model had begun to answer: then the call is not retried.
    pub begun: bool,
    /// Bedrock's `usage`, if it came before the failure.
    pub usage: Option<Raw>,
    /// From the begin to the first piece of content.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the request.
    pub bedrock_request_id: Option<String>,
}

impl CallFailure {
    /// A failure of a call that yields nothing before its end.
    pub fn of_whole(error: AppError, begun: bool) -> Self {
        let bedrock_request_id = error.bedrock_request_id().map(str::to_owned);
        Self { error, begun, usage: None, time_to_first_token: None, bedrock_request_id }
    }
}

/// A call that is under way. Dropping it ends it.
pub trait Call: Send {
    /// A part of an answer.
    type Event: Send;
    /// An answer.
    type Answer: Send;

    /// Waits for what comes next. Nothing is sent before the first wait, and a wait that is dropped loses what it waited
    /// for.
    fn next(&mut self) -> impl Future<Output = CallEvent<Self::Event, Self::Answer>> + Send;

    /// Whether `event` is a part of the answer proper: before the first one, a failed call has said nothing.
    fn begins_answer(event: &Self::Event) -> bool;
}

/// Something that any model can be called for: Converse, an embedding.
pub trait Operation: Send {
    /// A call of it.
    type Call: Call;

    /// A call of `model`, as a part of what began at `began`.
    fn call(&mut self, model: &Model, began: Instant) -> Self::Call;
}
