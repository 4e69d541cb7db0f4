//! One call of ConverseStream: events as they come, every wait bounded, exactly one end.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::{Asked, Failed, Question, Round, RoundEvent, RoundStream};
use crate::converse::accumulator::Fold;
use crate::converse::history::StopReason;
use crate::converse::stream_event::{Event, Kind};
use crate::engine::converse_api::{Converse, Events, Opened};
use crate::engine::deadline::{Deadline, TAIL};
use crate::error::{AppError, BedrockError, Call, Code, Failure, GuardrailOwner};
use crate::model::id::ModelId;

/// Asks now, in a round that began at `began`. Nothing is sent before the stream is first polled, and dropping it ends
/// the call.
pub(super) fn call<C: Converse>(
    converse: &C,
    model_id: &ModelId,
    question: &Question,
    deadline: Deadline,
    began: Instant,
) -> RoundStream {
    let now = Instant::now();
    let (converse, body) = (converse.clone(), question.body.clone());
    let asked = model_id.clone();
    let opening = async move { converse.converse_stream(asked, body).await };
    // Boxed: each event moves it.
    let call = Box::new(Streaming {
        state: State::Opening(Box::pin(opening)),
        fold: Fold::default(),
        guardrail: question.guardrail,
        call: Call { operation: "ConverseStream", model_id: model_id.clone(), request_id: None },
        deadline,
        begins_by: now + deadline.first_event(now),
        round_began: began,
        last_event: now,
        first_event_seen: false,
        begun: false,
        handed_on: false,
        time_to_first_token: None,
    });
    Box::pin(stream::unfold(call, |mut call| async move { Some((call.next().await?, call)) }))
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
    /// When the first event must be there.
    begins_by: Instant,
    round_began: Instant,
    /// When the model last said something.
    last_event: Instant,
    first_event_seen: bool,
    /// More than `messageStart` has come.
    begun: bool,
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
            self.last_event = Instant::now();
        }
        loop {
            let give_up_at = self.give_up_at();
            let heard = match &mut self.state {
                State::Opening(opening) => timeout_at(give_up_at, opening).await.map(Heard::Opened),
                State::Reading(events) => timeout_at(give_up_at, events.next()).await.map(Heard::Event),
                State::Over => return None,
            };
            match heard.unwrap_or(Heard::Silence) {
                Heard::Opened(Ok(opened)) => {
                    self.call.request_id = opened.request_id;
                    self.state = State::Reading(opened.events);
                }
                Heard::Opened(Err(error)) | Heard::Event(Some(Err(error))) => return Some(self.broken(error)),
                Heard::Event(Some(Ok(event))) => return Some(self.take(event)),
                Heard::Event(None) => return Some(self.ended()),
                Heard::Silence => return Some(self.gave_up()),
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
            self.begins_by
        };
        budget.min(self.deadline.ends())
    }

    fn take(&mut self, event: Event) -> RoundEvent {
        (self.first_event_seen, self.handed_on) = (true, true);
        if let Err(malformed) = self.fold.push(&event) {
            let failure = Failure::Corrupt("an event of unknown form");
            return self.broken(BedrockError::new(failure, self.call.clone()).caused_by(malformed));
        }
        self.begun |= event.kind != Kind::MessageStart;
        if self.time_to_first_token.is_none() && self.fold.content_seen() {
            self.time_to_first_token = Some(self.round_began.elapsed());
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
            asked: Asked::once(&self.call.model_id),
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
            begun: self.begun,
            usage: self.fold.usage().map(ToOwned::to_owned),
            time_to_first_token: self.time_to_first_token,
            bedrock_request_id: self.call.request_id.take(),
            asked: Asked::once(&self.call.model_id),
        }))
    }
}

#[cfg(test)]
mod tests;
