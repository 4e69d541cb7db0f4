//! An SDK's error, read once.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};

use crate::error::{BedrockError, CallId, Exception, Failure};

/// Reads an error of the call `call`. The exception is taken from the raw answer, so what the SDK does not model for an
/// operation is distinguished as well.
pub(super) fn bedrock_error<E>(error: SdkError<E, HttpResponse>, mut call: CallId) -> BedrockError
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
            let code = service.err().code();
            Failure::Exception {
                exception: code.map_or_else(|| Exception::from_status(status), Exception::from_name),
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
    BedrockError::new(failure, call).retry_after(retry_after).caused_by(error)
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
