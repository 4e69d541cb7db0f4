//! The port: what the engine needs of InvokeModel.

use std::fmt;
use std::future::Future;

use bytes::Bytes;

use crate::error::BedrockError;
use crate::model::id::ModelId;

/// An answer of InvokeModel.
pub struct Invoked {
    /// Bedrock's id of the request.
    pub request_id: Option<String>,
    /// Tokens of the input, by the header that counts them.
    pub input_tokens: Option<u64>,
    /// The model's own JSON.
    pub body: Bytes,
}

impl fmt::Debug for Invoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invoked({:?}, {} bytes)", self.request_id, self.body.len())
    }
}

/// A model that can be invoked with its own JSON.
pub trait InvokeApi: Clone + Send + Sync + 'static {
    /// Calls InvokeModel.
    ///
    /// # Errors
    /// What Bedrock rejected, or why it could not be called. No call is retried.
    fn invoke(&self, model_id: ModelId, body: Bytes) -> impl Future<Output = Result<Invoked, BedrockError>> + Send;
}
