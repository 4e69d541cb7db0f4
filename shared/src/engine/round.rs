//! One round of a turn: a model is asked until one speaks. Exactly one end.
//!
//! A call that fails before its first content is tried again, or the next model is asked; once there is content,
//! failure is told. What is tried again, and when, is [`retry`](crate::engine::retry)'s and [`deadline`](crate::engine::deadline)'s to
//! say; `streaming` and `whole` make one call.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use crate::converse::history::{Block, StopReason};
use crate::converse::response::Reply;
use crate::converse::stream_event::{Event, Kind};
use crate::engine::converse_api::Converse;
use crate::engine::deadline::Deadline;
use crate::engine::retry::{RetryTokens, Tries};
use crate::error::{AppError, GuardrailOwner};
use crate::model::id::ModelId;

#[cfg(test)]
mod scripted;
mod streaming;
mod whole;

/// What to ask which model.
#[derive(Clone)]
pub struct Question {
    /// The model.
    pub model_id: ModelId,
    /// The models after it, in order, where it fails before its first content.
    pub fallbacks: VecDeque<ModelId>,
    /// The Converse request's JSON.
    pub body: Bytes,
    /// Whose guardrail the request names.
    pub guardrail: GuardrailOwner,
    /// Whether the answer is streamed as it is made.
    pub streamed: bool,
    /// Whether the HTTP status can still be any: the answer is streamed, and nothing of it has been sent.
    pub status_open: bool,
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
    /// The model is done.
    Done(Box<Round>),
    /// The last call failed.
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
    /// Who spoke.
    pub asked: Asked,
}

/// How a round failed, and what is known all the same.
#[derive(Debug)]
pub struct Failed {
    /// The error.
    pub error: AppError,
    /// Whether the model had begun to answer: then it is not asked again.
    pub begun: bool,
    /// Bedrock's `usage`, where it came before the failure.
    pub usage: Option<Box<RawValue>>,
    /// From the round's begin to the first piece of content.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the request.
    pub bedrock_request_id: Option<String>,
    /// Who failed.
    pub asked: Asked,
}

/// Who was asked, and what it took.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The model that spoke, or whose error is told.
    pub model_id: ModelId,
    /// Calls of all models.
    pub attempts: u32,
    /// The failures that were not the end, for the log alone.
    pub retried: Vec<String>,
}

impl Asked {
    /// One call of `model_id`.
    fn once(model_id: &ModelId) -> Self {
        Self { model_id: model_id.clone(), attempts: 1, retried: Vec::new() }
    }
}

/// A round's events.
pub type RoundStream = Pin<Box<dyn Stream<Item = RoundEvent> + Send>>;

/// Asks until a model speaks. Nothing is sent before the stream is first polled, and dropping it ends whatever it does.
pub fn ask<C: Converse>(converse: &C, question: Question, tokens: &RetryTokens, deadline: Deadline) -> RoundStream {
    // Boxed: each event moves it.
    let asking = Box::new(Asking {
        converse: converse.clone(),
        tries: Tries::new(tokens),
        tokens: tokens.clone(),
        asked: Asked { attempts: 0, ..Asked::once(&question.model_id) },
        question,
        deadline,
        began: Instant::now(),
        phase: Phase::Ask,
        held: None,
        begun: false,
        out: VecDeque::new(),
        told: None,
    });
    Box::pin(stream::unfold(asking, |mut asking| async move { Some((asking.next().await?, asking)) }))
}

enum Phase {
    Ask,
    Calling(RoundStream),
    Waiting(Instant),
    Over,
}

struct Asking<C> {
    converse: C,
    question: Question,
    tokens: RetryTokens,
    tries: Tries,
    asked: Asked,
    deadline: Deadline,
    began: Instant,
    phase: Phase,
    /// `messageStart` says nothing: it is held back until there is more, so that a call that fails between the two has
    /// sent nothing.
    held: Option<Event>,
    begun: bool,
    /// Events that wait to be taken.
    out: VecDeque<RoundEvent>,
    /// The failure to tell where no other model does better.
    told: Option<(ModelId, AppError)>,
}

