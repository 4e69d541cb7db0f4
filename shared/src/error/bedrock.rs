//! A failed call to Bedrock.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::Exception;
use crate::model::id::ModelId;

/// Which call one is, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallId {
    /// The operation, as in the API reference: `ConverseStream`.
    pub operation: &'static str,
    /// The model that was called.
    pub model_id: ModelId,
    /// Bedrock's id of the request, if an answer came.
    pub request_id: Option<String>,
}

/// How a call to Bedrock failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Bedrock said so, before a stream or inside one.
    Exception {
        /// Which one.
        exception: Exception,
        /// The HTTP status; none inside a stream.
        status: Option<u16>,
        /// Bedrock's own sentence. For the log, and for `rejected-by-model`.
        message: Option<String>,
    },
    /// There are no credentials to sign with.
    Credentials,
    /// No connection, or it broke: refused, reset, DNS, TLS.
    Connection,
    /// No answer within our time.
    Timeout,
    /// The answer ended before its end: no `messageStop`.
    Truncated,
    /// The answer's bytes are not what Bedrock sends: a checksum, a length, a payload that is no JSON.
    Corrupt(&'static str),
    /// The request could not be built.
    Request,
}

/// A failed call to Bedrock. `Display` is safe to show anybody; the sentence of the service and what lies
/// beneath it are in the source chain.
#[derive(Debug)]
pub struct BedrockError {
    /// How it failed.
    pub failure: Failure,
    /// Which call. Boxed, since every result of a call carries the room for it.
    pub call: Box<CallId>,
    /// How long the service asks callers to wait, by `x-amz-retry-after` or `Retry-After`.
    pub retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl BedrockError {
    /// A failure of `call` with nothing beneath it.
    pub fn new(failure: Failure, call: CallId) -> Self {
        Self { failure, call: Box::new(call), retry_after: None, source: None }
    }

    /// The same failure with what lies beneath it, for the log.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same failure with the time the service asks for.
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }
}

impl fmt::Display for BedrockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.call.operation;
        match &self.failure {
            Failure::Exception { exception, .. } => write!(f, "{operation} failed with {}", exception.name()),
            Failure::Credentials => write!(f, "{operation} could not be signed"),
            Failure::Connection => write!(f, "{operation} lost or never had its connection"),
            Failure::Timeout => write!(f, "{operation} did not answer in time"),
            Failure::Truncated => write!(f, "{operation} broke off"),
            Failure::Corrupt(what) => write!(f, "{operation} sent {what}"),
            Failure::Request => write!(f, "{operation} could not be sent"),
        }
    }
}

impl StdError for BedrockError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
