//! From what a turn came to, to an HTTP response.

use std::convert::Infallible;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lambda_runtime::{MetadataPrelude, StreamResponse};
use shared::engine::tool_loop::LoopStream;
use shared::engine::tool_loop::protocol::LoopEvent;
use shared::error::{AppError, Code, Problem};

use crate::record::Record;

mod end;
mod events;
mod leaving;

use events::SseBody;

/// A response's body. It has no error: what fails inside it is told in it.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, Infallible>> + Send>>;

/// A problem document, and the request's end.
pub fn refused(error: &AppError, mut record: Record) -> StreamResponse<Body> {
    record.failed(error);
    problem(error, Problem::new(error, record.request_id()))
}

/// A problem document.
pub fn problem(error: &AppError, problem: Problem<'_>) -> StreamResponse<Body> {
    let row = error.code().row();
    let mut headers = HeaderMap::new();
    if let Some(seconds) = error.retry_after_s() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.code() == Code::MethodNotAllowed {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    // A problem of plain strings and numbers has no way to fail.
    let document = serde_json::to_vec(&problem).unwrap_or_default();
    let status = StatusCode::from_u16(row.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    whole(status, Problem::MEDIA_TYPE, headers, document)
}

/// One JSON document at the end: Converse's last answer and what this service adds.
pub async fn json(mut events: LoopStream, mut record: Record) -> StreamResponse<Body> {
    while let Some(event) = events.next().await {
        match event {
            LoopEvent::Model(_) | LoopEvent::ToolResult(_) | LoopEvent::Ping => {}
            LoopEvent::Done(done) => {
                record.gained(&done.gained);
                record.done(done.reason.name());
                return whole(
                    StatusCode::OK,
                    "application/json",
                    HeaderMap::new(),
                    end::json(&done, record.model_id()),
                );
            }
            LoopEvent::Failed(failed) => {
                record.gained(&failed.gained);
                record.failed(&failed.error);
                let document = Problem::new(&failed.error, record.request_id());
                let gained = &failed.gained;
                // What completed rounds gained is the caller's to go on from.
                return match gained.new_messages.as_slice() {
                    [] => problem(&failed.error, document),
                    turns => problem(&failed.error, document.partial(gained.usage.as_deref(), turns)),
                };
            }
        }
    }
    refused(&AppError::new(Code::Internal, "The answer ended without an end."), record)
}

/// Server-sent events. Waits for the turn's first sign: what fails before it is a real status, whatever comes
/// later is told in the stream.
pub async fn sse(mut events: LoopStream, mut record: Record) -> StreamResponse<Body> {
    let first = match events.next().await {
        Some(LoopEvent::Failed(failed)) => {
            record.gained(&failed.gained);
            return refused(&failed.error, record);
        }
        first => first,
    };
    let headers = [(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
    let events = Box::pin(stream::iter(first).chain(events));
    response(StatusCode::OK, "text/event-stream", headers.into_iter().collect(), SseBody::new(events, record))
}

fn whole(status: StatusCode, media_type: &'static str, headers: HeaderMap, body: Vec<u8>) -> StreamResponse<Body> {
    response(status, media_type, headers, stream::iter([Ok(Bytes::from(body))]))
}

fn response(
    status: StatusCode,
    media_type: &'static str,
    mut headers: HeaderMap,
    body: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> StreamResponse<Body> {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    StreamResponse {
        metadata_prelude: MetadataPrelude { status_code: status, headers, cookies: Vec::new() },
        stream: Box::pin(leaving::at_once(body)),
    }
}
