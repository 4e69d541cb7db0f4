//! `make soak`: many requests with a random mix of faults against the built binary. Prints what it counted, and fails
//! if a terminal event is lost or doubled, memory grows, or the two sides of the wire do not agree.
//!
//! `REQUESTS` (10000) and `SEED` (1) change the run; the same seed is the same mix.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for a person, which ends where it cannot go on"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fastrand::Rng;
use local::stand_in::StandIn;
use local::stand_in::scenario::Scenario;
use serde_json::Value;
use tests::answer::Answer;
use tests::executor::Executor;
use tests::in_process::{MODEL, post, says};
use tests::lambda::Lambda;

/// Functions that run side by side, each in a process of its own.
const PROCESSES: usize = 8;
/// A function whose model is silent ends in time.
const SHORT: Duration = Duration::from_millis(1500);
const LONG: Duration = Duration::from_secs(60);
/// Memory may grow by so much after the first quarter: allocators keep some of what they had.
const GROWTH_BYTES: usize = 2 * 1024 * 1024;

const EXCEPTIONS: [&str; 9] = [
    "ThrottlingException",
    "ServiceUnavailableException",
    "InternalServerException",
    "ModelErrorException",
    "ModelTimeoutException",
    "ModelNotReadyException",
    "AccessDeniedException",
    "ValidationException",
    "ExceptionOfNextYear",
];

/// What was counted.
#[derive(Debug, Default)]
struct Counts {
    requests: usize,
    done: usize,
    errors: usize,
    statuses: usize,
    /// Answers without a terminal event, and with more than one.
    lost: usize,
    doubled: usize,
    /// Both sides of the wire.
    model_requests: usize,
    logged_attempts: usize,
    logged_requests: usize,
    tools_run: usize,
    /// Without those of calls that were not run, such as one that `max_tokens` cut.
    results_seen: usize,
    streams_open: usize,
    /// A process after the first quarter of its requests and at the end, the most of all.
    memory_before: usize,
    memory_after: usize,
}

/// What a request meets, and how long its invocation may take.
fn fault(random: &mut Rng) -> (Option<String>, Duration) {
    let at = random.usize(0..12);
    let exception = EXCEPTIONS[random.usize(0..EXCEPTIONS.len())];
    let text = match random.u32(0..100) {
        0..45 => return (None, LONG),
        45..60 => format!("exception:{exception}"),
        60..72 => format!("exception:{exception}:{at}"),
        72..82 => format!("cut:{}", random.usize(0..6000)),
        82..86 => format!("end:{at}"),
        86..89 => format!("bad-crc:{at}"),
        89..91 => format!("bad-length:{at}"),
        91..93 => format!("error-frame:{at}"),
        93..95 => format!("unknown-delta:{at}"),
        95 => "no-metadata".to_owned(),
        96 => "stop:max-tokens".to_owned(),
        97 => return (Some("slow-head:60000".to_owned()), SHORT),
        _ => return (Some(format!("stall:{at}")), SHORT),
    };
    (Some(text), LONG)
}

async fn soak(requests: usize, seed: u64) -> Counts {
    let mut random = Rng::with_seed(seed);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let stand_in = StandIn::start(any, Duration::ZERO).await.expect("a free port");
    let executor = Executor::start(&[]).await;
    let environment = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &stand_in.url()),
        ("AWS_ENDPOINT_URL_LAMBDA", &executor.url()),
        ("TOOL_EXECUTOR_FUNCTION", "tool-executor"),
        ("CHAT_MODEL_ID", MODEL),
    ];
    let mut lambda = Lambda::start("chat", &environment).await;
    let mut counts = Counts { requests, ..Counts::default() };
    for at in 0..requests {
        if at == requests / 4 {
            counts.memory_before = lambda.memory();
        }
        let (fault, left) = fault(&mut random);
        let (tool, streamed, lasting) = (random.u32(0..3) == 0, random.u32(0..3) > 0, random.u32(0..4) == 0);
        let scenario = fault.map(|text| Scenario::parse(&text).expect("a scenario"));
        // With a tool, half of the faults wait for the second round.
        if tool && scenario.is_some() && random.bool() {
            stand_in.next(Scenario::Fine);
        }
        match scenario {
            Some(scenario) if lasting => stand_in.always(Some(scenario)),
            Some(scenario) => stand_in.next(scenario),
            None => {}
        }
        let asks = if tool { "Where is order 1001?" } else { "hi" };
        let event = post(&says(asks).to_string(), if streamed { "text/event-stream" } else { "application/json" });
        let answer = lambda.http(&event, left).await.expect("an HTTP answer");
        counts.add(&answer);
        stand_in.always(None);
        stand_in.forget();
    }
    counts.memory_after = lambda.memory();
    counts.model_requests = stand_in.count();
    counts.tools_run = executor.events().len();
    tokio::time::sleep(Duration::from_millis(200)).await;
    counts.streams_open = stand_in.open_streams();
    for line in lambda.log().lines() {
        let line: Value = serde_json::from_str(line).expect("a line of the log in JSON");
        if line["message"] == "request" {
            counts.logged_requests += 1;
            counts.logged_attempts += line["attempts"].as_u64().expect("attempts") as usize;
        }
    }
    counts
}

