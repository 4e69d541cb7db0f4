//! From an HTTP request to an answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::Method;
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::error::Rejection;
use super::identifier::Identifier;
use super::models::Model;
use super::scenario::Scenario;
use super::{Open, Received, State, answer, invoke, lock, reply, script, stream, validate};

/// The largest request Bedrock takes.
const BODY_LIMIT_BYTES: usize = 25_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Converse,
    ConverseStream,
    InvokeModel,
}

pub(super) async fn handle(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT_BYTES).await else {
        return Rejection::validation("The request body is too large.").response();
    };
    // Split before decoding: an ARN's slash is %2F.
    let path = parts.uri.path().to_owned();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (&parts.method, segments.as_slice()) {
        (&Method::POST, ["model", model_id, operation]) => {
            let operation = match *operation {
                "converse" => Operation::Converse,
                "converse-stream" => Operation::ConverseStream,
                "invoke" => Operation::InvokeModel,
                _ => return unknown(),
            };
            state.remember(Received { path: path.clone(), body: body.clone() });
            let model_id = percent_decoded(model_id);
            call(&state, &model_id, operation, &body).await.unwrap_or_else(|rejection| rejection.response())
        }
        (&Method::POST, ["_local", "scenario"]) => set_scenario(&state, &body),
        (&Method::GET, ["_local", "requests"]) => requests(&state),
        _ => unknown(),
    }
}

fn unknown() -> Response {
    Rejection::new("UnknownOperationException", "Unknown operation").response()
}

async fn call(state: &Arc<State>, model_id: &str, operation: Operation, body: &Bytes) -> Result<Response, Rejection> {
    let queued = lock(&state.scenarios).pop_front().or_else(|| lock(&state.always).clone());
    let reserved = Scenario::of_model(model_id).transpose().map_err(Rejection::validation)?;
    let known = if reserved.is_some() { "anthropic.claude-sonnet-4-5-20250929-v1:0" } else { model_id };
    let scenario = queued.or(reserved);
    match &scenario {
        Some(Scenario::Replay { status, content_type, body, breaks }) => {
            return Ok(stream::replay(*status, content_type, body.clone(), *breaks));
        }
        Some(Scenario::Refused(exception)) => return Err(Rejection::named(exception)),
        Some(Scenario::Busy(seconds)) => {
            return Err(Rejection { retry_after_s: Some(*seconds), ..Rejection::named("ThrottlingException") });
        }
        Some(Scenario::SlowHead(ms)) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        _ => {}
    }
    let request: Value = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    if operation == Operation::InvokeModel {
        let base_id = Identifier::parse(known)?.base_id();
        return invoke::answer(base_id, &request, scenario.as_ref(), state.pace);
    }
    let model = Model::find(known)?;
    validate::check(&request, &model, operation == Operation::ConverseStream)?;
    let cached = lock(&state.cache).count(&request, &model);
    let mut answer = answer::make(&request, &model, cached);
    match &scenario {
        Some(Scenario::Stop(reason)) => answer.stop_with(reason),
        Some(Scenario::Redacted) => answer.redact(),
        _ => {}
    }
    if operation == Operation::Converse {
        return Ok(stream::whole(answer.to_converse_output(), scenario.as_ref(), state.pace * 5));
    }
    Ok(stream::events(script::steps(&answer, scenario.as_ref()), state.pace, Open::count(&state.open)))
}

/// A body that is no JSON, or has a number that no float holds.
fn unreadable(error: &serde_json::Error) -> Rejection {
    let overflows = error.to_string().starts_with("number out of range");
    Rejection::new(
        "SerializationException",
        if overflows { "NUMBER_VALUE can not be converted to a Float" } else { "" },
    )
}

fn set_scenario(state: &State, body: &Bytes) -> Response {
    let text = String::from_utf8_lossy(body);
    match Scenario::parse(&text) {
        Ok(scenario) => {
            lock(&state.scenarios).push_back(scenario);
            plain(200, format!("the next request meets {}\n", text.trim()))
        }
        Err(expected) => plain(400, format!("{expected}\n")),
    }
}

fn requests(state: &State) -> Response {
    let all: Vec<Value> = lock(&state.received)
        .iter()
        .map(|received| {
            let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
            serde_json::json!({ "path": received.path, "body": body })
        })
        .collect();
    plain(200, Value::from(all).to_string())
}

fn plain(status: u16, text: String) -> Response {
    reply::head(status).body(Body::from(text)).unwrap_or_default()
}

fn percent_decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
