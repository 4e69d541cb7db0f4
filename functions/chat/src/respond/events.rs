//! The body of a streamed answer: a turn's events as server-sent events, ending in exactly one terminal event.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use shared::engine::tool_loop::LoopStream;
use shared::engine::tool_loop::protocol::{Gained, LoopEvent};
use shared::error::{AppError, Code, Problem};
use shared::service::sse;

use super::end;
use crate::record::Record;

/// What is ready at once leaves together, up to this size and the event that reaches it: each chunk costs a system call.
const CHUNK_BYTES: usize = 16 * 1024;
/// The first chunk does not wait until so much has been made: `messageStart` and the first piece of content are enough.
const FIRST_CHUNK_BYTES: usize = 64;

/// Turns events into bytes; the record is written when it is dropped.
pub(super) struct SseBody {
    /// None once the terminal event is out.
    turn: Option<LoopStream>,
    record: Record,
    out: BytesMut,
    /// From what size on the next chunk leaves.
    chunk_bytes: usize,
}

impl SseBody {
    pub(super) fn new(turn: LoopStream, record: Record) -> Self {
        Self { turn: Some(turn), record, out: BytesMut::new(), chunk_bytes: FIRST_CHUNK_BYTES }
    }

    fn write(&mut self, event: Option<LoopEvent>) {
        match event {
            Some(LoopEvent::Model(event)) => sse::write_event(&mut self.out, event.kind.name(), &event.payload),
            Some(LoopEvent::Ping) => self.out.extend_from_slice(sse::PING),
            Some(LoopEvent::ToolResult(answered)) => {
                sse::write_event(&mut self.out, "toolResult", &end::tool_result(&answered));
            }
            Some(LoopEvent::Done(done)) => {
                self.record.gained(&done.gained);
                self.record.done(done.reason.name());
                self.end("done", &end::done(&done, self.record.model_id()));
            }
            Some(LoopEvent::Failed(failed)) => {
                self.record.gained(&failed.gained);
                self.fail(&failed.error, &failed.gained);
            }
            None => self.fail(&AppError::new(Code::Internal, "The answer ended without an end."), &Gained::default()),
        }
    }

    fn fail(&mut self, error: &AppError, gained: &Gained) {
        self.record.failed(error);
        let problem =
            Problem::new(error, self.record.request_id()).partial(gained.usage.as_deref(), &gained.new_messages);
        self.end("error", &serde_json::to_vec(&problem).unwrap_or_default());
    }

    fn end(&mut self, name: &str, data: &[u8]) {
        sse::write_event(&mut self.out, name, data);
        self.turn = None;
    }
}

impl Stream for SseBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while let Some(turn) = &mut this.turn
            && this.out.len() < this.chunk_bytes
        {
            match catch_unwind(AssertUnwindSafe(|| turn.poll_next_unpin(cx))) {
                Ok(Poll::Ready(event)) => this.write(event),
                Ok(Poll::Pending) if this.out.is_empty() => return Poll::Pending,
                Ok(Poll::Pending) => break,
                Err(_) => {
                    this.fail(&AppError::new(Code::Internal, "The answer could not be continued."), &Gained::default());
                }
            }
        }
        if this.out.is_empty() {
            return Poll::Ready(None);
        }
        this.chunk_bytes = CHUNK_BYTES;
        Poll::Ready(Some(Ok(this.out.split().freeze())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt as _, stream};
    use shared::converse::stream_event::Event;
    use tokio::time::Instant;

    async fn text(turn: LoopStream) -> String {
        let chunks: Vec<_> = SseBody::new(turn, Record::begin("req", Instant::now())).collect().await;
        chunks.into_iter().map(|Ok(chunk)| String::from_utf8(chunk.to_vec()).unwrap()).collect()
    }

    fn delta(index: usize) -> LoopEvent {
        let payload = format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{index}"}}}}"#);
        LoopEvent::Model(Event::new("contentBlockDelta", payload.as_bytes()).unwrap())
    }

    #[tokio::test]
    async fn what_is_ready_leaves_together_and_waits_for_no_more() {
        let turn = stream::iter((0..3).map(delta)).chain(stream::pending());
        let mut body = SseBody::new(Box::pin(turn), Record::begin("req", Instant::now()));
        for events in [1, 2] {
            let chunk = body.next().now_or_never().flatten().unwrap().unwrap();
            assert_eq!(String::from_utf8_lossy(&chunk).matches("event: ").count(), events);
        }
        assert!(body.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_burst_leaves_in_order_in_chunks_of_bounded_size() {
        let turn = Box::pin(stream::iter((0..2000).map(delta)));
        let chunks: Vec<_> = SseBody::new(turn, Record::begin("req", Instant::now())).collect().await;
        let chunks: Vec<_> = chunks.into_iter().map(|Ok(chunk)| chunk).collect();
        assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() < CHUNK_BYTES + 512));
        let text = String::from_utf8(chunks.concat()).unwrap();
        let indices = text.lines().filter_map(|line| line.split_once(r#""text":""#)?.1.strip_suffix(r#""}}"#));
        assert!(indices.map(|index| index.parse::<usize>().unwrap()).eq(0..2000), "{text}");
        assert!(chunks.len() < 20 && text.matches("event: error").count() == 1);
    }

    #[tokio::test]
    async fn the_first_chunk_is_the_start_and_the_first_piece() {
        let start = LoopEvent::Model(Event::new("messageStart", br#"{"role":"assistant"}"#).unwrap());
        let turn = Box::pin(stream::iter([start].into_iter().chain((0..2000).map(delta))));
        let mut body = SseBody::new(turn, Record::begin("req", Instant::now()));
        let first = body.next().await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&first).matches("event: ").count(), 2);
        assert!(body.next().await.unwrap().unwrap().len() >= CHUNK_BYTES);
    }

    #[tokio::test]
    async fn a_panic_inside_the_stream_is_told_and_ends_it() {
        let event = Event::new("messageStart", br#"{"role":"assistant"}"#).unwrap();
        let first = stream::iter([LoopEvent::Model(event)]);
        let broken = stream::poll_fn(|_| panic!("a bug"));
        let text = text(Box::pin(first.chain(broken))).await;
        let start = "event: messageStart\ndata: {\"role\":\"assistant\"}\n\nevent: error\ndata: ";
        assert!(text.starts_with(start) && text.contains(r#""code":"internal""#), "{text}");
        assert_eq!(text.matches("event: ").count(), 2);
    }

    #[tokio::test]
    async fn a_turn_without_an_end_is_an_error() {
        let text = text(Box::pin(stream::iter([LoopEvent::Ping]))).await;
        assert!(text.starts_with(": ping\n\nevent: error\ndata: ") && text.contains(r#""partial":true"#), "{text}");
    }
}
