//! The error a request ends with.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::{BedrockError, Code, Exception, Failure};

/// What a request failed with: a [`Code`], a sentence for the caller, and what Bedrock said.
///
/// `Display` is the sentence for the caller, since the Lambda runtime publishes an error's text.
#[derive(Debug)]
pub struct AppError {
    code: Code,
    detail: Cow<'static, str>,
    retryable: bool,
    fails_over: bool,
    allow: Option<String>,
    source: Option<Box<BedrockError>>,
}

/// Whether a request's guardrail is the operator's: then a guardrail that is refused is not the caller's
/// fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardrailOwner {
    /// Set by configuration.
    Operator,
    /// Sent by the caller, or absent.
    Caller,
}

impl AppError {
    /// An error of `code` with a sentence that is safe to show.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retryable: code.row().retryable,
            fails_over: code.row().fails_over,
            allow: None,
            source: None,
        }
    }

    /// The path is one of ours, and takes these methods only.
    pub fn method_not_allowed(methods: String) -> Self {
        let detail = format!("Only {methods} is allowed here.");
        Self { allow: Some(methods), ..Self::new(Code::MethodNotAllowed, detail) }
    }

    /// The methods that the path takes, for `method-not-allowed`.
    pub fn allow(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    /// What a failed call to Bedrock means for the caller. `content_sent`: whether some of the answer has
    /// already reached the caller, so that a lost connection is a broken answer.
    pub fn from_bedrock(error: BedrockError, guardrail: GuardrailOwner, content_sent: bool) -> Self {
        let (code, detail): (Code, Cow<'static, str>) = match &error.failure {
            Failure::Exception { exception: Exception::Validation, message, .. } => {
                let message = message.as_deref().unwrap_or_default();
                if about_our_configuration(message, guardrail) {
                    (Code::ModelUnavailable, "The model service refused this service's own configuration.".into())
                } else {
                    (Code::RejectedByModel, blanked(message).into())
                }
            }
            Failure::Exception { exception, .. } => by_exception(exception),
            Failure::Credentials => {
                (Code::ModelAccessDenied, "This service has no valid credentials for the model.".into())
            }
            Failure::Connection if content_sent => {
                (Code::StreamTruncated, "The connection to the model broke before the answer's end.".into())
            }
            Failure::Connection => (Code::Unavailable, "The model service could not be reached.".into()),
            Failure::Timeout => (Code::ModelTimeout, "The model did not begin to answer in time.".into()),
            Failure::Truncated => (Code::StreamTruncated, "The answer ended before it was complete.".into()),
            Failure::Corrupt(_) => {
                (Code::UpstreamError, "The model service sent an answer that cannot be read.".into())
            }
            Failure::Request => (Code::Internal, "The request to the model could not be built.".into()),
        };
        let mut app = Self::new(code, detail);
        if let Failure::Exception { exception: Exception::Unrecognised(_), status: Some(status), .. } = error.failure {
            app.retryable = matches!(status, 408 | 429 | 500..);
            app.fails_over = app.retryable;
        }
        // The same credentials would ask every model.
        app.fails_over &= !matches!(
            error.failure,
            Failure::Credentials | Failure::Exception { exception: Exception::Credentials(_), .. }
        );
        app.source = Some(Box::new(error));
        app
    }

    /// The same error where asking again would do harm.
    pub fn not_retryable(mut self) -> Self {
        self.retryable = false;
        self
    }

    /// The same error with the place it is about before its sentence.
    pub fn at(mut self, place: &str) -> Self {
        self.detail = format!("{place}: {}", self.detail).into();
        self
    }

    /// The error's code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The sentence for the caller.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether the same request may succeed later.
    pub fn retryable(&self) -> bool {
        self.retryable
    }

    /// Whether another model may answer the same request: the failure is the model's or its capacity's, and not the
    /// caller's or ours.
    pub fn fails_over(&self) -> bool {
        self.fails_over
    }

    /// How long the service asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.source.as_ref()?.retry_after
    }

    /// `Retry-After` for the caller, in seconds: the table's, or what the service asks for where that is longer.
    pub fn retry_after_s(&self) -> Option<u64> {
        let asked = self.retry_after().unwrap_or_default().as_secs_f64().ceil() as u64;
        self.code.row().retry_after_s.map(|ours| asked.max(ours.into()))
    }

    /// The exception Bedrock named.
    pub fn exception(&self) -> Option<&str> {
        match &self.source.as_ref()?.failure {
            Failure::Exception { exception, .. } => Some(exception.name()),
            _ => None,
        }
    }

    /// Bedrock's id of the failed request.
    pub fn bedrock_request_id(&self) -> Option<&str> {
        self.source.as_ref()?.call.request_id.as_deref()
    }

    /// What Bedrock said and what lies beneath, joined for the log alone: it can hold ids and ARNs.
    pub fn causes(&self) -> String {
        let said = self.source.as_ref().and_then(|source| match &source.failure {
            Failure::Exception { message, .. } => message.clone(),
            _ => None,
        });
        let chain = std::iter::successors(self.source(), |error| (**error).source()).map(ToString::to_string);
        let mut causes: Vec<String> = chain.chain(said).collect();
        causes.dedup();
        causes.join(": ")
    }
}

