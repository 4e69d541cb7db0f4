//! What every answer carries.

use axum::http::response;
use axum::response::Response;

/// A response's head with the service's request id and the right time: SDKs measure their clock by it.
pub(super) fn head(status: u16) -> response::Builder {
    Response::builder()
        .status(status)
        .header("x-amzn-RequestId", uuid::Uuid::new_v4().to_string())
        .header("date", httpdate::fmt_http_date(std::time::SystemTime::now()))
}
