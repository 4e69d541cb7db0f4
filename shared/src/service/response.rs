//! HTTP responses: streamed, or whole as API Gateway's proxy integration takes them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, stream};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use lambda_runtime::{MetadataPrelude, StreamResponse};
use serde::{Serialize, Serializer};

use super::first_part;
use super::problem::Problem;
use crate::error::AppError;

/// A streamed response's body. It has no error: what fails inside it is reported in it.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, Infallible>> + Send>>;

/// A response of one JSON document.
pub struct Whole {
    status: StatusCode,
    headers: HeaderMap,
    document: Box<dyn WriteJson>,
}

/// A document that is written when it leaves, and not held twice.
trait WriteJson: Send {
    fn write(&self, out: &mut dyn io::Write) -> serde_json::Result<()>;
}

impl<T: Serialize + Send> WriteJson for T {
    fn write(&self, out: &mut dyn io::Write) -> serde_json::Result<()> {
        serde_json::to_writer(out, self)
    }
}

impl Whole {
    /// A response of `document`.
    pub fn new(status: StatusCode, media_type: &'static str, document: impl Serialize + Send + 'static) -> Self {
        Self { status, headers: headers(media_type), document: Box::new(document) }
    }

    /// The problem document of `error`, with the headers that belong to it.
    pub fn problem(error: &AppError, document: &Problem<'_>) -> Self {
        // A problem of strings and numbers has no way to fail; it borrows from the error, so it is written now.
        let document = crate::json::Raw::of(document);
        let status = StatusCode::from_u16(error.code().row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut whole = Self::new(status, Problem::MEDIA_TYPE, document);
        if let Some(seconds) = error.retry_after_s() {
            whole.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = error.allow().and_then(|methods| HeaderValue::from_str(methods).ok()) {
            whole.headers.insert(ALLOW, methods);
        }
        whole
    }

    /// The response of a function that streams.
    pub fn into_streamed(self) -> StreamResponse<Body> {
        let mut bytes = Vec::new();
        let written = self.document.write(&mut bytes);
        tracing::debug!(bytes = bytes.len(), failed = written.is_err(), "a whole answer");
        let part = stream::iter([Ok(Bytes::from(bytes))]);
        streamed(self.status, self.headers, part)
    }

    /// The response of a function that does not, in the shape that the request's integration takes.
    pub fn into_buffered(self, is_payload_2: bool) -> Buffered {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = self.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let cookies = is_payload_2.then_some([]);
        let (status_code, body) = (self.status.as_u16(), JsonText(self.document));
        Buffered { status_code, headers, body, is_base64_encoded: false, cookies }
    }
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whole({})", self.status)
    }
}

/// A whole response on the wire of Lambda's proxy integrations.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Buffered {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: JsonText,
    is_base64_encoded: bool,
    /// Payload 2.0 has it; a REST API rejects a response with a member it does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<[String; 0]>,
}

/// A document as a JSON string.
struct JsonText(Box<dyn WriteJson>);

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(&mut Formatted(f)).map_err(|_| fmt::Error)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonText")
    }
}

/// Writes to a formatter. serde_json writes whole characters.
struct Formatted<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl io::Write for Formatted<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.write_str(text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The headers that every response has.
pub(super) fn headers(media_type: &'static str) -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ])
}

/// A streamed response: its first part leaves at once.
pub(super) fn streamed(
    status_code: StatusCode,
    headers: HeaderMap,
    body: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> StreamResponse<Body> {
    StreamResponse {
        metadata_prelude: MetadataPrelude { status_code, headers, cookies: Vec::new() },
        stream: Box::pin(first_part::leaves_at_once(body)),
    }
}
