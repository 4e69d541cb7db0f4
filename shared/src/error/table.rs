//! The one table of errors: code, HTTP status, retryable, another model, `Retry-After`, log level, title.

use tracing::Level;

/// One row of the error table: what a caller reads, whatever the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The code, as in `type: "/problems/<code>"`.
    pub code: &'static str,
    /// The HTTP status if none was sent yet.
    pub status: u16,
    /// Whether the same request may succeed later. `upstream-error` can say otherwise for a status.
    pub retryable: bool,
    /// Whether another model may answer it now.
    pub fails_over: bool,
    /// `Retry-After`, in seconds. Present for 429 and 503.
    pub retry_after_s: Option<u32>,
    /// How loud the log line is: what only the caller can mend is not an error of the service.
    pub level: Level,
    /// The problem document's title.
    pub title: &'static str,
}

macro_rules! table {
    ($($(#[$doc:meta])* $variant:ident: $code:literal, $status:literal, $retryable:literal, $fails_over:literal, $after:expr, $level:ident, $title:literal;)*) => {
        /// The codes a caller can meet. The table in `docs/errors.md` is checked against this one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant),* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code's row.
            pub const fn row(self) -> Row {
                match self {
                    $(Code::$variant => Row {
                        code: $code, status: $status, retryable: $retryable, fails_over: $fails_over,
                        retry_after_s: $after, level: Level::$level, title: $title,
                    }),*
                }
            }
        }
    };
}

table! {
    /// The body is no JSON or a field is wrong.
    InvalidRequest: "invalid-request", 400, false, false, None, INFO, "The request is not valid";
    /// Bedrock rejected what the caller sent.
    RejectedByModel: "rejected-by-model", 400, false, false, None, INFO, "The model does not accept this request";
    /// The caller named a model that is not offered.
    ModelNotFound: "model-not-found", 404, false, false, None, INFO, "There is no such model here";
    /// No key or token, or one that is not valid.
    Unauthorized: "unauthorized", 401, false, false, None, INFO, "A valid key or token is needed";
    /// The path is none of ours.
    NotFound: "not-found", 404, false, false, None, INFO, "There is nothing at this path";
    /// The path is ours, the method is not.
    MethodNotAllowed: "method-not-allowed", 405, false, false, None, INFO, "This method is not allowed here";
    /// The body is declared as something else than JSON.
    UnsupportedMediaType: "unsupported-media-type", 415, false, false, None, INFO, "The body must be JSON";
    /// The body is over the limit.
    BodyTooLarge: "body-too-large", 413, false, false, None, INFO, "The body is too large";
    /// A quota of Bedrock's is used up for now.
    Throttled: "throttled", 429, true, true, Some(5), WARN, "Too many requests to the model";
    /// The model is still being made ready.
    ModelNotReady: "model-not-ready", 503, true, true, Some(10), WARN, "The model is not ready yet";
    /// Bedrock is unavailable or could not be reached.
    Unavailable: "unavailable", 503, true, true, Some(2), ERROR, "The model service is unavailable";
    /// The model did not begin to answer in time.
    ModelTimeout: "model-timeout", 504, true, true, None, WARN, "The model did not answer in time";
    /// Our own time for the whole request ran out.
    Deadline: "deadline", 504, true, false, None, WARN, "The time for this request ran out";
    /// The model began to answer and fell silent.
    StreamStalled: "stream-stalled", 504, true, true, None, WARN, "The answer stopped coming";
    /// Our role or account may not use the model.
    ModelAccessDenied: "model-access-denied", 502, false, true, None, ERROR, "This service may not use the model";
    /// The configured model or guardrail is not there for us.
    ModelUnavailable: "model-unavailable", 502, false, true, None, ERROR, "The configured model is not available";
    /// The model failed while it processed the request.
    ModelError: "model-error", 502, true, true, None, WARN, "The model failed";
    /// Bedrock failed in a way no other row covers.
    UpstreamError: "upstream-error", 502, true, true, None, ERROR, "The model service failed";
    /// The answer broke off before its end.
    StreamTruncated: "stream-truncated", 502, true, true, None, WARN, "The answer broke off";
    /// A fault of this service.
    Internal: "internal", 500, false, false, None, ERROR, "This service failed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_429_and_503_carries_retry_after_and_nothing_else_does() {
        for code in Code::ALL {
            let row = code.row();
            assert_eq!(row.retry_after_s.is_some(), matches!(row.status, 429 | 503), "{}", row.code);
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.row().code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }
}
