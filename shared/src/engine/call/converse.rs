//! Converse and ConverseStream as one operation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::stream::StreamCall;
use super::whole::WholeCall;
use super::{Call, CallEvent, Operation};
use crate::converse::answer_block::AnswerBlock;
use crate::converse::message::Message;
use crate::converse::request::Request;
use crate::converse::response::ConverseResponse;
use crate::converse::stop_reason::StopReason;
use crate::converse::stream_event::StreamEvent;
use crate::engine::converse_api::ConverseApi;
use crate::engine::deadline::Deadline;
use crate::error::GuardrailOwner;
use crate::json::Raw;
use crate::model::Model;
use crate::prepare::{Additions, Prepared, Round, prepare};

/// A model's answer to a Converse request.
#[derive(Debug)]
pub struct Answer {
    /// The message's blocks that may stand in a history.
    pub blocks: Vec<AnswerBlock>,
    /// Why the model stopped.
    pub stop_reason: StopReason,
    /// Bedrock's `usage`; none if no metadata came.
    pub usage: Option<Raw>,
    /// Bedrock's own measure of the call, in milliseconds.
    pub latency_ms: Option<u64>,
    /// From the begin to the first piece of content; none if it was not streamed.
    pub time_to_first_token: Option<Duration>,
    /// Bedrock's id of the request.
    pub bedrock_request_id: Option<String>,
    /// The whole answer, if it was not streamed.
    pub response: Option<ConverseResponse>,
}

/// A Converse request, and how it is sent.
#[derive(Clone)]
pub struct ConverseOperation<C> {
    api: C,
    request: Arc<Request>,
    additions: Arc<Additions>,
    round: Round,
    deadline: Deadline,
    /// The body for the model that was called last: a retry sends the same.
    prepared: Option<(Model, Prepared)>,
}

impl<C: ConverseApi> ConverseOperation<C> {
    /// The first round of a turn: the caller's request, and what the operator adds to it. The answer is `streamed` as it is
    /// made, or comes as a whole.
    pub fn new(api: C, request: Arc<Request>, additions: Arc<Additions>, streamed: bool, deadline: Deadline) -> Self {
        let round = Round { first: true, streamed };
        Self { api, request, additions, round, deadline, prepared: None }
    }

    /// Goes on with the next round: `turns` are appended to the conversation.
    pub fn later_round(&mut self, turns: Vec<Message>) {
        (self.round.first, self.prepared) = (false, None);
        // No call is under way, so nobody else holds the request, and nothing of it is copied.
        Arc::make_mut(&mut self.request).messages.extend(turns);
    }

    /// What of the caller's request was changed for the model that was called last.
    pub fn adapted(&self) -> &[&'static str] {
        self.prepared.as_ref().map(|(_, prepared)| prepared.adapted.as_slice()).unwrap_or_default()
    }

    fn body(&mut self, model: &Model) -> Bytes {
        match &self.prepared {
            Some((prepared_for, prepared)) if prepared_for == model => prepared.body.clone(),
            _ => {
                let prepared = prepare(&self.request, &self.additions, model, self.round);
                let body = prepared.body.clone();
                self.prepared = Some((model.clone(), prepared));
                body
            }
        }
    }
}

impl<C: ConverseApi> Operation for ConverseOperation<C> {
    type Call = ConverseCall<C>;

    fn call(&mut self, model: &Model, began: Instant) -> ConverseCall<C> {
        let body = self.body(model);
        let guardrail = match &self.additions.guardrail {
            Some(guardrail) => GuardrailOwner::Operator(guardrail.identifier.as_str().into()),
            None => GuardrailOwner::Caller,
        };
        let (api, model_id) = (self.api.clone(), model.id.clone());
        match self.round.streamed {
            true => ConverseCall::Streamed(StreamCall::new(api, model_id, body, guardrail, self.deadline, began)),
            false => ConverseCall::Whole(WholeCall { api, model_id, body, guardrail, deadline: self.deadline }),
        }
    }
}

impl<C> fmt::Debug for ConverseOperation<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConverseOperation({} messages)", self.request.messages.len())
    }
}

/// A call of ConverseStream or of Converse.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them a round")]
pub enum ConverseCall<C: ConverseApi> {
    /// ConverseStream.
    Streamed(StreamCall<C>),
    /// Converse.
    Whole(WholeCall<C>),
}

impl<C: ConverseApi> Call for ConverseCall<C> {
    type Event = StreamEvent;
    type Answer = Answer;

    async fn next(&mut self) -> CallEvent<StreamEvent, Answer> {
        match self {
            Self::Streamed(call) => call.next().await,
            Self::Whole(call) => call.next().await,
        }
    }

    fn begins_answer(event: &StreamEvent) -> bool {
        event.begins_answer()
    }
}
