//! The matrix of faults: the built binary and the real SDK client against everything that can go wrong, in both forms.
//!
//! For each case: exactly one terminal event or a true status, the code of the table, the partial text kept, nothing
//! retried after content, reported before the deadline, and the next two invocations clean.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use local::stand_in::StandIn;
use local::stand_in::scenario::Scenario;
use serde_json::Value;
use tests::answer::Answer;
use tests::executor::Executor;
use tests::in_process::{MODEL, post, says};
use tests::lambda::Lambda;

mod bytes;
mod exceptions;
mod faults;

/// Stages that play cases side by side.
const STAGES: usize = 6;

/// One invocation that meets a fault, and what must come of it.
struct Case {
    name: String,
    /// What the model's requests meet, one after the other.
    scenarios: Vec<Scenario>,
    /// What every later one meets.
    then: Option<Scenario>,
    asks: &'static str,
    streamed: bool,
    left: Duration,
    expect: Expect,
    /// The exception that an error names.
    exception: Option<&'static str>,
    /// Whether two clean invocations follow.
    clean: bool,
}

/// What must come of a case.
#[derive(Clone)]
struct Expect {
    status: u16,
    /// The error's code; none: the turn is done.
    code: Option<&'static str>,
    retryable: bool,
    /// The text the caller has seen; of a whole answer, nothing is seen before its end.
    said: Option<String>,
    /// Requests that reached the model.
    requests: RangeInclusive<usize>,
    /// Tools that were run.
    tools: usize,
    /// Turns that the caller can go on from, if it failed.
    new_messages: usize,
}

const HELLO: &str = "hi";
const ORDER: &str = "Where is order 1001?";
/// What the stand-in says to `HELLO` in its first three pieces.
const THREE_PIECES: &str = "Hello! I am";

impl Expect {
    fn done(requests: usize) -> Self {
        let requests = requests..=requests;
        Self { status: 200, code: None, retryable: false, said: None, requests, tools: 0, new_messages: 0 }
    }

    fn error(status: u16, code: &'static str, requests: RangeInclusive<usize>) -> Self {
        let retryable = !matches!(code, "model-access-denied" | "model-unavailable" | "rejected-by-model");
        Self { status, code: Some(code), retryable, said: None, requests, tools: 0, new_messages: 0 }
    }

    fn said(self, text: &str) -> Self {
        Self { said: Some(text.to_owned()), ..self }
    }
}

impl Case {
    fn new(name: impl Into<String>, streamed: bool, expect: Expect) -> Self {
        Self {
            name: format!("{} ({})", name.into(), if streamed { "SSE" } else { "JSON" }),
            scenarios: Vec::new(),
            then: None,
            asks: HELLO,
            streamed,
            left: Duration::from_secs(60),
            expect,
            exception: None,
            clean: true,
        }
    }

    fn once(self, scenario: Scenario) -> Self {
        Self { scenarios: vec![scenario], ..self }
    }

    fn lasting(self, scenario: Scenario) -> Self {
        Self { then: Some(scenario), ..self }
    }
}

/// A function, its model and its tools.
struct Stage {
    stand_in: StandIn,
    executor: Executor,
    lambda: Lambda,
    /// Invocations and requests so far, to hold against the log.
    invocations: usize,
    requests: usize,
}

fn event(asks: &str, streamed: bool) -> Value {
    post(&says(asks).to_string(), if streamed { "text/event-stream" } else { "application/json" })
}

