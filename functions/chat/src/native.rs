//! This service's own dialect: Converse, streamed as server-sent events, or whole as JSON.

use futures_util::StreamExt as _;
use http::StatusCode;
use lambda_runtime::StreamResponse;
use shared::engine::tool_loop::turn::{TurnEvent, TurnFailed};
use shared::error::{AppError, Code};
use shared::service::observer::Observer;
use shared::service::problem::Problem;
use shared::service::response::{Body, Whole};
use shared::service::turn_body::{self, TurnStream};

mod accept;
pub mod decode;
mod document;
mod sse;

/// Server-sent events as the model speaks.
pub async fn streamed(turn: TurnStream, observer: Observer) -> StreamResponse<Body> {
    turn_body::respond(turn, sse::SseEncoder, observer).await
}

/// One JSON document at the end: Converse's last answer and what this service adds.
pub async fn whole(mut turn: TurnStream, mut observer: Observer) -> StreamResponse<Body> {
    while let Some(event) = turn.next().await {
        match event {
            TurnEvent::Model(_) | TurnEvent::ToolResult(_) => {}
            TurnEvent::Done(done) => {
                observer.turn(&done.summary);
                observer.done(done.reason.name());
                return Whole::new(StatusCode::OK, "application/json", document::WholeTurn(*done)).into_streamed();
            }
            TurnEvent::Failed(failed) => {
                observer.turn(&failed.summary);
                observer.failed(&failed.error);
                return problem(&failed, observer.request_id()).into_streamed();
            }
        }
    }
    let error = AppError::new(Code::Internal, "The answer ended without an end.");
    observer.failed(&error);
    Whole::problem(&error, &Problem::new(&error, observer.request_id())).into_streamed()
}

/// What completed rounds came to is the caller's to go on from.
fn problem(failed: &TurnFailed, request_id: &str) -> Whole {
    let TurnFailed { error, summary } = failed;
    let document = Problem::new(error, request_id);
    match summary.new_messages.as_slice() {
        [] => Whole::problem(error, &document),
        turns => Whole::problem(error, &document.partial(summary.usage.as_ref(), turns)),
    }
}
