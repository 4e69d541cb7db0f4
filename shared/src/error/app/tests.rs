use super::*;
use crate::error::{CallId, Exception};
use crate::model::id::ModelId;

fn call() -> CallId {
    CallId { operation: "ConverseStream", model_id: ModelId::for_tests(), request_id: Some("r-1".into()) }
}

fn exception(exception: Exception, status: Option<u16>, message: &str) -> AppError {
    let failure = Failure::Exception { exception, status, message: Some(message.to_owned()) };
    AppError::from_bedrock(BedrockError::new(failure, call()), &GuardrailOwner::Operator("gr1".into()), false)
}

#[test]
fn every_exception_meets_its_row() {
    for (name, code) in [
        ("ThrottlingException", Code::Throttled),
        ("ServiceQuotaExceededException", Code::Throttled),
        ("ModelNotReadyException", Code::ModelNotReady),
        ("ServiceUnavailableException", Code::Unavailable),
        ("ModelTimeoutException", Code::ModelTimeout),
        ("AccessDeniedException", Code::ModelAccessDenied),
        ("ExpiredTokenException", Code::ModelAccessDenied),
        ("ResourceNotFoundException", Code::ModelUnavailable),
        ("ModelErrorException", Code::ModelError),
        ("ModelStreamErrorException", Code::ModelError),
        ("InternalServerException", Code::UpstreamError),
        ("ConflictException", Code::UpstreamError),
        ("ValidationException", Code::RejectedByModel),
    ] {
        let error = exception(Exception::from_name(name), None, "no");
        assert_eq!(error.code(), code, "{name}");
        assert_eq!(error.exception(), Some(name));
        assert_eq!(error.bedrock_request_id(), Some("r-1"));
    }
}

#[test]
fn unknown_exception_is_the_callers_by_a_4xx_and_ours_by_a_5xx() {
    for (name, status) in [("SerializationException", 400), ("", 400), ("", 413), ("NewException", 404)] {
        let exception = if name.is_empty() { Exception::from_status(status) } else { Exception::from_name(name) };
        let error = self::exception(exception, Some(status), "NUMBER_VALUE can not be converted to a Float");
        assert_eq!((error.code(), error.retryable(), error.fails_over()), (Code::RejectedByModel, false, false));
        assert_eq!(error.detail(), "NUMBER_VALUE can not be converted to a Float", "{name} {status}");
    }
    for status in [Some(408), Some(429), Some(500), Some(529), None] {
        let error = exception(Exception::from_name("NewException"), status, "");
        assert_eq!((error.code(), error.retryable()), (Code::UpstreamError, true), "{status:?}");
    }
}

#[test]
fn access_that_is_denied_to_what_the_request_asks_for_is_the_callers() {
    let denied = |message: &str| exception(Exception::AccessDenied, Some(403), message);
    let caching =
        "You invoked an unsupported model or your request did not allow prompt caching. See the documentation.";
    for message in [caching, "Tool use is not enabled for this model.", "The image modality is not available."] {
        let error = denied(message);
        assert_eq!((error.code(), error.detail()), (Code::RejectedByModel, message));
    }
    for message in [
        "You don't have access to the model with the specified model ID.",
        "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: bedrock:InvokeModel on resource: y",
        "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions",
        "",
    ] {
        assert_eq!(denied(message).code(), Code::ModelAccessDenied, "{message}");
    }
}

#[test]
fn quota_of_the_day_is_no_burst() {
    for message in ["Too many tokens per day, please wait before trying again.", "Your monthly quota is used up."] {
        let error = exception(Exception::Throttling, Some(429), message);
        assert_eq!((error.code(), error.retryable(), error.fails_over()), (Code::Throttled, false, true), "{message}");
        assert_eq!(error.retry_after_s(), Some(3600));
    }
    let burst = exception(Exception::Throttling, Some(429), "Too many tokens, please wait before trying again.");
    assert_eq!((burst.retryable(), burst.retry_after_s()), (true, Some(5)));
}

#[test]
fn word_guardrail_in_a_sentence_about_the_request_does_not_blame_the_operator() {
    for (message, code) in [
        ("The text in the guardrail content block exceeds the limit of 25 text units.", Code::RejectedByModel),
        ("guardContent is not supported with this guardrail configuration.", Code::RejectedByModel),
        ("Guardrail gr1 is being updated.", Code::ModelUnavailable),
    ] {
        assert_eq!(exception(Exception::Validation, Some(400), message).code(), code, "{message}");
    }
}

#[test]
fn a_validation_error_about_our_configuration_is_not_the_callers() {
    for message in [
        "The provided model identifier is invalid.",
        "Invocation of model ID x with on-demand throughput isn\u{2019}t supported. Retry your request",
        "The guardrail identifier or version provided in the request does not exist.",
        "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model.",
        "This model version has reached the end of its life.",
    ] {
        assert_eq!(exception(Exception::Validation, Some(400), message).code(), Code::ModelUnavailable, "{message}");
    }
}

#[test]
fn a_callers_own_guardrail_is_the_callers_fault() {
    let failure = Failure::Exception {
        exception: Exception::Validation,
        status: Some(400),
        message: Some("The guardrail identifier or version provided in the request does not exist.".into()),
    };
    let error = AppError::from_bedrock(BedrockError::new(failure, call()), &GuardrailOwner::Caller, false);
    assert_eq!(error.code(), Code::RejectedByModel);
}

#[test]
fn only_rejected_by_model_shows_bedrocks_sentence_and_blanks_arns_and_accounts() {
    let text = "Bad 'arn:aws:bedrock:us-east-1:123456789012:guardrail/abc', account 123456789012, id 1234567890123.";
    assert_eq!(
        exception(Exception::Validation, Some(400), &text.replace("guardrail", "prompt")).detail(),
        "Bad '[arn]', account [account], id 1234567890123."
    );
    for name in ["ThrottlingException", "AccessDeniedException", "ModelErrorException", "NewException"] {
        let error = exception(Exception::from_name(name), Some(500), text);
        assert!(!error.detail().contains("arn:") && !error.to_string().contains("1234"), "{name}");
    }
}

#[test]
fn a_lost_connection_is_unavailable_before_content_and_truncated_after() {
    for (content_sent, code) in [(false, Code::Unavailable), (true, Code::StreamTruncated)] {
        let error = BedrockError::new(Failure::Connection, call());
        assert_eq!(AppError::from_bedrock(error, &GuardrailOwner::Caller, content_sent).code(), code);
    }
}