fn by_exception(exception: &Exception) -> (Code, Cow<'static, str>) {
    let (code, detail) = match exception {
        Exception::Throttling | Exception::ServiceQuotaExceeded => {
            (Code::Throttled, "The model's quota is used up for the moment.")
        }
        Exception::ModelNotReady => (Code::ModelNotReady, "The model is being made ready."),
        Exception::ServiceUnavailable => (Code::Unavailable, "The model service is unavailable."),
        Exception::ModelTimeout => (Code::ModelTimeout, "The model took too long to answer."),
        Exception::AccessDenied => (Code::ModelAccessDenied, "This service may not use the model."),
        Exception::Credentials(_) => (Code::ModelAccessDenied, "This service has no valid credentials for the model."),
        Exception::ResourceNotFound => (Code::ModelUnavailable, "The configured model was not found."),
        Exception::ModelError | Exception::ModelStreamError => {
            (Code::ModelError, "The model failed while it processed the request.")
        }
        Exception::InternalServer => (Code::UpstreamError, "The model service failed."),
        Exception::Unrecognised(_) => (Code::UpstreamError, "The model service failed in an unexpected way."),
        // Read with its message by the caller of this function; here it is the request that was refused.
        Exception::Validation => (Code::RejectedByModel, "The model refused the request."),
    };
    (code, detail.into())
}

/// Whether a ValidationException is about what the operator configured and not about what the caller sent.
fn about_our_configuration(message: &str, guardrail: GuardrailOwner) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("model identifier is invalid")
        || message.contains("on-demand throughput")
        || message.contains("at 'modelid' failed to satisfy")
        || (guardrail == GuardrailOwner::Operator && message.contains("guardrail"))
}

/// Bedrock's sentence with ARNs and account ids blanked.
fn blanked(message: &str) -> String {
    if message.is_empty() {
        return "The model refused the request without a reason.".to_owned();
    }
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find("arn:") {
        let (before, arn) = rest.split_at(start);
        out.push_str(before);
        out.push_str("[arn]");
        let end = arn.find(|c: char| c.is_whitespace() || "'\"`,;)]}".contains(c)).unwrap_or(arn.len());
        rest = arn.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    blank_account_ids(&out)
}

/// Replaces each run of exactly twelve digits.
fn blank_account_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_digit() => digits.push(c),
            other => {
                out.push_str(if digits.len() == 12 { "[account]" } else { &digits });
                digits.clear();
                out.extend(other);
            }
        }
    }
    out
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for AppError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests;
