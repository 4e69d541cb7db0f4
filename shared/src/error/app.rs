//! The error a request ends with.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::classify::{self, Meaning};
use super::{BedrockError, Code, Failure};

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
    retry_after_s: Option<u32>,
    source: Option<Box<BedrockError>>,
}

/// Whose guardrail a request names: one of the operator's that Bedrock rejects is not the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardrailOwner {
    /// Set by configuration, with this identifier.
    Operator(Arc<str>),
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
            retry_after_s: code.row().retry_after_s,
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
    pub fn from_bedrock(error: BedrockError, guardrail: &GuardrailOwner, content_sent: bool) -> Self {
        let Meaning { code, detail, retryable, fails_over, retry_after_s } =
            classify::meaning(&error.failure, guardrail, content_sent);
        let mut app = Self::new(code, detail);
        app.retryable = retryable.unwrap_or(app.retryable);
        app.fails_over = fails_over.unwrap_or(app.fails_over);
        app.retry_after_s = retry_after_s.or(app.retry_after_s);
        app.source = Some(Box::new(error));
        app
    }

    /// The same error if a retry would do harm.
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

    /// How long the service asks callers to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.source.as_ref()?.retry_after
    }

    /// `Retry-After` for the caller, in seconds: the table's, or what the service asks for if that is longer.
    pub fn retry_after_s(&self) -> Option<u64> {
        let asked = self.retry_after().unwrap_or_default().as_secs_f64().ceil() as u64;
        self.retry_after_s.map(|ours| asked.max(ours.into()))
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

    /// What Bedrock said and what lies beneath, joined for the log only: it can hold ids and ARNs.
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
