//! The port: what the rest of this crate needs of a model, in our own types.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

use crate::converse::response::Reply;
use crate::converse::stream_event::Event;
use crate::error::BedrockError;
use crate::model::id::ModelId;

/// A stream's events as they come. It ends after its first error, and dropping it closes the connection.
pub type Events = Pin<Box<dyn Stream<Item = Result<Event, BedrockError>> + Send>>;

/// A stream that Bedrock has begun.
pub struct Opened {
    /// Bedrock's id of the request.
    pub request_id: Option<String>,
    /// The events.
    pub events: Events,
}

impl fmt::Debug for Opened {
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
    pub reply: Reply,
}

/// A model that can be conversed with. `body` is the Converse request's JSON.
pub trait Converse: Clone + Send + Sync + 'static {
    /// Calls ConverseStream. The future resolves when the answer's head has come.
    ///
    /// # Errors
    /// What Bedrock refused, or why it could not be asked. No call is retried.
    fn converse_stream(
        &self,
        model_id: ModelId,
        body: Bytes,
    ) -> impl Future<Output = Result<Opened, BedrockError>> + Send;

    /// Calls Converse.
    ///
    /// # Errors
    /// What Bedrock refused, or why it could not be asked. No call is retried.
    fn converse(&self, model_id: ModelId, body: Bytes) -> impl Future<Output = Result<Answered, BedrockError>> + Send;
}
