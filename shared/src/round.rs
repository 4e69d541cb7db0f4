//! One round of a turn: a model call as a bounded stream of events with exactly one end.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use crate::converse::event::Event;
use crate::converse::fold::Fold;
use crate::converse::port::{Converse, Events, Opened};
use crate::converse::reply::Reply;
use crate::converse::transcript::{Block, StopReason};
use crate::deadline::Deadline;
use crate::error::{AppError, BedrockError, Call, Code, Failure, GuardrailOwner};
use crate::model_id::ModelId;

/// Silence that is filled with a ping, before the first event as well.
pub(crate) const PING_AFTER: Duration = Duration::from_secs(10);
/// Longest wait for `metadata` after `messageStop`, and for the connection's end after `metadata`: the answer is
/// whole by then, and a connection read to its end is used again.
const TAIL: Duration = Duration::from_secs(2);

/// What to ask which model.
#[derive(Clone)]
pub struct Question {
    /// The model.
    pub model_id: ModelId,
    /// The Converse request's JSON.
    pub body: Bytes,
    /// Whose guardrail the request names.
    pub guardrail: GuardrailOwner,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Question({}, {} bytes)", self.model_id, self.body.len())
    }
}

/// What a round is made of. `Done` and `Failed` are terminal: exactly one of them comes, last.
#[derive(Debug)]
pub enum RoundEvent {
    /// An event of the model's.
    Model(Event),
    /// Nothing came for a while.
    Ping,
    /// The model is done.
    Done(Box<Round>),
    /// The call failed.
    Failed(Box<Failed>),
}

/// What a round came to.
#[derive(Debug)]
pub struct Round {
    /// The message's blocks that may stand in a history.
    pub blocks: Vec<Block>,
    /// Why the model stopped.
    pub stop_reason: StopReason,
    /// Bedrock's `usage`; none where no metadata came.
    pub usage: Option<Box<RawValue>>,
    /// Bedrock's own measure of the call, in milliseconds.
    pub latency_ms: Option<u64>,
    /// From the round's begin to the first piece of content; none where it was not streamed.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the request.
    pub bedrock_request_id: Option<String>,
    /// The whole answer, where it was not streamed.
    pub reply: Option<Reply>,
}

/// How a round failed, and what is known all the same.
#[derive(Debug)]
pub struct Failed {
    /// The error.
    pub error: AppError,
    /// Bedrock's `usage`, where it came before the failure.
    pub usage: Option<Box<RawValue>>,
    /// From the round's begin to the first piece of content.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the request.
    pub bedrock_request_id: Option<String>,
}

/// A round's events.
pub type RoundStream = Pin<Box<dyn Stream<Item = RoundEvent> + Send>>;

/// Asks for a whole answer: a stream of the terminal event alone, `deadline` where it did not come in time.
pub fn whole<C: Converse>(converse: &C, question: Question, deadline: Deadline) -> RoundStream {
    let converse = converse.clone();
    Box::pin(stream::once(async move {
        let guardrail = question.guardrail;
        match timeout_at(deadline.ends(), converse.converse(question.model_id, question.body)).await {
            Ok(Ok(answered)) => RoundEvent::Done(Box::new(Round {
                blocks: answered.reply.blocks(),
                stop_reason: answered.reply.stop_reason().clone(),
                usage: answered.reply.usage().map(ToOwned::to_owned),
                latency_ms: answered.reply.latency_ms(),
                time_to_first_token: None,
                bedrock_request_id: answered.request_id,
                reply: Some(answered.reply),
            })),
            Ok(Err(error)) => failed(AppError::from_bedrock(error, guardrail, false)),
            Err(_) => failed(AppError::new(Code::Deadline, "The answer did not come in the time this request has.")),
        }
    }))
}

fn failed(error: AppError) -> RoundEvent {
    let bedrock_request_id = error.bedrock_request_id().map(str::to_owned);
    RoundEvent::Failed(Box::new(Failed { error, usage: None, time_to_first_token: None, bedrock_request_id }))
}

/// Asks for a stream. Nothing is sent before the stream is first polled, and dropping it ends the call.
pub fn stream<C: Converse>(converse: &C, question: Question, deadline: Deadline, now: Instant) -> RoundStream {
    let call = Call { operation: "ConverseStream", model_id: question.model_id.clone(), request_id: None };
    let converse = converse.clone();
    let opening = async move { converse.converse_stream(question.model_id, question.body).await };
    let round = Streaming {
        state: State::Opening(Box::pin(opening)),
        fold: Fold::default(),
        guardrail: question.guardrail,
        call,
        deadline,
        began: now,
        last_event: now,
        last_sign: now,
        first_event_seen: false,
        handed_on: false,
        time_to_first_token: None,
    };
    Box::pin(stream::unfold(round, |mut round| async move { Some((round.next().await?, round)) }))
}

enum State {
    Opening(Pin<Box<dyn Future<Output = Result<Opened, BedrockError>> + Send>>),
    Reading(Events),
    Over,
}

