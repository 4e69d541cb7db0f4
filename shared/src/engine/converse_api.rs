//! The port: what the engine needs of Converse, in this crate's own types.

use std::fmt;
use std::future::Future;

use bytes::Bytes;

use crate::converse::response::ConverseResponse;
use crate::converse::stream_event::StreamEvent;
use crate::error::BedrockError;
use crate::model::id::ModelId;

/// A stream's events as they come. Dropping it closes the connection.
pub trait EventSource: Send {
    /// The next event; `None` at the end. Nothing comes after an error.
    fn next(&mut self) -> impl Future<Output = Option<Result<StreamEvent, BedrockError>>> + Send;
}

/// A stream that Bedrock has begun.
pub struct Opened<E> {
    /// Bedrock's id of the request.
    pub request_id: Option<String>,
    /// The events.
    pub events: E,
}

impl<E> fmt::Debug for Opened<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Answered {
    /// Bedrock's id of the request.
    pub request_id: Option<String>,
    /// The answer.
    pub response: ConverseResponse,
}

/// Models that can be conversed with. `body` is the Converse request's JSON.
pub trait ConverseApi: Clone + Send + Sync + 'static {
    /// A stream's events.
    type Events: EventSource + 'static;

    /// Calls ConverseStream. The future resolves when the answer's head has come.
    ///
    /// # Errors
    /// What Bedrock rejected, or why it could not be called. No call is retried.
    fn converse_stream(
        &self,
        model_id: ModelId,
        body: Bytes,
    ) -> impl Future<Output = Result<Opened<Self::Events>, BedrockError>> + Send;

    /// Calls Converse.
    ///
    /// # Errors
    /// What Bedrock rejected, or why it could not be called. No call is retried.
    fn converse(&self, model_id: ModelId, body: Bytes) -> impl Future<Output = Result<Answered, BedrockError>> + Send;
}
