//! The problem document: RFC 9457, `application/problem+json`.

use serde::Serialize;

use crate::converse::message::Message;
use crate::error::AppError;
use crate::json::Raw;

/// An error as the caller reads it, in a rejected request or in the stream's `error` event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    retryable: bool,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bedrock: Option<BedrockRef<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    partial: Option<Partial<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BedrockRef<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Partial<'a> {
    partial: bool,
    usage: Option<&'a Raw>,
    new_messages: &'a [Message],
}

impl<'a> Problem<'a> {
    /// The media type of a problem document.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// The document of `error` for the request that Lambda calls `request_id`.
    pub fn new(error: &'a AppError, request_id: &'a str) -> Self {
        let row = error.code().row();
        let bedrock = (error.exception().is_some() || error.bedrock_request_id().is_some())
            .then(|| BedrockRef { exception: error.exception(), request_id: error.bedrock_request_id() });
        Self {
            kind: format!("/problems/{}", row.code),
            title: row.title,
            status: row.status,
            detail: error.detail(),
            code: row.code,
            retryable: error.retryable(),
            request_id,
            bedrock,
            partial: None,
        }
    }

    /// The same document as the end of a stream that has already begun: with the usage known so far
    /// and the turns of the rounds that were completed.
    pub fn partial(mut self, usage: Option<&'a Raw>, new_messages: &'a [Message]) -> Self {
        self.partial = Some(Partial { partial: true, usage, new_messages });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_problem_has_the_members_of_the_contract() {
        let error = AppError::new(Code::InvalidRequest, "messages: missing");
        let json = serde_json::to_string(&Problem::new(&error, "req-1")).unwrap_or_default();
        assert_eq!(
            json,
            r#"{"type":"/problems/invalid-request","title":"The request is not valid","status":400,"detail":"messages: missing","code":"invalid-request","retryable":false,"requestId":"req-1"}"#
        );
    }

    #[test]
    fn a_partial_problem_keeps_the_usage_as_it_came() {
        let error = AppError::new(Code::StreamTruncated, "broke off");
        let usage = Raw::of(&std::collections::BTreeMap::from([("inputTokens", 3)]));
        let json = serde_json::to_string(&Problem::new(&error, "r").partial(Some(&usage), &[])).unwrap_or_default();
        assert!(json.ends_with(r#""partial":true,"usage":{"inputTokens":3},"newMessages":[]}"#), "{json}");
    }
}
