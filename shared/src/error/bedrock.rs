//! A failed call to Bedrock, read once from what the SDK gives.

use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};

use super::Exception;
use crate::model::id::ModelId;

/// Which call failed, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The operation, as in the API reference: `ConverseStream`.
    pub operation: &'static str,
    /// The model that was asked.
    pub model_id: ModelId,
    /// Bedrock's id of the request, where an answer came.
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
    pub call: Box<Call>,
    /// How long the service asks to be left alone, by `x-amz-retry-after` or `Retry-After`.
    pub retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl BedrockError {
    /// A failure of `call` with nothing beneath it.
    pub fn new(failure: Failure, call: Call) -> Self {
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

    /// Reads an SDK error. The exception is taken from the raw answer, so what the SDK does not model for
    /// an operation is told apart as well.
    pub fn from_sdk<E>(error: SdkError<E, HttpResponse>, mut call: Call) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let mut retry_after = None;
        if let Some(response) = error.raw_response() {
            let header = |name: &str| response.headers().get(name);
            call.request_id = header("x-amzn-requestid").map(str::to_owned);
            retry_after = retry_after_of(header("x-amz-retry-after"), header("retry-after"), SystemTime::now());
        }
        let failure = match &error {
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                Failure::Exception {
                    exception: service
                        .err()
                        .code()
                        .map_or_else(|| Exception::from_status(status), Exception::from_name),
                    status: Some(status),
                    message: service.err().message().map(str::to_owned),
                }
            }
            SdkError::ResponseError(response) => Failure::Exception {
                exception: Exception::from_status(response.raw().status().as_u16()),
                status: Some(response.raw().status().as_u16()),
                message: None,
            },
            SdkError::TimeoutError(_) => Failure::Timeout,
            _ if caused_by_credentials(&error) => Failure::Credentials,
            SdkError::DispatchFailure(_) => Failure::Connection,
            _ => Failure::Request,
        };
        Self { failure, call: Box::new(call), retry_after, source: Some(error.into()) }
    }
}

/// `x-amz-retry-after` is in milliseconds; `Retry-After` in seconds, or a date (RFC 9110, 10.2.3).
fn retry_after_of(amz: Option<&str>, http: Option<&str>, now: SystemTime) -> Option<Duration> {
    let date = |text: &str| httpdate::parse_http_date(text).ok()?.duration_since(now).ok();
    let seconds = |text: &str| text.trim().parse().ok().map(Duration::from_secs).or_else(|| date(text));
    amz.and_then(|text| text.trim().parse().ok().map(Duration::from_millis)).or_else(|| http.and_then(seconds))
}

fn caused_by_credentials(error: &(dyn StdError + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (**error).source()).any(|error| error.is::<CredentialsError>())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_a_service_asks_for_is_read_in_every_spelling() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let read = |amz, http| retry_after_of(amz, http, now).map(|wait| wait.as_millis());
        assert_eq!(read(Some("1500"), Some("9")), Some(1500));
        assert_eq!(read(None, Some("9")), Some(9000));
        assert_eq!(read(Some("soon"), Some("Sun, 06 Nov 1994 08:49:37 GMT")), Some(7000));
        for garbage in ["", "-1", "soon", "1e3", "99999999999999999999", "Sun, 06 Nov 1994 08:49:00 GMT"] {
            assert_eq!(read(Some(garbage), Some(garbage)), None, "{garbage}");
        }
    }
}
