//! Lambda's Runtime API as one process polls it: it takes an event, and answers it in one piece or streamed.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::BodyStream;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::Failed;

/// Parts of an answer that wait for a slow reader.
const PARTS: usize = 64;
/// A reported error, in bytes.
const ERROR_BYTES: usize = 1024 * 1024;

/// An event on its way to a process.
#[derive(Debug)]
pub(super) struct Invocation {
    id: String,
    event: Bytes,
    deadline: SystemTime,
    answer: mpsc::Sender<Result<Answer, Failed>>,
    done: oneshot::Sender<()>,
}

impl Invocation {
    /// An invocation whose answer goes to `answer`; `done` hears of its end.
    pub(super) fn new(
        event: Bytes,
        deadline: SystemTime,
        answer: mpsc::Sender<Result<Answer, Failed>>,
        done: oneshot::Sender<()>,
    ) -> Self {
        Self { id: uuid::Uuid::new_v4().to_string(), event, deadline, answer, done }
    }
}

/// What a function answers, as it comes.
#[derive(Debug)]
pub(in crate::runner) struct Answer {
    /// Whether the function streams: prelude, eight NULs, body.
    pub(in crate::runner) streamed: bool,
    /// None is the end; without it the answer broke off.
    parts: mpsc::Receiver<Option<Bytes>>,
}

impl Answer {
    /// The answer's bytes; they end with an error if the function broke off.
    pub(in crate::runner) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::unfold(Some(self.parts), |parts| async move {
            let mut parts = parts?;
            match parts.recv().await {
                Some(Some(part)) => Some((Ok(part), Some(parts))),
                Some(None) => None,
                None => Some((Err(io::Error::other("the function broke off its answer")), None)),
            }
        })
    }
}

#[derive(Debug)]
struct Api {
    queue: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<Invocation>>,
}

/// Serves the API to one process.
pub(super) async fn serve(listener: TcpListener, queue: mpsc::Receiver<Invocation>) {
    let api = Arc::new(Api { queue: queue.into(), current: Mutex::default() });
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .with_state(api);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let _ = axum::serve(listener, router).await;
}

async fn next(State(api): State<Arc<Api>>) -> Result<Response, StatusCode> {
    let invocation = api.queue.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let deadline = invocation.deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &invocation.id)
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:local")
        .body(Body::from(invocation.event.clone()));
    *api.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(invocation);
    response.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

impl Api {
    fn take(&self, id: &str) -> Result<Invocation, StatusCode> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|invocation| invocation.id == id).ok_or(StatusCode::BAD_REQUEST)
    }
}

async fn response(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, StatusCode> {
    let invocation = api.take(&id)?;
    let streamed = headers.get("lambda-runtime-function-response-mode").is_some_and(|mode| mode == "streaming");
    let (sender, parts) = mpsc::channel(PARTS);
    let _ = invocation.answer.try_send(Ok(Answer { streamed, parts }));
    let mut frames = BodyStream::new(body);
    let mut whole = true;
    while let Some(frame) = frames.next().await {
        match frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() {
            // Where the reader has gone, the rest is read all the same: on Lambda, too, the function does not notice.
            Ok(part) => {
                let _ = sender.send(Some(part)).await;
            }
            // Trailers report an error.
            Err(_) => whole = false,
        }
    }
    if whole {
        let _ = sender.send(None).await;
    }
    let _ = invocation.done.send(());
    Ok(StatusCode::ACCEPTED)
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Body) -> Result<StatusCode, StatusCode> {
    let invocation = api.take(&id)?;
    let error = to_bytes(body, ERROR_BYTES).await.unwrap_or_default();
    let _ = invocation.answer.try_send(Err(Failed::Reported(error)));
    let _ = invocation.done.send(());
    Ok(StatusCode::ACCEPTED)
}
