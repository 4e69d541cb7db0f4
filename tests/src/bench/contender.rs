//! Who is measured, and one invocation of each.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::Command;

use super::upstream::{Upstream, token};
use crate::in_process::says;
use crate::lambda::{Lambda, Reply};
use crate::tools::{binary, on_path, root};

/// A function that somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// `lambda_runtime` and nothing else.
    Hello,
    /// `lambda_http` and the SDK as it comes.
    Plain,
    /// The same with `TCP_NODELAY`.
    PlainNodelay,
    /// Node with AWS's runtime client and SDK.
    Node,
    /// Python with AWS's runtime client and boto3.
    Python,
    /// An older build of `chat`, whose path is in `BEFORE`.
    Before,
    /// This project's `chat`.
    Ours,
}

/// What each invocation sends, but those that send something larger.
pub const QUESTION: &str = "Where is order 1001?";

const LEFT: Duration = Duration::from_secs(60);

impl Contender {
    /// `peers`, then the older build of `chat`, if there is one, then `chat`.
    pub fn with_chat(peers: &[Self]) -> Vec<Self> {
        let before = before().map(|_| Self::Before);
        peers.iter().copied().chain(before).chain([Self::Ours]).collect()
    }

    /// Its name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Plain => "plain Rust",
            Self::PlainNodelay => "plain Rust, TCP_NODELAY",
            Self::Node => "Node",
            Self::Python => "Python",
            Self::Before => "chat before",
            Self::Ours => "chat",
        }
    }

    fn command(self) -> Command {
        let peers = root().join("bench/target/release");
        match self {
            Self::Hello => Command::new(peers.join("hello")),
            Self::Plain | Self::PlainNodelay => Command::new(peers.join("plain")),
            Self::Node => {
                let folder = root().join("bench/peers/node");
                let mut command = Command::new(on_path("node").expect("Node"));
                command
                    .arg(folder.join("node_modules/aws-lambda-ric/index.mjs"))
                    .arg("index.handler")
                    .current_dir(folder);
                command
            }
            Self::Python => {
                let mut command = Command::new(root().join("bench/peers/python/.venv/bin/python3"));
                command.args(["-m", "awslambdaric", "app.handler"]).current_dir(root().join("bench/peers/python"));
                command
            }
            Self::Before => Command::new(before().expect("BEFORE")),
            Self::Ours => Command::new(binary("chat")),
        }
    }

    /// The program that it is, or that runs it.
    pub fn program(self) -> OsString {
        self.command().as_std().get_program().to_owned()
    }

    /// Starts it over `upstream`.
    pub async fn start(self, upstream: &Upstream, more: &[(&str, &str)]) -> Lambda {
        self.start_under(&[], upstream, more).await
    }

    /// Starts it over `upstream`, as what `wrapper` runs.
    pub async fn start_under(self, wrapper: &[&str], upstream: &Upstream, more: &[(&str, &str)]) -> Lambda {
        let url = upstream.url();
        let mut environment = vec![
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url.as_str()),
            ("AWS_ENDPOINT_URL_LAMBDA", url.as_str()),
            ("CHAT_MODEL_ID", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ("TOOL_EXECUTOR_FUNCTION", "tool-executor"),
            ("LAMBDA_TASK_ROOT", "."),
            ("_HANDLER", "index.handler"),
            ("HOME", "/nonexistent"),
        ];
        if self == Self::PlainNodelay {
            environment.push(("NODELAY", "1"));
        }
        environment.extend(more.iter().copied());
        let command = self.command();
        let command = match wrapper {
            [] => command,
            [program, args @ ..] => {
                let mut wrapped = Command::new(program);
                wrapped.args(args).arg(command.as_std().get_program()).args(command.as_std().get_args());
                wrapped
            }
        };
        Lambda::of(command, &environment).await
    }
}

fn before() -> Option<OsString> {
    std::env::var_os("BEFORE").filter(|path| !path.is_empty())
}

/// One invocation, as a caller meets it.
#[derive(Debug)]
pub struct Measured {
    /// From the event's hand-over to the first byte of the body.
    pub first_byte: Duration,
    /// To the last one.
    pub whole: Duration,
    reply: Reply,
}

/// A sample event, whole as API Gateway sends it, with a question of its own.
pub fn event(question: &str) -> Value {
    let sample = std::fs::read(root().join("events/chat.rest-sse.json")).expect("a sample event");
    let mut event: Value = serde_json::from_slice(&sample).expect("an event in JSON");
    event["body"] = says(question).to_string().into();
    event
}

/// When the first byte of the body came: a prelude and eight NULs stand before it if the answer is streamed.
fn first_byte(reply: &Reply) -> Instant {
    let prelude = reply.bytes().windows(8).position(|window| window == [0; 8]).map_or(0, |nul| nul + 8);
    let mut seen = 0;
    let with_body = reply.parts.iter().find(|(_, part)| {
        seen += part.len();
        seen > prelude
    });
    with_body.expect("a body").0
}

impl Measured {
    /// Invokes and holds the answer to `tokens` tokens.
    pub async fn invoke(lambda: &mut Lambda, tokens: usize) -> Self {
        Self::ask(lambda, QUESTION, tokens).await
    }

    /// The same with a question.
    pub async fn ask(lambda: &mut Lambda, question: &str, tokens: usize) -> Self {
        let reply = lambda.invoke(&event(question).to_string(), LEFT).await;
        let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
        assert!(tokens == 0 || text.contains(&token(tokens - 1)), "{text}\n{}", lambda.log());
        let (last, _) = reply.parts.last().expect("an answer");
        let (first_byte, whole) = (first_byte(&reply) - reply.began, *last - reply.began);
        Self { first_byte, whole, reply }
    }

    /// When the first byte of the body came.
    pub fn first_byte_at(&self) -> Instant {
        first_byte(&self.reply)
    }

    /// From each token's departure upstream to its arrival.
    pub fn delays(&self, sent: &[Instant]) -> Vec<Duration> {
        let mut next = 0;
        let mut delays = Vec::with_capacity(sent.len());
        for (at, part) in &self.reply.parts {
            let text = String::from_utf8_lossy(part);
            while let Some(sent) = sent.get(next)
                && text.contains(&token(next))
            {
                delays.push(at.saturating_duration_since(*sent));
                next += 1;
            }
        }
        assert_eq!(delays.len(), sent.len(), "every token arrived in order, each in one part");
        delays
    }
}
