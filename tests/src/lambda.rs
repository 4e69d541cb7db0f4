//! A Lambda of one function: its Runtime API on loopback, and the built binary that polls it.
//!
//! Quicker than the emulators of other makers, which the tests use as well, and it can do what they cannot: set a
//! deadline, say when each part of an answer came, and stop the process as Lambda freezes it.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::StreamExt as _;
use http::HeaderMap;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

use crate::answer::Answer;
use crate::process::decoded;

/// A running function; dropping it ends it.
#[derive(Debug)]
pub struct Lambda {
    child: Child,
    started: Instant,
    api: Arc<Api>,
    log: PathBuf,
    events: mpsc::UnboundedSender<Event>,
}

#[derive(Debug)]
struct Event {
    body: String,
    deadline: SystemTime,
    done: oneshot::Sender<Reply>,
}

/// What a function sent, on Lambda's wire.
#[derive(Debug)]
pub struct Reply {
    /// When the event was handed to the function.
    pub began: Instant,
    /// The parts with the moment each came.
    pub parts: Vec<(Instant, Bytes)>,
    /// Whether the body came to its end without an error in its trailers.
    pub whole: bool,
}

impl Reply {
    /// All bytes: for a streamed response the prelude, eight NULs and the body.
    pub fn bytes(&self) -> Vec<u8> {
        self.parts.iter().flat_map(|(_, part)| part.to_vec()).collect()
    }
}

/// An event that is being answered.
#[derive(Debug)]
struct Waiting {
    began: Instant,
    done: oneshot::Sender<Reply>,
}

#[derive(Debug)]
struct Api {
    queue: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    waiting: Mutex<HashMap<String, Waiting>>,
    count: Mutex<u64>,
    first_poll: OnceLock<Instant>,
}

impl Lambda {
    /// Starts the function `name` with `environment` only, its log in a file.
    pub async fn start(name: &str, environment: &[(&str, &str)]) -> Self {
        Self::of(Command::new(crate::tools::binary(name)), environment).await
    }

    /// Starts any program that polls a Runtime API.
    pub async fn of(mut command: Command, environment: &[(&str, &str)]) -> Self {
        let (events, queue) = mpsc::unbounded_channel();
        let api = Arc::new(Api {
            queue: queue.into(),
            waiting: Mutex::default(),
            count: Mutex::default(),
            first_poll: OnceLock::new(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answered))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&api));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let log = std::env::temp_dir().join(format!("bedrock-lambda-{}-{port}.log", std::process::id()));
        let file = std::fs::File::create(&log).expect("a log file");
        command.env_clear().envs(environment.iter().copied()).envs([
            ("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}").as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "function"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("the log file")).stderr(file).kill_on_drop(true);
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, started, api, log, events }
    }

    /// Invokes with an event, and waits for the answer's end.
    ///
    /// # Panics
    /// Where the function ends, or fails the invocation.
    pub async fn invoke(&mut self, event: &str, left: Duration) -> Reply {
        let (done, answer) = oneshot::channel();
        let event = Event { body: event.to_owned(), deadline: SystemTime::now() + left, done };
        self.events.send(event).expect("the Runtime API");
        tokio::select! {
            answer = answer => answer.expect("an answer"),
            status = self.child.wait() => panic!("the function ended: {status:?}\n{}", self.log()),
            () = tokio::time::sleep(left + Duration::from_secs(60)) => panic!("no answer\n{}", self.log()),
        }
    }

    /// The HTTP response to an event; none if it is only acknowledged.
    pub async fn http(&mut self, event: &Value, left: Duration) -> Option<Answer> {
        let reply = self.invoke(&event.to_string(), left).await;
        assert!(reply.whole, "the answer broke off");
        let bytes = reply.bytes();
        (bytes != b"null").then(|| decoded(&bytes))
    }

    /// What the process has written so far, to its log and to standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("a running process")
    }

    /// The process's resident memory, in bytes.
    pub fn memory(&self) -> usize {
        self.status_bytes("VmRSS:")
    }

    /// The most that it has been, in bytes.
    pub fn memory_peak(&self) -> usize {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, field: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process's status");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect(field);
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
    }

    /// The time that the process's threads have run, by the kernel's account.
    pub fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).expect("the process's threads").flatten();
        let ran = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
        let nanoseconds = |ran: String| ran.split(' ').next().and_then(|number| number.parse::<u64>().ok());
        Duration::from_nanos(ran.filter_map(nanoseconds).sum())
    }

    /// From the process's start to its first poll for an event; none until then.
    pub fn start_to_first_poll(&self) -> Option<Duration> {
        self.api.first_poll.get().map(|polled| *polled - self.started)
    }

    /// When the process was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Sends the process a signal: `STOP` as Lambda freezes it, `CONT` as it thaws it.
    pub async fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().await;
        assert!(sent.expect("kill").success(), "{name}");
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.log);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    api.first_poll.get_or_init(Instant::now);
    let Some(event) = api.queue.lock().await.recv().await else { return Response::default() };
    let id = {
        let mut count = lock(&api.count);
        *count += 1;
        format!("00000000-0000-4000-8000-{:012}", *count)
    };
    let deadline = event.deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    lock(&api.waiting).insert(id.clone(), Waiting { began: Instant::now(), done: event.done });
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:function")
        .body(Body::from(event.body))
        .unwrap_or_default()
}

async fn answered(
    State(api): State<Arc<Api>>,
    Path((id, kind)): Path<(String, String)>,
    _: HeaderMap,
    body: Body,
) -> StatusCode {
    let mut frames = http_body_util::BodyStream::new(body);
    let (mut parts, mut whole) = (Vec::new(), kind == "response");
    while let Some(frame) = frames.next().await {
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => parts.push((Instant::now(), data)),
            // Trailers report an error.
            Ok(Err(_)) | Err(_) => whole = false,
        }
    }
    if let Some(Waiting { began, done }) = lock(&api.waiting).remove(&id) {
        let _ = done.send(Reply { began, parts, whole });
    }
    StatusCode::ACCEPTED
}
