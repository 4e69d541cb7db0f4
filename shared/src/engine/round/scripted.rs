//! A scripted model, for tests on a paused clock. The wire is tested in the workspace's `tests`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{Question, RoundEvent};
use crate::converse::response::Reply;
use crate::converse::stream_event::Event;
use crate::engine::converse_api::{Answered, Converse, Opened};
use crate::error::{BedrockError, Call, Exception, Failure, GuardrailOwner};
use crate::model::id::ModelId;

/// What the model does next, and how many seconds it waits before.
#[derive(Clone)]
pub(super) enum Does {
    Says(&'static str, &'static str),
    Fails(Failure),
    Asks(Failure, u64),
    Panics,
}

pub(super) const START: Does = Does::Says("messageStart", r#"{"role":"assistant"}"#);
pub(super) const TEXT: Does = Does::Says("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"hi"}}"#);
pub(super) const STOP: Does = Does::Says("messageStop", r#"{"stopReason":"end_turn"}"#);
pub(super) const METADATA: Does = Does::Says("metadata", r#"{"metrics":{"latencyMs":5},"usage":{"inputTokens":1}}"#);

pub(super) fn fails(exception: Exception) -> Does {
    Does::Fails(Failure::Exception { exception, status: None, message: None })
}

/// A call's script: seconds to its head, then what follows it. A failure in the place of the head refuses the call.
pub(super) type Script = (u64, Vec<(u64, Does)>);

/// Each call takes the next script; the last one is every later call's too.
#[derive(Clone)]
pub(super) struct Scripted {
    scripts: Arc<Mutex<VecDeque<Script>>>,
    /// The models that were asked.
    pub(super) asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(super) fn new(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self { scripts: Arc::new(Mutex::new(scripts.into_iter().collect())), asked: Arc::default() }
    }

    fn next(&self, model_id: &ModelId) -> Script {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(model_id.to_string());
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        if scripts.len() > 1 { scripts.pop_front() } else { scripts.front().cloned() }.unwrap()
    }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

impl Does {
    fn act(self, call: &Call) -> Result<Event, BedrockError> {
        match self {
            Self::Says(name, payload) => Ok(Event::new(name, payload.as_bytes()).unwrap()),
            Self::Fails(failure) => Err(BedrockError::new(failure, call.clone())),
            Self::Asks(failure, wait) => Err(BedrockError::new(failure, call.clone()).retry_after(Some(seconds(wait)))),
            Self::Panics => panic!("a bug"),
        }
    }
}

impl Converse for Scripted {
    async fn converse_stream(&self, model_id: ModelId, _: Bytes) -> Result<Opened, BedrockError> {
        let (head, script) = self.next(&model_id);
        tokio::time::sleep(seconds(head)).await;
        let call = Call { operation: "ConverseStream", model_id, request_id: Some("r".into()) };
        if let [(0, refused @ (Does::Fails(_) | Does::Asks(..)))] = script.as_slice() {
            refused.clone().act(&call)?;
        }
        let events = stream::iter(script).then(move |(wait, does)| {
            let call = call.clone();
            async move {
                tokio::time::sleep(seconds(wait)).await;
                does.act(&call)
            }
        });
        Ok(Opened { request_id: Some("r".into()), events: Box::pin(events) })
    }

    async fn converse(&self, model_id: ModelId, _: Bytes) -> Result<Answered, BedrockError> {
        let (head, script) = self.next(&model_id);
        tokio::time::sleep(seconds(head)).await;
        let call = Call { operation: "Converse", model_id, request_id: None };
        for (_, does) in script {
            does.act(&call)?;
        }
        let body = r#"{"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"stopReason":"end_turn"}"#;
        Ok(Answered { request_id: None, reply: Reply::read(body.into()).unwrap() })
    }
}

pub(super) fn question(fallbacks: &[&str], streamed: bool) -> Question {
    Question {
        model_id: ModelId::for_tests(),
        fallbacks: fallbacks.iter().map(|id| ModelId::parse(id).unwrap()).collect(),
        body: Bytes::new(),
        guardrail: GuardrailOwner::Caller,
        streamed,
        status_open: streamed,
    }
}

/// An event as a line: an event's name, how it ended, or the error's code.
pub(super) fn line(event: &RoundEvent) -> String {
    match event {
        RoundEvent::Model(event) => event.kind.name().to_owned(),
        RoundEvent::Done(done) => format!("done {} usage={}", done.stop_reason.name(), done.usage.is_some()),
        RoundEvent::Failed(failed) => failed.error.code().row().code.to_owned(),
    }
}
