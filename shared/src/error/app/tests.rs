use super::*;
use crate::error::CallId;
use crate::model::id::ModelId;

fn call() -> CallId {
    CallId { operation: "ConverseStream", model_id: ModelId::for_tests(), request_id: Some("r-1".into()) }
}

fn exception(exception: Exception, status: Option<u16>, message: &str) -> AppError {
    let failure = Failure::Exception { exception, status, message: Some(message.to_owned()) };
    AppError::from_bedrock(BedrockError::new(failure, call()), GuardrailOwner::Operator, false)
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
fn an_unknown_exception_is_retryable_by_its_status() {
    for (status, retryable) in [(400, false), (404, false), (408, true), (429, true), (500, true), (529, true)] {
        let error = exception(Exception::from_name("NewException"), Some(status), "");
        assert_eq!((error.code(), error.retryable()), (Code::UpstreamError, retryable), "{status}");
    }
}

#[test]
fn a_validation_error_about_our_configuration_is_not_the_callers() {
    for message in [
        "The provided model identifier is invalid.",
        "Invocation of model ID x with on-demand throughput isn\u{2019}t supported. Retry your request",
        "The guardrail identifier or version provided in the request does not exist.",
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
    let error = AppError::from_bedrock(BedrockError::new(failure, call()), GuardrailOwner::Caller, false);
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
        let error = exception(Exception::from_name(name), Some(400), text);
        assert!(!error.detail().contains("arn:") && !error.to_string().contains("1234"), "{name}");
    }
}

#[test]
fn a_lost_connection_is_unavailable_before_content_and_truncated_after() {
    for (content_sent, code) in [(false, Code::Unavailable), (true, Code::StreamTruncated)] {
        let error = BedrockError::new(Failure::Connection, call());
        assert_eq!(AppError::from_bedrock(error, GuardrailOwner::Caller, content_sent).code(), code);
    }
}
