//! A model service that answers with frames: all at once, in one piece or in a chunk each, or one after the other at a
//! pace.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use futures_util::{Stream, StreamExt as _, stream};
use local::stand_in::event_frame;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::tls::Tls;

/// How the upstream answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// So many tokens at once.
    Burst(usize),
    /// So many tokens at once, each frame in an HTTP chunk of its own.
    Chunked(usize),
    /// So many tokens, one after each pause.
    Paced(usize, Duration),
    /// A call of a tool, and once there is its result, so many tokens.
    Tool(usize),
}

impl Answer {
    /// How many tokens the answer has.
    pub fn tokens(&self) -> usize {
        let (Self::Burst(tokens) | Self::Chunked(tokens) | Self::Paced(tokens, _) | Self::Tool(tokens)) = self;
        *tokens
    }
}

/// A running upstream.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    state: Arc<Shared>,
    tls: Option<Tls>,
}

#[derive(Debug)]
struct Shared {
    answer: Mutex<Answer>,
    /// The frames of a whole answer.
    frames: Mutex<Vec<Bytes>>,
    /// The same in one piece.
    burst: Mutex<Bytes>,
    /// When each token of the last paced answer left.
    sent: Mutex<Vec<Instant>>,
}

/// A token that stands nowhere else.
pub fn token(index: usize) -> String {
    format!(" t{index:05}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Upstream {
    /// Starts one without TLS.
    pub async fn plain() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(Shared {
            answer: Mutex::new(Answer::Burst(1)),
            frames: Mutex::default(),
            burst: Mutex::default(),
            sent: Mutex::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener.tap_io(nodelay), router).await });
        let upstream = Self { address, state, tls: None };
        upstream.answers(Answer::Burst(1));
        upstream
    }

    /// Starts one behind TLS.
    pub async fn tls() -> Self {
        let upstream = Self::plain().await;
        let tls = Tls::to(upstream.address).await;
        Self { tls: Some(tls), ..upstream }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.tls.as_ref().map_or_else(|| format!("http://{}", self.address), Tls::url)
    }

    /// The root that it is trusted by, in PEM, if it speaks TLS.
    pub fn root(&self) -> Option<&str> {
        self.tls.as_ref().map(Tls::root)
    }

    /// It answers like this from now on.
    pub fn answers(&self, answer: Answer) {
        let frames = frames(answer.tokens());
        *lock(&self.state.burst) = frames.concat().into();
        *lock(&self.state.frames) = frames;
        *lock(&self.state.answer) = answer;
    }

    /// When each token of the last paced answer left.
    pub fn sent(&self) -> Vec<Instant> {
        lock(&self.state.sent).clone()
    }
}

fn nodelay(stream: &mut TcpStream) {
    let _ = stream.set_nodelay(true);
}

fn frame(position: usize, name: &str, payload: Value) -> Bytes {
    event_frame(name, &payload, position).into()
}

fn start() -> Bytes {
    frame(0, "messageStart", json!({ "role": "assistant" }))
}

fn text(index: usize) -> Bytes {
    frame(index, "contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": { "text": token(index) } }))
}

fn end(stop_reason: &str) -> Vec<Bytes> {
    let usage = json!({ "inputTokens": 9, "outputTokens": 9, "totalTokens": 18 });
    vec![
        frame(7, "contentBlockStop", json!({ "contentBlockIndex": 0 })),
        frame(8, "messageStop", json!({ "stopReason": stop_reason })),
        frame(9, "metadata", json!({ "metrics": { "latencyMs": 1 }, "usage": usage })),
    ]
}

fn frames(tokens: usize) -> Vec<Bytes> {
    [start()].into_iter().chain((0..tokens).map(text)).chain(end("end_turn")).collect()
}

/// Each frame leaves as an HTTP chunk.
fn chunks(frames: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    Body::from_stream(frames.map(Ok::<_, Infallible>))
}

fn call() -> Bytes {
    let call = json!({ "toolUse": { "toolUseId": "t1", "name": "get_order_status" } });
    let input = |piece: &str| json!({ "contentBlockIndex": 0, "delta": { "toolUse": { "input": piece } } });
    let mut frames = vec![start(), frame(1, "contentBlockStart", json!({ "contentBlockIndex": 0, "start": call }))];
    for (at, piece) in ["", "{\"order", "_id\":\"", "1001\"}"].into_iter().enumerate() {
        frames.push(frame(at, "contentBlockDelta", input(piece)));
    }
    frames.extend(end("tool_use"));
    frames.concat().into()
}

async fn handle(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 24).await.unwrap_or_default();
    let respond = |content_type: &str, body: Body| {
        Response::builder()
            .header("content-type", content_type)
            .header("x-amzn-requestid", "r")
            .body(body)
            .unwrap_or_default()
    };
    if parts.uri.path().starts_with("/2015-03-31/functions/") {
        let result =
            json!({ "toolUseId": "t1", "status": "success", "content": [{ "json": { "status": "shipped" } }] });
        return respond("application/json", Body::from(json!({ "toolResult": result }).to_string()));
    }
    if !parts.uri.path().ends_with("/converse-stream") {
        return Response::builder().status(404).body(Body::empty()).unwrap_or_default();
    }
    let answer = lock(&state.answer).clone();
    let body = match answer {
        Answer::Tool(_) if !body.windows(12).any(|window| window == b"\"toolResult\"") => Body::from(call()),
        Answer::Burst(_) | Answer::Tool(_) => Body::from(lock(&state.burst).clone()),
        Answer::Chunked(_) => chunks(stream::iter(lock(&state.frames).clone())),
        Answer::Paced(tokens, pause) => {
            lock(&state.sent).clear();
            let paced = stream::iter(0..tokens).then(move |index| {
                let state = Arc::clone(&state);
                async move {
                    tokio::time::sleep(pause).await;
                    lock(&state.sent).push(Instant::now());
                    text(index)
                }
            });
            chunks(stream::iter([start()]).chain(paced).chain(stream::iter(end("end_turn"))))
        }
    };
    respond("application/vnd.amazon.eventstream", body)
}
