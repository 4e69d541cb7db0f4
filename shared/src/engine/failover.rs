//! A model is called until one answers: retried, or the next one. One driver for every operation.
//!
//! A call that fails before its first content is retried, or the next model is called; once there is content, the failure
//! is reported. What is retried, and when, is [`retry`](super::retry)'s and [`deadline`](super::deadline)'s to say.

use std::collections::VecDeque;
use std::fmt;

use tokio::time::{Instant, sleep};

use super::call::{Call, CallEvent, CallFailure, Operation};
use super::deadline::Deadline;
use super::retry::{RetryTokens, Tries};
use crate::error::AppError;
use crate::model::Model;
use crate::model::id::ModelId;

/// Which models are called, and with how much patience.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The model.
    pub model: Model,
    /// The models after it, in order, if it fails before its first content.
    pub fallbacks: VecDeque<Model>,
    /// The retries that this process has left.
    pub tokens: RetryTokens,
    /// How long all of it may take.
    pub deadline: Deadline,
    /// Whether the HTTP status can still be any: the answer is streamed, and nothing of it has been sent.
    pub status_open: bool,
}

/// What a failover yields next. After `Answered` or `Failed` nothing comes.
#[derive(Debug)]
pub enum FailoverEvent<E, A> {
    /// A part of the answer.
    Event(E),
    /// A model has answered.
    Answered(A, Attempts),
    /// The last call failed.
    Failed(CallFailure, Attempts),
}

/// Which models were called, and how often.
#[derive(Debug, Clone)]
pub struct Attempts {
    /// The model that answered, or whose error is reported.
    pub model_id: ModelId,
    /// Calls of all models.
    pub count: u32,
    /// The failures that were not the end, for the log only.
    pub retried: Vec<String>,
}

/// The calls of one operation, one after the other.
pub struct Failover<O: Operation> {
    operation: O,
    plan: Plan,
    tries: Tries,
    attempts: Attempts,
    began: Instant,
    call: Option<O::Call>,
    /// An event before the answer proper says nothing: it is held back until there is more, so that a call that fails
    /// between the two has sent nothing.
    held: Option<EventOf<O>>,
    /// The event behind the one that was held back.
    next: Option<EventOf<O>>,
    begun: bool,
    /// The failure to report if no other model does better.
    first_failure: Option<(ModelId, AppError)>,
}

impl<O: Operation> fmt::Debug for Failover<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failover").field("plan", &self.plan).field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

type EventOf<O> = <<O as Operation>::Call as Call>::Event;
type AnswerOf<O> = <<O as Operation>::Call as Call>::Answer;

impl<O: Operation> Failover<O> {
    /// Begins now. Nothing is sent before the first wait, and dropping it ends whatever it does.
    pub fn new(operation: O, plan: Plan) -> Self {
        Self {
            operation,
            tries: Tries::new(&plan.tokens),
            attempts: Attempts { model_id: plan.model.id.clone(), count: 0, retried: Vec::new() },
            plan,
            began: Instant::now(),
            call: None,
            held: None,
            next: None,
            begun: false,
            first_failure: None,
        }
    }

    /// Waits for what comes next.
    pub async fn next(&mut self) -> FailoverEvent<EventOf<O>, AnswerOf<O>> {
        if let Some(event) = self.next.take() {
            return FailoverEvent::Event(event);
        }
        loop {
            let call = match &mut self.call {
                Some(call) => call,
                None => {
                    self.attempts.count += 1;
                    self.call.insert(self.operation.call(&self.plan.model, self.began))
                }
            };
            match call.next().await {
                CallEvent::Event(event) if !self.begun && !O::Call::begins_answer(&event) && self.held.is_none() => {
                    self.held = Some(event);
                }
                CallEvent::Event(event) => {
                    self.begun = true;
                    let Some(held) = self.held.take() else { return FailoverEvent::Event(event) };
                    self.next = Some(event);
                    return FailoverEvent::Event(held);
                }
                CallEvent::Answered(answer) => {
                    self.tries.succeeded(Instant::now());
                    return FailoverEvent::Answered(answer, self.attempts.clone());
                }
                CallEvent::Failed(failure) => {
                    (self.call, self.held) = (None, None);
                    if let Err(failure) = self.recover(failure).await {
                        return FailoverEvent::Failed(failure, self.attempts.clone());
                    }
                }
            }
        }
    }

    /// The operation.
    pub fn operation(&self) -> &O {
        &self.operation
    }

    /// The operation, and the model that was called last.
    pub fn into_parts(self) -> (O, Model) {
        (self.operation, self.plan.model)
    }

    /// A call failed: waits for its retry or moves on to the next model, or gives back the failure to report.
    async fn recover(&mut self, mut failure: CallFailure) -> Result<(), CallFailure> {
        let now = Instant::now();
        let longest_wait = self.plan.deadline.retry(self.began, self.plan.status_open, now);
        // What the caller has seen cannot be taken back: from then on there is no other call.
        if let Some(longest_wait) = longest_wait.filter(|_| !self.begun && !failure.begun) {
            if let Some(wait) = self.tries.retry(&failure.error, longest_wait, fastrand::f64(), now) {
                self.note(&failure.error);
                sleep(wait).await;
                return Ok(());
            }
            if failure.error.fails_over()
                && let Some(next) = self.plan.fallbacks.pop_front()
            {
                self.note(&failure.error);
                self.keep(failure.error);
                self.attempts.model_id = next.id.clone();
                self.plan.model = next;
                self.tries = Tries::new(&self.plan.tokens);
                return Ok(());
            }
        }
        if !self.begun
            && let Some((model_id, first)) =
                self.first_failure.take_if(|(_, first)| first.retryable() || !failure.error.retryable())
        {
            self.note(&failure.error);
            failure.bedrock_request_id = first.bedrock_request_id().map(str::to_owned);
            (failure.error, self.attempts.model_id) = (first, model_id);
        }
        Err(failure)
    }

    /// If every model fails, the caller gets the first failure that may pass, else the first: what a fallback rejects is
    /// not what the caller did wrong.
    fn keep(&mut self, error: AppError) {
        if self.first_failure.as_ref().is_none_or(|(_, first)| error.retryable() && !first.retryable()) {
            self.first_failure = Some((self.attempts.model_id.clone(), error));
        }
    }

    fn note(&mut self, error: &AppError) {
        let Attempts { model_id, retried, .. } = &mut self.attempts;
        retried.push(format!("{model_id} {}: {}", error.code().row().code, error.causes()));
    }
}

#[cfg(test)]
mod tests;
