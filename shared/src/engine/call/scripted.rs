//! A scripted model, for tests on a paused clock. The wire is tested in the workspace's `tests`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::CallFailure;
use super::converse::{Answer, ConverseOperation};
use crate::converse::response::ConverseResponse;
use crate::converse::stream_event::StreamEvent;
use crate::engine::converse_api::{Answered, ConverseApi, EventSource, Opened};
use crate::engine::deadline::Deadline;
use crate::engine::failover::{Failover, Plan};
use crate::engine::retry::RetryTokens;
use crate::error::{BedrockError, CallId, Exception, Failure};
use crate::model::Model;
use crate::model::id::ModelId;

/// What the model does next, and how many seconds it waits before.
#[derive(Clone)]
pub(crate) enum Does {
    Says(&'static str, &'static str),
    Fails(Failure),
    Asks(Failure, u64),
    Panics,
}

pub(crate) const START: Does = Does::Says("messageStart", r#"{"role":"assistant"}"#);
pub(crate) const TEXT: Does = Does::Says("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"hi"}}"#);
pub(crate) const STOP: Does = Does::Says("messageStop", r#"{"stopReason":"end_turn"}"#);
pub(crate) const METADATA: Does = Does::Says("metadata", r#"{"metrics":{"latencyMs":5},"usage":{"inputTokens":1}}"#);

pub(crate) fn fails(exception: Exception) -> Does {
    Does::Fails(Failure::Exception { exception, status: None, message: None })
}

/// A call's script: seconds to its head, then what follows it. A failure in the place of the head rejects the call.
pub(crate) type Script = (u64, Vec<(u64, Does)>);

/// Each call takes the next script; the last one is every later call's too.
#[derive(Clone)]
pub(crate) struct Scripted {
    scripts: Arc<Mutex<VecDeque<Script>>>,
    /// The models that were called.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) fn new(scripts: impl IntoIterator<Item = Script>) -> Self {
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
    fn act(self, call: &CallId) -> Result<StreamEvent, BedrockError> {
        match self {
            Self::Says(name, payload) => Ok(StreamEvent::parse(name, Bytes::from_static(payload.as_bytes())).unwrap()),
            Self::Fails(failure) => Err(BedrockError::new(failure, call.clone())),
            Self::Asks(failure, wait) => Err(BedrockError::new(failure, call.clone()).retry_after(Some(seconds(wait)))),
            Self::Panics => panic!("a bug"),
        }
    }
}

/// What follows a call's head.
pub(crate) struct Lines {
    call: CallId,
    script: VecDeque<(u64, Does)>,
}

impl EventSource for Lines {
    async fn next(&mut self) -> Option<Result<StreamEvent, BedrockError>> {
        let (wait, does) = self.script.pop_front()?;
        tokio::time::sleep(seconds(wait)).await;
        Some(does.act(&self.call))
    }
}

impl ConverseApi for Scripted {
    type Events = Lines;

    async fn converse_stream(&self, model_id: ModelId, _: Bytes) -> Result<Opened<Lines>, BedrockError> {
        let (head, script) = self.next(&model_id);
        tokio::time::sleep(seconds(head)).await;
        let call = CallId { operation: "ConverseStream", model_id, request_id: Some("r".into()) };
        if let [(0, refused @ (Does::Fails(_) | Does::Asks(..)))] = script.as_slice() {
            refused.clone().act(&call)?;
        }
        Ok(Opened { request_id: Some("r".into()), events: Lines { call, script: script.into() } })
    }

    async fn converse(&self, model_id: ModelId, _: Bytes) -> Result<Answered, BedrockError> {
        let (head, script) = self.next(&model_id);
        tokio::time::sleep(seconds(head)).await;
        let call = CallId { operation: "Converse", model_id, request_id: None };
        for (_, does) in script {
            does.act(&call)?;
        }
        let body = br#"{"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"stopReason":"end_turn"}"#;
        Ok(Answered { request_id: None, response: ConverseResponse::parse(body).unwrap() })
    }
}

/// A failover over a scripted model and its fallbacks.
pub(crate) fn failover(
    model: &Scripted,
    fallbacks: &[&str],
    streamed: bool,
    tokens: &RetryTokens,
    deadline: Deadline,
) -> Failover<ConverseOperation<Scripted>> {
    let operation = ConverseOperation::new(model.clone(), Arc::default(), Arc::default(), streamed, deadline);
    let fallbacks = fallbacks.iter().map(|id| Model::new(ModelId::parse(id).unwrap())).collect();
    let model = Model::new(ModelId::for_tests());
    Failover::new(operation, Plan { model, fallbacks, tokens: tokens.clone(), deadline, status_open: streamed })
}

/// The name of an event, how an answer ended, or an error's code.
pub(crate) fn answered(answer: &Answer) -> String {
    format!("done {} usage={}", answer.stop_reason.name(), answer.usage.is_some())
}

/// The same of a failure.
pub(crate) fn failed(failure: &CallFailure) -> String {
    failure.error.code().row().code.to_owned()
}
