//! Many texts at once: batches side by side, results in the order of the texts, all or nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::call::{Call, CallEvent, CallFailure, Operation};
use super::deadline::Deadline;
use super::failover::{self, Failover, FailoverEvent};
use super::invoke_api::InvokeApi;
use super::retry::RetryTokens;
use crate::error::{AppError, BedrockError, CallId, Code, Failure, GuardrailOwner};
use crate::invoke::embedding::family::{Decoded, Plan as EmbeddingPlan};
use crate::invoke::embedding::vector::Vector;
use crate::model::Model;
use crate::model::id::ModelId;

/// The vectors of a request.
#[derive(Debug)]
pub struct Embedded {
    /// One a text, in their order.
    pub vectors: Vec<Vector>,
    /// Tokens of the input; none if some answer did not count them.
    pub input_tokens: Option<u64>,
    /// Calls of the model.
    pub calls: u32,
    /// Calls, retries included.
    pub attempts: u32,
}

/// A request that failed, and the texts of the call that did.
#[derive(Debug)]
pub struct EmbedFailed {
    /// The error.
    pub error: AppError,
    /// The texts' indices.
    pub inputs: Range<usize>,
    /// Calls so far, retries included.
    pub attempts: u32,
}

/// Embeds `texts`, at most `concurrency` calls at a time. The first failure that a retry does not mend ends all.
///
/// # Errors
/// [`EmbedFailed`] with the texts whose call failed, or `deadline` if the time ran out.
pub async fn embed<I: InvokeApi>(
    api: &I,
    model: &Model,
    plan: &EmbeddingPlan,
    texts: &[String],
    concurrency: usize,
    tokens: &RetryTokens,
    deadline: Deadline,
) -> Result<Embedded, EmbedFailed> {
    let attempts = AtomicU32::new(0);
    let size = plan.family.limits.batch;
    let mut batches = Vec::new();
    for (index, batch) in texts.chunks(size).enumerate() {
        let calls = failover::Plan {
            model: model.clone(),
            fallbacks: VecDeque::new(),
            tokens: tokens.clone(),
            deadline,
            status_open: false,
        };
        batches.push(embed_batch(api, plan, index * size, batch, calls, &attempts));
    }
    let mut calls = stream::iter(batches).buffer_unordered(concurrency);
    let mut slots: Vec<Option<Vector>> = Vec::new();
    slots.resize_with(texts.len(), || None);
    let (mut count, mut input_tokens) = (0, Some(0_u64));
    let failed = |error, inputs| EmbedFailed { error, inputs, attempts: attempts.load(Ordering::Relaxed) };
    loop {
        match timeout_at(deadline.ends(), calls.next()).await {
            Ok(Some(Ok((first, decoded)))) => {
                count += 1;
                input_tokens = input_tokens.zip(decoded.input_tokens).map(|(sum, tokens)| sum + tokens);
                for (slot, vector) in slots.iter_mut().skip(first).zip(decoded.vectors) {
                    *slot = Some(vector);
                }
            }
            Ok(Some(Err((error, inputs)))) => return Err(failed(error, inputs)),
            Ok(None) => break,
            Err(_) => {
                let done = slots.iter().filter(|slot| slot.is_some()).count();
                let detail =
                    format!("{done} of {} inputs were embedded in the time this request has: send fewer.", texts.len());
                return Err(failed(AppError::new(Code::Deadline, detail), 0..texts.len()));
            }
        }
    }
    let vectors = slots.into_iter().flatten().collect();
    Ok(Embedded { vectors, input_tokens, calls: count, attempts: attempts.load(Ordering::Relaxed) })
}

/// Embeds the texts of one call, the first of which is the `first` of all.
async fn embed_batch<I: InvokeApi>(
    api: &I,
    plan: &EmbeddingPlan,
    first: usize,
    batch: &[String],
    calls: failover::Plan,
    attempts: &AtomicU32,
) -> Result<(usize, Decoded), (AppError, Range<usize>)> {
    let operation = EmbedOperation { api, plan, body: plan.encode(batch), count: batch.len(), attempts };
    match Failover::new(operation, calls).next().await {
        FailoverEvent::Event(event) => match event {},
        FailoverEvent::Answered(decoded, _) => Ok((first, decoded)),
        FailoverEvent::Failed(failure, _) => Err((failure.error, first..first + batch.len())),
    }
}

/// One batch, as an operation.
struct EmbedOperation<'a, I> {
    api: &'a I,
    plan: &'a EmbeddingPlan,
    body: Bytes,
    count: usize,
    attempts: &'a AtomicU32,
}

/// One call of InvokeModel for a batch.
struct EmbedCall<'a, I> {
    api: &'a I,
    plan: &'a EmbeddingPlan,
    model_id: ModelId,
    body: Bytes,
    count: usize,
}

impl<'a, I: InvokeApi> Operation for EmbedOperation<'a, I> {
    type Call = EmbedCall<'a, I>;

    fn call(&mut self, model: &Model, _: Instant) -> EmbedCall<'a, I> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let Self { api, plan, count, .. } = *self;
        EmbedCall { api, plan, model_id: model.id.clone(), body: self.body.clone(), count }
    }
}

impl<I: InvokeApi> Call for EmbedCall<'_, I> {
    /// An embedding has no parts.
    type Event = Infallible;
    type Answer = Decoded;

    async fn next(&mut self) -> CallEvent<Infallible, Decoded> {
        let error = match self.api.invoke(self.model_id.clone(), self.body.clone()).await {
            Ok(invoked) => match self.plan.decode(&invoked.body, self.count) {
                Ok(decoded) => {
                    let input_tokens = decoded.input_tokens.or(invoked.input_tokens);
                    return CallEvent::Answered(Decoded { input_tokens, ..decoded });
                }
                Err(unreadable) => {
                    let model_id = self.model_id.clone();
                    let call = CallId { operation: "InvokeModel", model_id, request_id: invoked.request_id };
                    BedrockError::new(Failure::Corrupt("an answer of another form"), call).caused_by(unreadable)
                }
            },
            Err(error) => error,
        };
        let error = AppError::from_bedrock(error, &GuardrailOwner::Caller, false);
        CallEvent::Failed(CallFailure::of_whole(error, false))
    }

    fn begins_answer(event: &Infallible) -> bool {
        match *event {}
    }
}

#[cfg(test)]
mod tests;