impl Counts {
    fn add(&mut self, answer: &Answer) {
        if answer.header("content-type") != "text/event-stream; charset=utf-8" {
            let json = answer.json();
            let turns = json["newMessages"].as_array().cloned().unwrap_or_default();
            let status = |turn: &&Value| turn.pointer("/content/0/toolResult/status") == Some(&"success".into());
            self.results_seen += turns.iter().filter(status).count();
            match answer.status {
                200 => self.done += 1,
                _ => self.statuses += 1,
            }
            return;
        }
        let events = answer.events();
        let count = |wanted: &str| events.iter().filter(|(name, _)| name == wanted).count();
        self.results_seen +=
            events.iter().filter(|(name, data)| name == "toolResult" && data["status"] == "success").count();
        match (count("done"), count("error"), events.last().map(|(name, _)| name.as_str())) {
            (1, 0, Some("done")) => self.done += 1,
            (0, 1, Some("error")) => self.errors += 1,
            (0, 0, _) => self.lost += 1,
            _ => self.doubled += 1,
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        for (mine, theirs) in [
            (&mut self.requests, other.requests),
            (&mut self.done, other.done),
            (&mut self.errors, other.errors),
            (&mut self.statuses, other.statuses),
            (&mut self.lost, other.lost),
            (&mut self.doubled, other.doubled),
            (&mut self.model_requests, other.model_requests),
            (&mut self.logged_attempts, other.logged_attempts),
            (&mut self.logged_requests, other.logged_requests),
            (&mut self.tools_run, other.tools_run),
            (&mut self.results_seen, other.results_seen),
            (&mut self.streams_open, other.streams_open),
        ] {
            *mine += theirs;
        }
        self.memory_before = self.memory_before.max(other.memory_before);
        self.memory_after = self.memory_after.max(other.memory_after);
        self
    }

    fn holds(&self) -> bool {
        self.lost + self.doubled + self.streams_open == 0
            && self.done + self.errors + self.statuses == self.requests
            && self.logged_requests == self.requests
            && self.logged_attempts == self.model_requests
            && self.results_seen == self.tools_run
            && self.memory_after <= self.memory_before + GROWTH_BYTES
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
    };
    let (requests, seed, began) = (number("REQUESTS", 10_000) as usize, number("SEED", 1), Instant::now());
    let share = |process: usize| requests / PROCESSES + usize::from(process < requests % PROCESSES);
    let soaks: Vec<_> = (0..PROCESSES).map(|n| tokio::spawn(soak(share(n), seed + n as u64))).collect();
    let mut all = Counts::default();
    for soak in soaks {
        let counts = soak.await.expect("a process that lasted");
        all = all.plus(&counts);
    }
    let mib = |bytes: usize| bytes as f64 / 1024.0 / 1024.0;
    println!("{} requests, seed {seed}, {PROCESSES} processes, {:.0} s", all.requests, began.elapsed().as_secs_f32());
    println!("ended: {} done, {} errors inside a stream, {} statuses", all.done, all.errors, all.statuses);
    println!("terminal events: {} lost, {} doubled; logged requests: {}", all.lost, all.doubled, all.logged_requests);
    println!("requests at the model: {}; attempts in the log: {}", all.model_requests, all.logged_attempts);
    println!(
        "tools run: {}; results seen: {}; streams left open: {}",
        all.tools_run, all.results_seen, all.streams_open
    );
    println!(
        "memory of a process: {:.1} MiB after a quarter, {:.1} MiB at the end",
        mib(all.memory_before),
        mib(all.memory_after)
    );
    if all.holds() {
        ExitCode::SUCCESS
    } else {
        println!("FAILED");
        ExitCode::FAILURE
    }
}