struct Streaming {
    state: State,
    fold: Fold,
    guardrail: GuardrailOwner,
    call: Call,
    deadline: Deadline,
    began: Instant,
    /// When the model last said something.
    last_event: Instant,
    /// When the caller was last sent something.
    last_sign: Instant,
    first_event_seen: bool,
    /// An event was handed on, and the caller has not come back for the next one.
    handed_on: bool,
    time_to_first_token: Option<Duration>,
}

/// What came of one wait.
enum Heard {
    Opened(Result<Opened, BedrockError>),
    Event(Option<Result<Event, BedrockError>>),
    Silence,
}

impl Streaming {
    async fn next(&mut self) -> Option<RoundEvent> {
        // A caller that reads slowly is not a model that is silent: the silence begins when the caller is back.
        if std::mem::take(&mut self.handed_on) {
            let now = Instant::now();
            (self.last_event, self.last_sign) = (now, now);
        }
        loop {
            let ping_at = self.last_sign + PING_AFTER;
            let give_up_at = self.give_up_at();
            let until = ping_at.min(give_up_at);
            let heard = match &mut self.state {
                State::Opening(opening) => timeout_at(until, opening).await.map(Heard::Opened),
                State::Reading(events) => timeout_at(until, events.next()).await.map(Heard::Event),
                State::Over => return None,
            }
            .unwrap_or(Heard::Silence);
            match heard {
                Heard::Opened(Ok(opened)) => {
                    self.call.request_id = opened.request_id;
                    self.state = State::Reading(opened.events);
                }
                Heard::Opened(Err(error)) | Heard::Event(Some(Err(error))) => return Some(self.broken(error)),
                Heard::Event(Some(Ok(event))) => return Some(self.take(event)),
                Heard::Event(None) => return Some(self.ended()),
                Heard::Silence if Instant::now() >= give_up_at => return Some(self.gave_up()),
                Heard::Silence => {
                    self.last_sign = Instant::now();
                    return Some(RoundEvent::Ping);
                }
            }
        }
    }

    /// When the present wait is too long.
    fn give_up_at(&self) -> Instant {
        let budget = if self.fold.stop_reason().is_some() {
            self.last_event + TAIL
        } else if self.first_event_seen {
            self.last_event + self.deadline.idle()
        } else {
            self.began + self.deadline.first_event()
        };
        budget.min(self.deadline.ends())
    }

    fn take(&mut self, event: Event) -> RoundEvent {
        (self.first_event_seen, self.handed_on) = (true, true);
        if let Err(malformed) = self.fold.push(&event) {
            let failure = Failure::Corrupt("an event of unknown form");
            return self.broken(BedrockError::new(failure, self.call.clone()).caused_by(malformed));
        }
        if self.time_to_first_token.is_none() && self.fold.content_seen() {
            self.time_to_first_token = Some(self.began.elapsed());
        }
        RoundEvent::Model(event)
    }

    /// The stream's end came.
    fn ended(&mut self) -> RoundEvent {
        match self.fold.stop_reason() {
            Some(stop_reason) => self.done(stop_reason.clone()),
            None => self.broken(BedrockError::new(Failure::Truncated, self.call.clone())),
        }
    }

    fn done(&mut self, stop_reason: StopReason) -> RoundEvent {
        self.state = State::Over;
        RoundEvent::Done(Box::new(Round {
            blocks: self.fold.blocks(),
            stop_reason,
            usage: self.fold.usage().map(ToOwned::to_owned),
            latency_ms: self.fold.latency_ms(),
            time_to_first_token: self.time_to_first_token,
            bedrock_request_id: self.call.request_id.take(),
            reply: None,
        }))
    }

    /// The call failed. After `messageStop` the answer is whole, and only what Bedrock itself calls an error is
    /// one; a connection that broke there has cost the caller the usage at most.
    fn broken(&mut self, error: BedrockError) -> RoundEvent {
        match (self.fold.stop_reason(), &error.failure) {
            (Some(stop_reason), failure) if !matches!(failure, Failure::Exception { .. }) => {
                let stop_reason = stop_reason.clone();
                self.done(stop_reason)
            }
            _ => self.failed(AppError::from_bedrock(error, self.guardrail, self.fold.content_seen())),
        }
    }

    fn gave_up(&mut self) -> RoundEvent {
        if let Some(stop_reason) = self.fold.stop_reason() {
            let stop_reason = stop_reason.clone();
            return self.done(stop_reason);
        }
        let error = if Instant::now() >= self.deadline.ends() {
            AppError::new(Code::Deadline, "The answer was not complete in the time this request has.")
        } else if self.first_event_seen {
            AppError::new(Code::StreamStalled, "The model fell silent in the middle of its answer.")
        } else {
            let error = BedrockError::new(Failure::Timeout, self.call.clone());
            AppError::from_bedrock(error, self.guardrail, false)
        };
        self.failed(error)
    }

    fn failed(&mut self, error: AppError) -> RoundEvent {
        self.state = State::Over;
        RoundEvent::Failed(Box::new(Failed {
            error,
            usage: self.fold.usage().map(ToOwned::to_owned),
            time_to_first_token: self.time_to_first_token,
            bedrock_request_id: self.call.request_id.take(),
        }))
    }
}

#[cfg(test)]
mod tests;
