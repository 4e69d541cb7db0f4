//! The Lambda event: the HTTP request inside it, in either shape.
//!
//! Read here and not by `lambda_http`: that panics on a body whose base64 is wrong, and copies every body once
//! more on its way.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{AppError, Code};
use crate::json::scan::{Rejected, scan};
use crate::limits::{BODY_BYTES, DEPTH};

/// An HTTP request as API Gateway (payload 1.0) or a function URL (payload 2.0) hands it over.
pub struct HttpRequest<'a> {
    /// The method.
    pub method: String,
    /// The path without the stage.
    pub path: String,
    /// Whether the event is payload 2.0: a function URL's or an HTTP API's.
    pub is_payload_2: bool,
    headers: HashMap<String, String>,
    body: Option<&'a RawValue>,
    is_base64: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    http_method: Option<String>,
    resource: Option<String>,
    path: Option<String>,
    raw_path: Option<String>,
    headers: Option<HashMap<String, Option<String>>>,
    multi_value_headers: Option<HashMap<String, Option<Vec<String>>>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    is_base64_encoded: Option<bool>,
    request_context: Option<Context>,
}

#[derive(Deserialize)]
struct Context {
    stage: Option<String>,
    http: Option<Http>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl<'a> HttpRequest<'a> {
    /// Reads an event. `None` where it is no HTTP request: API Gateway sends such an event after a streamed
    /// answer, and so does whoever invokes the function by hand.
    pub fn read(event: &'a RawValue) -> Option<Self> {
        let event: Event<'_> = serde_json::from_str(event.get()).ok()?;
        let mut headers: HashMap<String, String> = HashMap::new();
        for (name, value) in event.headers.unwrap_or_default() {
            headers.insert(name.to_ascii_lowercase(), value.unwrap_or_default());
        }
        for (name, values) in event.multi_value_headers.unwrap_or_default() {
            headers.insert(name.to_ascii_lowercase(), values.unwrap_or_default().join(", "));
        }
        let context = event.request_context.unwrap_or(Context { stage: None, http: None });
        let is_payload_2 = context.http.is_some();
        let (method, path) = match (context.http, event.http_method) {
            (Some(http), _) => {
                let path = event.raw_path.unwrap_or_default();
                let stage = context.stage.map(|stage| format!("/{stage}"));
                let bare = stage.and_then(|stage| path.strip_prefix(&stage).map(str::to_owned));
                (http.method, bare.filter(|bare| bare.starts_with('/')).unwrap_or(path))
            }
            // The resource is the route without a custom domain's base path; a proxy's `{…}` says nothing.
            (None, Some(method)) => {
                (method, event.resource.filter(|resource| !resource.contains('{')).or(event.path).unwrap_or_default())
            }
            (None, None) => return None,
        };
        let is_base64 = event.is_base64_encoded.unwrap_or(false);
        Some(Self { method, path, is_payload_2, headers, body: event.body, is_base64 })
    }

    /// A header's value; names in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Holds the request to `POST path` with a JSON body.
    ///
    /// # Errors
    /// `not-found`, `method-not-allowed` or `unsupported-media-type`, in this order.
    pub fn expect_json_post(&self, path: &str) -> Result<(), AppError> {
        if self.path.trim_end_matches('/') != path {
            return Err(AppError::new(Code::NotFound, format!("Only {path} is here.")));
        }
        if self.method != "POST" {
            return Err(AppError::new(Code::MethodNotAllowed, "Only POST is allowed here."));
        }
        match self.header("content-type").filter(|media_type| !is_json(media_type)) {
            None => Ok(()),
            Some(media_type) => {
                let shown: String = media_type.chars().take(100).collect();
                let detail = format!("expected Content-Type: application/json, found {shown:?}");
                Err(AppError::new(Code::UnsupportedMediaType, detail))
            }
        }
    }

    /// The body as text; empty where there is none.
    ///
    /// # Errors
    /// `body-too-large` over [`BODY_BYTES`], `invalid-request` where it is no base64, no UTF-8 deeper than [`DEPTH`] or has a
    /// duplicate key.
    pub fn body(&self) -> Result<String, AppError> {
        let invalid = |detail: String| AppError::new(Code::InvalidRequest, detail);
        let Some(raw) = self.body.filter(|raw| raw.get() != "null") else { return Ok(String::new()) };
        // Base64 is four thirds; an escaped text is never shorter than its bytes.
        if self.is_base64 && raw.get().len() / 4 * 3 > BODY_BYTES + 4 {
            return Err(too_large());
        }
        let text: String = serde_json::from_str(raw.get()).map_err(|_| {
            invalid("the body is not valid UTF-8: it holds an escape that is no Unicode character".into())
        })?;
        let text = if self.is_base64 {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(text)
                .map_err(|error| invalid(format!("the body is marked as base64 and is not: {error}")))?;
            String::from_utf8(bytes).map_err(|error| {
                invalid(format!("the body is not valid UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
            })?
        } else {
            text
        };
        if text.len() > BODY_BYTES {
            return Err(too_large());
        }
        match scan(&text, DEPTH) {
            Ok(()) => Ok(text),
            Err(Rejected::TooDeep) => {
                Err(invalid(format!("the body nests arrays and objects deeper than {DEPTH} levels")))
            }
            Err(duplicate) => Err(invalid(duplicate.to_string())),
        }
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty() || essence == "application/json" || essence.ends_with("+json")
}

fn too_large() -> AppError {
    let limit = BODY_BYTES;
    AppError::new(
        Code::BodyTooLarge,
        format!(
            "The body is over {limit} bytes. Put large images, documents and videos into S3 and send an s3Location."
        ),
    )
}

impl fmt::Debug for HttpRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {}, {} bytes)", self.method, self.path, self.body.map_or(0, |raw| raw.get().len()))
    }
}

#[cfg(test)]
mod tests;
