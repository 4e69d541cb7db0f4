//! One call of ConverseStream: events as they come, every wait bounded.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::converse::Answer;
use super::{CallEvent, CallFailure};
use crate::converse::accumulator::StreamAccumulator;
use crate::converse::history::CallSanitizer;
use crate::converse::stop_reason::StopReason;
use crate::converse::stream_event::StreamEvent;
use crate::engine::converse_api::{ConverseApi, EventSource as _, Opened};
use crate::engine::deadline::{Deadline, TAIL};
use crate::error::{AppError, BedrockError, CallId, Code, Failure, GuardrailOwner};
use crate::model::id::ModelId;

/// A call of ConverseStream.
pub struct StreamCall<C: ConverseApi> {
    api: C,
    body: Bytes,
    /// The events, once Bedrock has begun to answer.
    events: Option<C::Events>,
    answer: StreamAccumulator,
    sanitizer: CallSanitizer,
    guardrail: GuardrailOwner,
    call: CallId,
    deadline: Deadline,
    /// When the first event must be there.
    begins_by: Instant,
    /// When that began which this call is a part of.
    began: Instant,
    first_event_seen: bool,
    /// More than `messageStart` has come.
    begun: bool,
    time_to_first_token: Option<Duration>,
}

impl<C: ConverseApi> StreamCall<C> {
    pub(super) fn new(
        api: C,
        model_id: ModelId,
        body: Bytes,
        guardrail: GuardrailOwner,
        deadline: Deadline,
        began: Instant,
    ) -> Self {
        let now = Instant::now();
        Self {
            api,
            body,
            events: None,
            answer: StreamAccumulator::default(),
            sanitizer: CallSanitizer::default(),
            guardrail,
            call: CallId { operation: "ConverseStream", model_id, request_id: None },
            deadline,
            begins_by: now + deadline.first_event(now),
            began,
            first_event_seen: false,
            begun: false,
            time_to_first_token: None,
        }
    }

    pub(super) async fn next(&mut self) -> CallEvent<StreamEvent, Answer> {
        // The silence begins now, and not with the last event: a caller that reads slowly is not a model that is silent.
        let give_up_at = self.give_up_at(Instant::now());
        let events = match &mut self.events {
            Some(events) => events,
            None => {
                let opening = self.api.converse_stream(self.call.model_id.clone(), self.body.clone());
                match timeout_at(give_up_at, opening).await {
                    Ok(Ok(Opened { request_id, events })) => {
                        self.call.request_id = request_id;
                        self.events.insert(events)
                    }
                    Ok(Err(error)) => return self.broken(error),
                    Err(_) => return self.gave_up(),
                }
            }
        };
        match timeout_at(give_up_at, events.next()).await {
            Ok(Some(Ok(event))) => self.take(event),
            Ok(Some(Err(error))) => self.broken(error),
            Ok(None) => self.ended(),
            Err(_) => self.gave_up(),
        }
    }

    /// When a wait that begins now is too long.
    fn give_up_at(&self, now: Instant) -> Instant {
        let budget = if self.answer.stop_reason().is_some() {
            now + TAIL
        } else if self.first_event_seen {
            now + self.deadline.idle()
        } else {
            self.begins_by
        };
        budget.min(self.deadline.ends())
    }

    fn take(&mut self, event: StreamEvent) -> CallEvent<StreamEvent, Answer> {
        self.first_event_seen = true;
        let event = event.sanitized(&mut self.sanitizer);
        if let Err(malformed) = self.answer.push(&event) {
            let failure = Failure::Corrupt("an event of unknown form");
            return self.broken(BedrockError::new(failure, self.call.clone()).caused_by(malformed));
        }
        self.begun |= event.begins_answer();
        if self.time_to_first_token.is_none() && event.is_content() {
            self.time_to_first_token = Some(self.began.elapsed());
        }
        CallEvent::Event(event)
    }

    /// The stream's end came. Without `messageStop` it is no end of an answer.
    fn ended(&mut self) -> CallEvent<StreamEvent, Answer> {
        match self.answer.stop_reason() {
            Some(stop_reason) => self.answered(stop_reason.clone()),
            None => self.broken(BedrockError::new(Failure::Truncated, self.call.clone())),
        }
    }

    fn answered(&mut self, stop_reason: StopReason) -> CallEvent<StreamEvent, Answer> {
        CallEvent::Answered(Answer {
            blocks: self.answer.blocks(),
            stop_reason,
            usage: self.answer.usage().cloned(),
            latency_ms: self.answer.latency_ms(),
            time_to_first_token: self.time_to_first_token,
            bedrock_request_id: self.call.request_id.take(),
            response: None,
        })
    }

    /// The call failed. After `messageStop` the answer is whole: what fails there has cost the caller the usage at most.
    fn broken(&mut self, error: BedrockError) -> CallEvent<StreamEvent, Answer> {
        match self.answer.stop_reason() {
            Some(stop_reason) => {
                let stop_reason = stop_reason.clone();
                self.answered(stop_reason)
            }
            None => self.failed(AppError::from_bedrock(error, &self.guardrail, self.answer.content_seen())),
        }
    }

    /// The wait was too long: for what comes after a whole answer, for more of it, or for its begin.
    fn gave_up(&mut self) -> CallEvent<StreamEvent, Answer> {
        if let Some(stop_reason) = self.answer.stop_reason() {
            let stop_reason = stop_reason.clone();
            return self.answered(stop_reason);
        }
        let error = if Instant::now() >= self.deadline.ends() {
            AppError::new(Code::Deadline, "The answer was not complete in the time this request has.")
        } else if self.first_event_seen {
            AppError::new(Code::StreamStalled, "The model fell silent in the middle of its answer.")
        } else {
            let error = BedrockError::new(Failure::Timeout, self.call.clone());
            AppError::from_bedrock(error, &self.guardrail, false)
        };
        self.failed(error)
    }

    fn failed(&mut self, error: AppError) -> CallEvent<StreamEvent, Answer> {
        CallEvent::Failed(CallFailure {
            error,
            begun: self.begun,
            usage: self.answer.usage().cloned(),
            time_to_first_token: self.time_to_first_token,
            bedrock_request_id: self.call.request_id.take(),
        })
    }
}

impl<C: ConverseApi> fmt::Debug for StreamCall<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamCall({}, {} bytes)", self.call.model_id, self.body.len())
    }
}

#[cfg(test)]
mod tests;
