//! Rejections: status, headers and body as the service sends them.

use axum::body::Body;
use axum::response::Response;
use serde_json::json;

use super::reply;

/// An exception before the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) exception: String,
    pub(super) message: String,
    /// When to come back, in seconds.
    pub(super) retry_after_s: Option<u64>,
}

impl Rejection {
    pub(super) fn new(exception: &str, message: impl Into<String>) -> Self {
        Self { exception: exception.to_owned(), message: message.into(), retry_after_s: None }
    }

    /// A ValidationException.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// The exception with a sentence of the service's.
    pub(super) fn named(exception: &str) -> Self {
        Self::new(exception, message(exception))
    }

    pub(super) fn response(&self) -> Response {
        let kind = format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", self.exception);
        let head = reply::head(status(&self.exception));
        let head = match self.retry_after_s {
            Some(seconds) => head.header("retry-after", seconds),
            None => head,
        };
        head.header("x-amzn-ErrorType", kind)
            .header("content-type", "application/json")
            .body(Body::from(json!({ "message": self.message }).to_string()))
            .unwrap_or_default()
    }
}

/// The status of an exception (API reference).
fn status(exception: &str) -> u16 {
    match exception {
        "AccessDeniedException" | "ExpiredTokenException" | "UnrecognizedClientException" => 403,
        "InternalServerException" | "InternalFailure" => 500,
        "ModelErrorException" | "ModelStreamErrorException" => 424,
        "ModelNotReadyException" | "ThrottlingException" => 429,
        "ModelTimeoutException" => 408,
        "ResourceNotFoundException" | "FTUFormNotFilled" => 404,
        "ServiceUnavailableException" => 503,
        _ => 400,
    }
}

/// A sentence for an exception. The service's own wording is known for some.
pub(super) fn message(exception: &str) -> &'static str {
    match exception.to_ascii_lowercase().as_str() {
        "accessdeniedexception" => "You don't have access to the model with the specified model ID.",
        "throttlingexception" => "Too many requests, please wait before trying again.",
        "validationexception" => {
            "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again."
        }
        "resourcenotfoundexception" => {
            "The resource arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef012345 was not found."
        }
        "modeltimeoutexception" => "The model took too long to process the request.",
        "modelnotreadyexception" => "The model is not ready for inference requests. Try again in a few minutes.",
        "expiredtokenexception" => "The security token included in the request is expired",
        _ => "An error occurred. Try your request again.",
    }
}