impl Stage {
    async fn set() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let stand_in = StandIn::start(any, Duration::ZERO).await.unwrap();
        let executor = Executor::start(&[]).await;
        let lambda = Lambda::start(
            "chat",
            &[
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &stand_in.url()),
                ("AWS_ENDPOINT_URL_LAMBDA", &executor.url()),
                ("TOOL_EXECUTOR_FUNCTION", "tool-executor"),
                ("CHAT_MODEL_ID", MODEL),
            ],
        )
        .await;
        Self { stand_in, executor, lambda, invocations: 0, requests: 0 }
    }

    async fn play(&mut self, case: &Case) {
        let tools_before = self.executor.events().len();
        case.scenarios.iter().cloned().for_each(|scenario| self.stand_in.next(scenario));
        self.stand_in.always(case.then.clone());
        let began = Instant::now();
        let answer = self.ask(&event(case.asks, case.streamed), case.left).await;
        let (took, requests) = (began.elapsed(), self.stand_in.count() - self.requests);
        let name = &case.name;
        assert!(took < case.left, "{name}: told after {took:?} of {:?}", case.left);
        assert!(case.expect.requests.contains(&requests), "{name}: {requests} requests; {}", answer.text());
        assert_eq!(self.executor.events().len() - tools_before, case.expect.tools, "{name}: tools that ran");
        check(case, &answer, requests);
        self.requests += requests;
        self.stand_in.always(None);
        assert_eq!(self.stand_in.queued(), 0, "{name}: scenarios that nothing met");
        for streamed in [true, false].into_iter().filter(|_| case.clean) {
            let answer = self.ask(&event(HELLO, streamed), case.left).await;
            let stop_reason = if streamed { answer.end().1 } else { answer.json() }["stopReason"].clone();
            assert_eq!((answer.status, stop_reason), (200, "end_turn".into()), "after {name}");
            self.requests += 1;
        }
        assert_eq!(self.stand_in.count(), self.requests, "after {name}: each clean invocation asks once");
    }

    async fn ask(&mut self, event: &Value, left: Duration) -> Answer {
        self.invocations += 1;
        self.lambda.http(event, left).await.unwrap()
    }

    /// The log agrees with what was seen from outside: a line an invocation, and every request an attempt.
    fn strike(self) {
        let log = self.lambda.log();
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let requests = |line: &&Value| line["message"] == "request";
        let attempts: u64 = lines.iter().filter(requests).map(|line| line["attempts"].as_u64().unwrap()).sum();
        assert_eq!(lines.iter().filter(requests).count(), self.invocations);
        assert_eq!(attempts as usize, self.requests);
    }
}

/// The end of an answer: the data of `done` or of `error`, a problem document, or a whole answer.
fn check(case: &Case, answer: &Answer, requests: usize) {
    let (name, expect) = (&case.name, &case.expect);
    assert_eq!(answer.status, expect.status, "{name}: {}", answer.text());
    for (header, value) in [("cache-control", "no-store"), ("x-content-type-options", "nosniff")] {
        assert_eq!(answer.header(header), value, "{name}");
    }
    let in_stream = case.streamed && answer.status == 200;
    let end = if in_stream { answer.end() } else { (String::new(), answer.json()) };
    if in_stream {
        assert_eq!(end.0, if expect.code.is_some() { "error" } else { "done" }, "{name}: {}", answer.text());
        if let Some(said) = &expect.said {
            assert_eq!(&answer.said(), said, "{name}");
        }
    }
    let end = end.1;
    let Some(code) = expect.code else {
        assert_eq!(end["attempts"], requests, "{name}");
        assert_eq!(end["modelId"], MODEL, "{name}");
        return;
    };
    assert_eq!((&end["code"], &end["retryable"]), (&code.into(), &expect.retryable.into()), "{name}: {end}");
    let row = shared::error::Code::ALL.iter().map(|code| code.row()).find(|row| row.code == code).unwrap();
    assert_eq!((&end["status"], &end["type"]), (&row.status.into(), &format!("/problems/{code}").into()), "{name}");
    assert!(end["title"].is_string() && end["requestId"].is_string(), "{name}: {end}");
    assert!(!end["detail"].as_str().unwrap().contains("arn:"), "{name}: {end}");
    if let Some(exception) = case.exception {
        assert_eq!(end["bedrock"]["exception"], exception, "{name}");
        assert!(end["bedrock"]["requestId"].is_string(), "{name}: {end}");
    }
    assert_eq!(end["newMessages"].as_array().map_or(0, Vec::len), expect.new_messages, "{name}: {end}");
    if !in_stream {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{name}");
        assert_eq!(answer.header("retry-after").is_empty(), !matches!(row.status, 429 | 503), "{name}");
    }
}

async fn play(title: &str, mut cases: Vec<Case>) {
    // What lasts empties the bucket that retries are paid from.
    cases.sort_by_key(|case| case.then.is_some());
    let (size, began) = (cases.len(), Instant::now());
    let queue = std::sync::Mutex::new(cases.into_iter());
    let stages = stream::iter(0..STAGES).map(|_| async {
        let mut stage = Stage::set().await;
        while let Some(case) = { queue.lock().unwrap().next() } {
            stage.play(&case).await;
        }
        stage.strike();
    });
    stages.buffer_unordered(STAGES).collect::<Vec<()>>().await;
    // Past the harness, which keeps what a test that passed has printed.
    let _ = writeln!(std::io::stderr(), "matrix: {size} cases of {title} in {:.1} s", began.elapsed().as_secs_f32());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exception_in_every_place() {
    play("exceptions", exceptions::cases()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_fault() {
    play("other faults", faults::cases()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_cut_at_every_byte() {
    play("answers cut at every byte", bytes::cases()).await;
}
