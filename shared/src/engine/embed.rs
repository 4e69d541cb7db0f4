//! Many texts at once: batches side by side, results in the order of the texts, all or nothing.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::invoke_api::Invoke;
use crate::engine::deadline::Deadline;
use crate::engine::retry::{RetryTokens, Tries};
use crate::error::{AppError, BedrockError, Call, Code, Failure, GuardrailOwner};
use crate::invoke::embedding::family::{Decoded, Plan};
use crate::invoke::embedding::vector::Vector;
use crate::model::id::ModelId;

/// The vectors of a request.
#[derive(Debug)]
pub struct Embedded {
    /// One a text, in their order.
    pub vectors: Vec<Vector>,
    /// Tokens of the input; none where some answer did not count them.
    pub input_tokens: Option<u64>,
    /// Calls of the model.
    pub calls: u32,
    /// Tries of all calls.
    pub attempts: u32,
}

/// A request that failed, and the texts of the call that did.
#[derive(Debug)]
pub struct EmbedFailed {
    /// The error.
    pub error: AppError,
    /// The texts' indices.
    pub inputs: Range<usize>,
    /// Tries of all calls so far.
    pub attempts: u32,
}

/// Embeds `texts`, at most `concurrency` calls at a time. The first failure that trying again does not mend ends all.
///
/// # Errors
/// [`EmbedFailed`] with the texts whose call failed, or `deadline` where the time ran out.
pub async fn embed<I: Invoke>(
    invoke: &I,
    model_id: &ModelId,
    plan: &Plan,
    texts: &[String],
    concurrency: usize,
    tokens: &RetryTokens,
    deadline: Deadline,
) -> Result<Embedded, EmbedFailed> {
    let attempts = AtomicU32::new(0);
    let size = plan.family.limits().batch;
    let batches = texts.chunks(size).enumerate().map(|(index, batch)| {
        let attempts = &attempts;
        async move {
            let first = index * size;
            let called = call(invoke, model_id, plan, batch, tokens, deadline, attempts);
            called.await.map(|decoded| (first, decoded)).map_err(|error| (error, first..first + batch.len()))
        }
    });
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

/// One call, tried again while that may help.
async fn call<I: Invoke>(
    invoke: &I,
    model_id: &ModelId,
    plan: &Plan,
    batch: &[String],
    tokens: &RetryTokens,
    deadline: Deadline,
    attempts: &AtomicU32,
) -> Result<Decoded, AppError> {
    let body = plan.encode(batch);
    let mut tries = Tries::new(tokens);
    loop {
        attempts.fetch_add(1, Ordering::Relaxed);
        let error = match invoke.invoke(model_id.clone(), body.clone()).await {
            Ok(invoked) => match plan.decode(&invoked.body, batch.len()) {
                Ok(decoded) => {
                    tries.succeeded(Instant::now());
                    let input_tokens = decoded.input_tokens.or(invoked.input_tokens);
                    return Ok(Decoded { input_tokens, ..decoded });
                }
                Err(unreadable) => {
                    let call =
                        Call { operation: "InvokeModel", model_id: model_id.clone(), request_id: invoked.request_id };
                    BedrockError::new(Failure::Corrupt("an answer of another form"), call).caused_by(unreadable)
                }
            },
            Err(error) => error,
        };
        let error = AppError::from_bedrock(error, GuardrailOwner::Caller, false);
        let now = Instant::now();
        let longest = deadline.retry(now, false, now);
        match longest.and_then(|longest| tries.again(&error, longest, fastrand::f64(), now)) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
