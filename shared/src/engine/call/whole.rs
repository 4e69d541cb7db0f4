//! One call of Converse: the whole answer at once.

use std::fmt;

use bytes::Bytes;
use tokio::time::timeout_at;

use super::converse::Answer;
use super::{CallEvent, CallFailure};
use crate::converse::stream_event::StreamEvent;
use crate::engine::converse_api::{Answered, ConverseApi};
use crate::engine::deadline::Deadline;
use crate::error::{AppError, Code, Failure, GuardrailOwner};
use crate::model::id::ModelId;

/// A call of Converse; `deadline` if the answer does not come in time.
pub struct WholeCall<C> {
    pub(super) api: C,
    pub(super) model_id: ModelId,
    pub(super) body: Bytes,
    pub(super) guardrail: GuardrailOwner,
    pub(super) deadline: Deadline,
}

impl<C: ConverseApi> WholeCall<C> {
    pub(super) async fn next(&mut self) -> CallEvent<StreamEvent, Answer> {
        let calling = self.api.converse(self.model_id.clone(), self.body.clone());
        match timeout_at(self.deadline.ends(), calling).await {
            Ok(Ok(Answered { request_id, response })) => CallEvent::Answered(Answer {
                blocks: response.blocks(),
                stop_reason: response.stop_reason().clone(),
                usage: response.usage(),
                latency_ms: response.latency_ms(),
                time_to_first_token: None,
                bedrock_request_id: request_id,
                response: Some(response),
            }),
            Ok(Err(error)) => {
                // The model has answered, and been paid: a second call would be paid again.
                let begun = matches!(error.failure, Failure::Truncated | Failure::Corrupt(_));
                CallEvent::Failed(CallFailure::of_whole(AppError::from_bedrock(error, &self.guardrail, false), begun))
            }
            Err(_) => {
                let error = AppError::new(Code::Deadline, "The answer did not come in the time this request has.");
                CallEvent::Failed(CallFailure::of_whole(error, true))
            }
        }
    }
}

impl<C> fmt::Debug for WholeCall<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WholeCall({}, {} bytes)", self.model_id, self.body.len())
    }
}
