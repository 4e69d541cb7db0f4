//! One call of Converse: the whole answer at once.

use futures_util::stream;
use tokio::time::timeout_at;

use super::{Asked, Failed, Question, Round, RoundEvent, RoundStream};
use crate::engine::converse_api::Converse;
use crate::engine::deadline::Deadline;
use crate::error::{AppError, Code, Failure};
use crate::model::id::ModelId;

/// A stream of the terminal event alone; `deadline` where the answer did not come in time.
pub(super) fn call<C: Converse>(
    converse: &C,
    model_id: &ModelId,
    question: &Question,
    deadline: Deadline,
) -> RoundStream {
    let (converse, body, guardrail) = (converse.clone(), question.body.clone(), question.guardrail);
    let (model_id, asked) = (model_id.clone(), Asked::once(model_id));
    Box::pin(stream::once(async move {
        match timeout_at(deadline.ends(), converse.converse(model_id, body)).await {
            Ok(Ok(answered)) => RoundEvent::Done(Box::new(Round {
                blocks: answered.reply.blocks(),
                stop_reason: answered.reply.stop_reason().clone(),
                usage: answered.reply.usage().map(ToOwned::to_owned),
                latency_ms: answered.reply.latency_ms(),
                time_to_first_token: None,
                bedrock_request_id: answered.request_id,
                reply: Some(answered.reply),
                asked,
            })),
            Ok(Err(error)) => {
                let begun = matches!(error.failure, Failure::Truncated | Failure::Corrupt(_));
                failed(AppError::from_bedrock(error, guardrail, false), begun, asked)
            }
            Err(_) => {
                let error = AppError::new(Code::Deadline, "The answer did not come in the time this request has.");
                failed(error, true, asked)
            }
        }
    }))
}

fn failed(error: AppError, begun: bool, asked: Asked) -> RoundEvent {
    let bedrock_request_id = error.bedrock_request_id().map(str::to_owned);
    RoundEvent::Failed(Box::new(Failed {
        error,
        begun,
        usage: None,
        time_to_first_token: None,
        bedrock_request_id,
        asked,
    }))
}
