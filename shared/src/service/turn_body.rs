//! The body of a streamed turn, below every dialect: chunks, heartbeats, the panic guard, and exactly one end.

use std::convert::Infallible;
use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, StatusCode};
use lambda_runtime::StreamResponse;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::observer::Observer;
use super::problem::Problem;
use super::response::{Body, Whole, streamed};
use crate::converse::stream_event::StreamEvent;
use crate::engine::deadline::PING_AFTER;
use crate::engine::tool_loop::turn::{ToolAnswer, TurnDone, TurnEvent, TurnSummary};
use crate::error::{AppError, Code};

/// What is ready at once leaves together, up to this size and the event that reaches it: each chunk costs a system call.
const CHUNK_BYTES: usize = 16 * 1024;
/// The first chunk does not wait until so much has been made: `messageStart` and the first piece of content are enough.
const FIRST_CHUNK_BYTES: usize = 64;

/// Writes a turn in the form of one dialect.
pub trait Encoder: Send + Unpin + 'static {
    /// The response's headers.
    fn headers(&self) -> HeaderMap;
    /// An event of the model's.
    fn model_event(&mut self, event: &StreamEvent, out: &mut BytesMut);
    /// The answer to a call of one of this service's tools.
    fn tool_result(&mut self, answer: &ToolAnswer, out: &mut BytesMut);
    /// A sign of life in a long silence.
    fn heartbeat(&mut self, out: &mut BytesMut);
    /// The end of a turn.
    fn done(&mut self, done: &TurnDone, out: &mut BytesMut);
    /// The end of a turn that failed in the request `request_id`.
    fn error(&mut self, error: &AppError, summary: &TurnSummary, request_id: &str, out: &mut BytesMut);
}

/// A turn's events.
pub type TurnStream = Pin<Box<dyn Stream<Item = TurnEvent> + Send>>;

/// The response to a turn. Waits for the first event, or until a sign of life is due: what fails before is a real
/// status, what fails later is reported in the stream.
pub async fn respond(mut turn: TurnStream, encoder: impl Encoder, mut observer: Observer) -> StreamResponse<Body> {
    let first = match timeout(PING_AFTER, turn.next()).await {
        Ok(Some(TurnEvent::Failed(failed))) => {
            observer.turn(&failed.summary);
            observer.failed(&failed.error);
            return Whole::problem(&failed.error, &Problem::new(&failed.error, observer.request_id())).into_streamed();
        }
        Ok(first) => first,
        Err(_) => None,
    };
    let headers = encoder.headers();
    let late = first.is_none();
    let turn = Box::pin(stream::iter(first).chain(turn));
    streamed(StatusCode::OK, headers, TurnBody::new(turn, encoder, observer, late))
}

/// Turns events into chunks; the observer ends with it.
struct TurnBody<E> {
    /// None once the end is written.
    turn: Option<TurnStream>,
    encoder: E,
    observer: Observer,
    out: BytesMut,
    /// From what size on the next chunk leaves.
    chunk_bytes: usize,
    /// Nothing has come since the other tasks had their turn.
    yielded: bool,
    /// When something last left.
    last_chunk: Instant,
    heartbeat: Pin<Box<Sleep>>,
}

impl<E: Encoder> TurnBody<E> {
    /// A body; `heartbeat_due` if the silence before it was long.
    fn new(turn: TurnStream, encoder: E, observer: Observer, heartbeat_due: bool) -> Self {
        let now = Instant::now();
        let heartbeat = Box::pin(sleep_until(if heartbeat_due { now } else { now + PING_AFTER }));
        let last_chunk = if heartbeat_due { now - PING_AFTER } else { now };
        let (out, chunk_bytes) = (BytesMut::new(), FIRST_CHUNK_BYTES);
        Self { turn: Some(turn), encoder, observer, out, chunk_bytes, yielded: false, last_chunk, heartbeat }
    }

    fn write(&mut self, event: Option<TurnEvent>) {
        match event {
            Some(TurnEvent::Model(event)) => self.encoder.model_event(&event, &mut self.out),
            Some(TurnEvent::ToolResult(answer)) => self.encoder.tool_result(&answer, &mut self.out),
            Some(TurnEvent::Done(done)) => {
                self.observer.turn(&done.summary);
                self.observer.done(done.reason.name());
                self.encoder.done(&done, &mut self.out);
                self.turn = None;
            }
            Some(TurnEvent::Failed(failed)) => self.fail(&failed.error, &failed.summary),
            None => {
                self.fail(&AppError::new(Code::Internal, "The answer ended without an end."), &TurnSummary::default())
            }
        }
    }

    fn fail(&mut self, error: &AppError, summary: &TurnSummary) {
        self.observer.turn(summary);
        self.observer.failed(error);
        self.encoder.error(error, summary, self.observer.request_id(), &mut self.out);
        self.turn = None;
    }

    /// Whether the silence is so long that a sign of life is due. The timer is set anew only when it fires.
    fn poll_heartbeat(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.heartbeat.as_mut().poll(cx).is_ready() {
            let due = self.last_chunk + PING_AFTER;
            if due <= Instant::now() {
                return Poll::Ready(());
            }
            self.heartbeat.as_mut().reset(due);
        }
        Poll::Pending
    }
}

impl<E: Encoder> Stream for TurnBody<E> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while let Some(turn) = &mut this.turn
            && this.out.len() < this.chunk_bytes
        {
            match catch_unwind(AssertUnwindSafe(|| turn.poll_next_unpin(cx))) {
                Ok(Poll::Ready(event)) => {
                    this.yielded = false;
                    this.write(event);
                }
                Ok(Poll::Pending) if this.out.is_empty() => match this.poll_heartbeat(cx) {
                    Poll::Ready(()) => {
                        this.encoder.heartbeat(&mut this.out);
                        break;
                    }
                    Poll::Pending => return Poll::Pending,
                },
                // The connection to the model has read more than it has handed over: it gets its turn before a chunk
                // leaves, as long as that brings events. A timer would cost the lone event its time.
                Ok(Poll::Pending) if !this.yielded => {
                    this.yielded = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Ok(Poll::Pending) => break,
                Err(_) => {
                    let error = AppError::new(Code::Internal, "The answer could not be continued.");
                    this.fail(&error, &TurnSummary::default());
                }
            }
        }
        if this.out.is_empty() {
            return Poll::Ready(None);
        }
        (this.chunk_bytes, this.yielded, this.last_chunk) = (CHUNK_BYTES, false, Instant::now());
        Poll::Ready(Some(Ok(this.out.split().freeze())))
    }
}

#[cfg(test)]
mod tests;
