//! What a failure of Bedrock's means for the caller.
//!
//! A fault that the caller can mend is never reported as the service's: a 4xx about the request is `rejected-by-model`, with
//! Bedrock's sentence. The operator's configuration is blamed only if the sentence names the configured model, profile or
//! guardrail itself.

use std::borrow::Cow;

use super::app::GuardrailOwner;
use super::{Code, Exception, Failure};

/// After how many seconds a quota of the day may be there again: later than any client would wait.
const QUOTA_OF_THE_DAY_S: u32 = 3_600;

/// What a failure means: its row of the table, and in what it differs from it.
pub(super) struct Meaning {
    pub(super) code: Code,
    pub(super) detail: Cow<'static, str>,
    pub(super) retryable: Option<bool>,
    pub(super) fails_over: Option<bool>,
    pub(super) retry_after_s: Option<u32>,
}

impl Meaning {
    fn of(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), retryable: None, fails_over: None, retry_after_s: None }
    }

    /// The request is at fault, and Bedrock's sentence says how.
    fn rejected(message: Option<&str>) -> Self {
        Self::of(Code::RejectedByModel, blanked(message.unwrap_or_default()))
    }
}

pub(super) fn meaning(failure: &Failure, guardrail: &GuardrailOwner, content_sent: bool) -> Meaning {
    match failure {
        Failure::Exception { exception, status, message } => {
            by_exception(exception, *status, message.as_deref(), guardrail)
        }
        // The same credentials would be used for every model.
        Failure::Credentials => Meaning { fails_over: Some(false), ..credentials() },
        Failure::Connection if content_sent => {
            Meaning::of(Code::StreamTruncated, "The connection to the model broke before the answer's end.")
        }
        Failure::Connection => Meaning::of(Code::Unavailable, "The model service could not be reached."),
        Failure::Timeout => Meaning::of(Code::ModelTimeout, "The model did not begin to answer in time."),
        Failure::Truncated => Meaning::of(Code::StreamTruncated, "The answer ended before it was complete."),
        Failure::Corrupt(_) => {
            Meaning::of(Code::UpstreamError, "The model service sent an answer that cannot be read.")
        }
        Failure::Request => Meaning::of(Code::Internal, "The request to the model could not be built."),
    }
}

fn credentials() -> Meaning {
    Meaning::of(Code::ModelAccessDenied, "This service has no valid credentials for the model.")
}

fn by_exception(
    exception: &Exception,
    status: Option<u16>,
    message: Option<&str>,
    guardrail: &GuardrailOwner,
) -> Meaning {
    let lower = message.unwrap_or_default().to_ascii_lowercase();
    match exception {
        Exception::Validation if about_our_configuration(&lower, guardrail) => {
            Meaning::of(Code::ModelUnavailable, "The model service rejected this service's own configuration.")
        }
        Exception::Validation => Meaning::rejected(message),
        Exception::AccessDenied if about_the_request(&lower) => Meaning::rejected(message),
        Exception::AccessDenied => Meaning::of(Code::ModelAccessDenied, "This service may not use the model."),
        Exception::Credentials(_) => Meaning { fails_over: Some(false), ..credentials() },
        Exception::Throttling | Exception::ServiceQuotaExceeded if is_quota_of_the_day(&lower) => Meaning {
            retryable: Some(false),
            retry_after_s: Some(QUOTA_OF_THE_DAY_S),
            ..Meaning::of(Code::Throttled, "The model's quota of the day is used up.")
        },
        Exception::Throttling | Exception::ServiceQuotaExceeded => {
            Meaning::of(Code::Throttled, "The model's quota is used up for the moment.")
        }
        Exception::ModelNotReady => Meaning::of(Code::ModelNotReady, "The model is being made ready."),
        Exception::ServiceUnavailable => Meaning::of(Code::Unavailable, "The model service is unavailable."),
        Exception::ModelTimeout => Meaning::of(Code::ModelTimeout, "The model took too long to answer."),
        Exception::ResourceNotFound => Meaning::of(Code::ModelUnavailable, "The configured model was not found."),
        Exception::ModelError | Exception::ModelStreamError => {
            Meaning::of(Code::ModelError, "The model failed while it processed the request.")
        }
        Exception::InternalServer => Meaning::of(Code::UpstreamError, "The model service failed."),
        // The account has not the vendor's form, or its subscription is being made.
        Exception::Unrecognised(name) if ["FTUFormNotFilled", "MPAgreementBeingCreated"].contains(&name.as_str()) => {
            Meaning::of(Code::ModelAccessDenied, "This service may not use the model yet.")
        }
        Exception::Unrecognised(_) => unrecognised(status, message),
    }
}

/// An exception that this crate does not know, by its HTTP status. Inside a stream there is none.
fn unrecognised(status: Option<u16>, message: Option<&str>) -> Meaning {
    let failed = Meaning::of(Code::UpstreamError, "The model service failed in an unexpected way.");
    match status {
        None | Some(500..) => failed,
        Some(408 | 429) => failed,
        Some(400..=499) => Meaning::rejected(message),
        Some(_) => Meaning { retryable: Some(false), fails_over: Some(false), ..failed },
    }
}

/// Whether a ValidationException is about what the operator configured and not about what the caller sent.
fn about_our_configuration(message: &str, guardrail: &GuardrailOwner) -> bool {
    let model = [
        "model identifier is invalid",
        "on-demand throughput",
        "at 'modelid' failed to satisfy",
        "marked by provider as legacy",
        "end of its life",
    ];
    let named = ["identifier", "version", "does not exist", "not found", "could not be found"];
    let guardrail = match guardrail {
        GuardrailOwner::Caller => false,
        GuardrailOwner::Operator(id) => {
            message.contains("guardrail")
                && (message.contains(&id.to_ascii_lowercase()) || named.iter().any(|part| message.contains(part)))
        }
    };
    guardrail || model.iter().any(|part| message.contains(part))
}

/// Whether an AccessDeniedException is about something that the request asks for, and not about our rights.
fn about_the_request(message: &str) -> bool {
    let rights = ["not authorized", "have access", "access to the model", "is denied", "marketplace", "credential"];
    let asked_for = [
        "your request",
        "prompt caching",
        "cachepoint",
        "tool",
        "image",
        "document",
        "video",
        "audio",
        "modality",
        "streaming",
        "reasoning",
        "thinking",
        "latency",
        "service tier",
    ];
    !rights.iter().any(|part| message.contains(part)) && asked_for.iter().any(|part| message.contains(part))
}

/// Whether it is a quota that no wait of ours outlasts.
fn is_quota_of_the_day(message: &str) -> bool {
    ["per day", "per month", "daily", "monthly"].iter().any(|part| message.contains(part))
}

/// Bedrock's sentence with ARNs and account ids blanked.
fn blanked(message: &str) -> String {
    if message.is_empty() {
        return "The model rejected the request without a reason.".to_owned();
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
