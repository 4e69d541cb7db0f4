//! A turn as server-sent events: each event of ConverseStream under Bedrock's name with Bedrock's JSON, and ours.

use bytes::BytesMut;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use shared::converse::stream_event::StreamEvent;
use shared::engine::tool_loop::turn::{ToolAnswer, TurnDone, TurnSummary};
use shared::error::AppError;
use shared::service::problem::Problem;
use shared::service::sse;
use shared::service::turn_body::Encoder;

use super::document::{DoneData, ToolResultData};

/// The encoder.
#[derive(Debug)]
pub(super) struct SseEncoder;

/// Writes an event of ours. Strings, numbers and JSON that was parsed before have no way to fail.
fn write(out: &mut BytesMut, name: &str, data: &impl Serialize) {
    sse::write_event(out, name, [serde_json::to_vec(data).unwrap_or_default().as_slice()]);
}

impl Encoder for SseEncoder {
    fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ])
    }

    fn model_event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        sse::write_event(out, event.name(), event.payload());
    }

    fn tool_result(&mut self, answer: &ToolAnswer, out: &mut BytesMut) {
        write(out, "toolResult", &ToolResultData::new(answer));
    }

    fn heartbeat(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(sse::PING);
    }

    fn done(&mut self, done: &TurnDone, out: &mut BytesMut) {
        write(out, "done", &DoneData::new(done));
    }

    fn error(&mut self, error: &AppError, summary: &TurnSummary, request_id: &str, out: &mut BytesMut) {
        let problem = Problem::new(error, request_id).partial(summary.usage.as_ref(), &summary.new_messages);
        write(out, "error", &problem);
    }
}