impl<C: Converse> Asking<C> {
    async fn next(&mut self) -> Option<RoundEvent> {
        loop {
            if let Some(event) = self.out.pop_front() {
                return Some(event);
            }
            match &mut self.phase {
                Phase::Ask => self.call(),
                Phase::Waiting(until) => {
                    sleep_until(*until).await;
                    self.phase = Phase::Ask;
                }
                Phase::Calling(call) => match call.next().await? {
                    RoundEvent::Model(event) => self.take(event),
                    RoundEvent::Done(round) => return Some(self.done(round)),
                    RoundEvent::Failed(failed) => {
                        if let Some(end) = self.failed(failed) {
                            return Some(end);
                        }
                    }
                },
                Phase::Over => return None,
            }
        }
    }

    fn call(&mut self) {
        self.asked.attempts += 1;
        let (model_id, question) = (&self.asked.model_id, &self.question);
        self.phase = Phase::Calling(if question.streamed {
            streaming::call(&self.converse, model_id, question, self.deadline, self.began)
        } else {
            whole::call(&self.converse, model_id, question, self.deadline)
        });
    }

    fn take(&mut self, event: Event) {
        if !self.begun && self.held.is_none() && event.kind == Kind::MessageStart {
            self.held = Some(event);
        } else {
            self.begun = true;
            self.out.extend(self.held.take().map(RoundEvent::Model));
            self.out.push_back(RoundEvent::Model(event));
        }
    }

    fn done(&mut self, mut round: Box<Round>) -> RoundEvent {
        self.phase = Phase::Over;
        self.tries.succeeded(Instant::now());
        round.asked = self.asked.clone();
        RoundEvent::Done(round)
    }

    /// A call failed: the same model again, the next one, or the end.
    fn failed(&mut self, mut failed: Box<Failed>) -> Option<RoundEvent> {
        let now = Instant::now();
        let longest = self.deadline.retry(self.began, self.question.status_open, now);
        if let Some(longest) = longest.filter(|_| !self.begun && !failed.begun) {
            self.held = None;
            if let Some(wait) = self.tries.again(&failed.error, longest, fastrand::f64(), now) {
                self.note(&failed.error);
                self.phase = Phase::Waiting(now + wait);
                return None;
            }
            if failed.error.other_model()
                && let Some(next) = self.question.fallbacks.pop_front()
            {
                self.note(&failed.error);
                self.tell_at_the_end(failed.error);
                self.asked.model_id = next;
                self.tries = Tries::new(&self.tokens);
                self.phase = Phase::Ask;
                return None;
            }
        }
        self.phase = Phase::Over;
        if !self.begun
            && let Some((model_id, told)) = self.told.take_if(|(_, told)| told.retryable() || !failed.error.retryable())
        {
            self.note(&failed.error);
            failed.bedrock_request_id = told.bedrock_request_id().map(str::to_owned);
            (failed.error, self.asked.model_id) = (told, model_id);
        }
        failed.asked = self.asked.clone();
        Some(RoundEvent::Failed(failed))
    }

    /// Where every model fails, the caller is told of the first whose failure may pass, else of the first: what a
    /// fallback refuses is not what the caller did wrong.
    fn tell_at_the_end(&mut self, error: AppError) {
        if self.told.as_ref().is_none_or(|(_, told)| error.retryable() && !told.retryable()) {
            self.told = Some((self.asked.model_id.clone(), error));
        }
    }

    fn note(&mut self, error: &AppError) {
        let Asked { model_id, retried, .. } = &mut self.asked;
        retried.push(format!("{model_id} {}: {}", error.code().row().code, error.causes()));
    }
}

#[cfg(test)]
mod tests;
