//! The Lambda event: the HTTP request inside it, as `lambda_http` reads it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Request};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::limits::BODY_BYTES;

/// An event that a function is invoked with.
pub enum Event {
    /// An HTTP request of API Gateway (payload 1.0), an HTTP API or a function URL (2.0).
    Http(Box<Request>),
    /// Anything else. API Gateway sends such an event after a streamed answer, and so does whoever invokes the function by
    /// hand: it is acknowledged.
    Other,
}

/// The path as the routes of the API name it: without the stage, and for a REST API without a custom domain's base path.
#[derive(Debug, Clone)]
pub(super) struct RoutePath(pub(super) String);

/// Whether the event is payload 2.0: a function URL's or an HTTP API's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payload2;

/// A body that cannot be read.
#[derive(Debug, Clone)]
pub(super) enum BodyError {
    /// It is marked as base64 and is not: what is wrong.
    NotBase64(String),
    /// It is larger than [`BODY_BYTES`].
    TooLarge,
}

/// What is taken out of the event before `lambda_http` makes a request of it: it panics on a body whose base64 is wrong.
struct Taken {
    path: String,
    body: Option<String>,
    is_base64: bool,
    is_payload_2: bool,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Borrowed: `lambda_http` itself would copy an event before it reads it, and a large one again if it is none.
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let event = read(json).or_else(|| read(&completed(json)?));
        let Some(mut event) = event else { return Ok(Self::Other) };
        Ok(match take(&mut event) {
            Some(taken) => Self::Http(Box::new(request(event, taken))),
            None => Self::Other,
        })
    }
}

fn read(json: &str) -> Option<LambdaRequest> {
    let rest = serde_json::from_str(json).map(LambdaRequest::ApiGatewayV1);
    rest.or_else(|_| serde_json::from_str(json).map(LambdaRequest::ApiGatewayV2)).ok()
}

/// An event that somebody wrote by hand, with what API Gateway always sends and `lambda_http` insists on. None if it is no
/// HTTP request.
fn completed(json: &str) -> Option<String> {
    let mut event: Map<String, Value> = serde_json::from_str(json).ok()?;
    let mut context = match event.remove("requestContext") {
        Some(Value::Object(context)) => context,
        _ => Map::new(),
    };
    match (context.get_mut("http"), event.get("httpMethod")) {
        (Some(Value::Object(http)), _) if http.get("method").is_some_and(Value::is_string) => {
            let path = event.get("rawPath").cloned().unwrap_or_default();
            http.entry("path").or_insert(path);
        }
        (_, Some(method @ Value::String(_))) => {
            context.insert("httpMethod".to_owned(), method.clone());
        }
        _ => return None,
    }
    event.insert("requestContext".to_owned(), context.into());
    for headers in ["headers", "multiValueHeaders"] {
        if let Some(Value::Object(headers)) = event.get_mut(headers) {
            headers.retain(|_, value| !value.is_null());
        }
    }
    // An object in the place of its text.
    if let Some(body) = event.get_mut("body").filter(|body| !body.is_string() && !body.is_null()) {
        *body = body.to_string().into();
    }
    serde_json::to_string(&event).ok()
}

fn take(event: &mut LambdaRequest) -> Option<Taken> {
    match event {
        LambdaRequest::ApiGatewayV1(event) => {
            // `lambda_http` keeps one of two headers of a name; the other list has them all.
            if !event.multi_value_headers.is_empty() {
                event.headers = HeaderMap::new();
            }
            // The resource is the route without a custom domain's base path; a proxy's `{…}` says nothing.
            let resource = event.resource.clone().filter(|resource| !resource.contains('{'));
            Some(Taken {
                path: resource.or_else(|| event.path.clone()).unwrap_or_default(),
                body: event.body.take(),
                is_base64: event.is_base64_encoded,
                is_payload_2: false,
            })
        }
        LambdaRequest::ApiGatewayV2(event) => {
            let path = event.raw_path.clone().unwrap_or_default();
            let stage = event.request_context.stage.as_ref().map(|stage| format!("/{stage}"));
            let bare = stage.and_then(|stage| path.strip_prefix(&stage)).filter(|bare| bare.starts_with('/'));
            Some(Taken {
                path: bare.map_or_else(|| path.clone(), str::to_owned),
                body: event.body.take(),
                is_base64: event.is_base64_encoded,
                is_payload_2: true,
            })
        }
        _ => None,
    }
}

fn request(event: LambdaRequest, taken: Taken) -> Request {
    let mut request = Request::from(event);
    let (body, error) = match (taken.body, taken.is_base64) {
        (None, _) => (Body::Empty, None),
        (Some(text), false) => (Body::Text(text), None),
        (Some(text), true) => match decoded(&text) {
            Ok(bytes) => (Body::Binary(bytes), None),
            Err(error) => (Body::Empty, Some(error)),
        },
    };
    *request.body_mut() = body;
    let extensions = request.extensions_mut();
    extensions.insert(RoutePath(taken.path));
    if let Some(error) = error {
        extensions.insert(error);
    }
    if taken.is_payload_2 {
        extensions.insert(Payload2);
    }
    request
}

fn decoded(text: &str) -> Result<Vec<u8>, BodyError> {
    // Base64 is four thirds of its bytes.
    if text.len() / 4 * 3 > BODY_BYTES + 4 {
        return Err(BodyError::TooLarge);
    }
    STANDARD.decode(text).map_err(|error| BodyError::NotBase64(error.to_string()))
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(request) => write!(f, "Event({} {})", request.method(), request.uri().path()),
            Self::Other => f.write_str("Event(no HTTP)"),
        }
    }
}

#[cfg(test)]
mod tests;
