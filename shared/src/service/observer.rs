//! One observer sees a request from its begin to its end, and writes its log line. Never content.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use tracing::Level;

use super::telemetry::REQUEST;
use crate::engine::tool_loop::turn::TurnSummary;
use crate::error::{AppError, Code};
use crate::limits::CAUSE_CHARS;
use crate::model::id::ModelId;

/// What a request came to, written when it is dropped: also if the caller is gone before its end.
#[derive(Debug)]
pub struct Observer {
    request_id: String,
    began: Instant,
    model_id: Option<String>,
    outcome: Option<Outcome>,
    bedrock_request_id: Option<String>,
    rounds: Option<u32>,
    attempts: Option<u32>,
    retried: String,
    adapted: String,
    usage: Usage,
    time_to_first_token: Option<Duration>,
    inputs: Option<usize>,
    calls: Option<u32>,
    tool: Option<String>,
}

#[derive(Debug)]
enum Outcome {
    Done(Option<String>),
    ToolFailed,
    Failed { code: &'static str, level: Level, cause: String },
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_write_input_tokens: Option<u64>,
}

impl Observer {
    /// The request `request_id`, as Lambda calls it, begins.
    pub fn begin(request_id: &str, now: Instant) -> Self {
        Self {
            request_id: request_id.to_owned(),
            began: now,
            model_id: None,
            outcome: None,
            bedrock_request_id: None,
            rounds: None,
            attempts: None,
            retried: String::new(),
            adapted: String::new(),
            usage: Usage::default(),
            time_to_first_token: None,
            inputs: None,
            calls: None,
            tool: None,
        }
    }

    /// Lambda's id of the request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// It calls `model_id`.
    pub fn model(&mut self, model_id: &ModelId) {
        self.model_id = Some(model_id.to_string());
    }

    /// The rounds and attempts of a turn that has not called a model yet.
    pub fn turn_begins(&mut self) {
        (self.rounds, self.attempts) = (Some(0), Some(0));
    }

    /// What is known of a turn, however it ends.
    pub fn turn(&mut self, summary: &TurnSummary) {
        (self.rounds, self.attempts) = (Some(summary.rounds), Some(summary.attempts));
        self.retried = summary.retried.join("; ").chars().take(CAUSE_CHARS).collect();
        self.adapted = summary.adapted.join(", ");
        if let Some(model_id) = &summary.model_id {
            self.model(model_id);
        }
        self.bedrock_request_id.clone_from(&summary.bedrock_request_id);
        let usage = summary.usage.as_ref();
        self.usage = usage.and_then(|usage| serde_json::from_str(usage.as_str()).ok()).unwrap_or_default();
        self.time_to_first_token = summary.time_to_first_token;
    }

    /// What is known of an embedding: its texts, and the calls and attempts that they took.
    pub fn embedding(&mut self, inputs: usize, calls: Option<u32>, attempts: u32, input_tokens: Option<u64>) {
        (self.inputs, self.calls, self.attempts) = (Some(inputs), calls, Some(attempts));
        self.usage.input_tokens = input_tokens;
    }

    /// It runs the tool `name`, which the model may have made up.
    pub fn tool(&mut self, name: &str) {
        self.tool = Some(name.chars().take(64).collect());
    }

    /// It ended well; a turn with this `stopReason`.
    pub fn done(&mut self, stop_reason: &str) {
        self.outcome = Some(Outcome::Done(Some(stop_reason.to_owned())));
    }

    /// It ended well.
    pub fn answered(&mut self) {
        self.outcome = Some(Outcome::Done(None));
    }

    /// The tool did not do what it was called for, and said so.
    pub fn tool_failed(&mut self) {
        self.outcome = Some(Outcome::ToolFailed);
    }

    /// It failed.
    pub fn failed(&mut self, error: &AppError) {
        let row = error.code().row();
        let cause = error.causes().chars().take(CAUSE_CHARS).collect();
        self.outcome = Some(Outcome::Failed { code: row.code, level: row.level, cause });
        if self.bedrock_request_id.is_none() {
            self.bedrock_request_id = error.bedrock_request_id().map(str::to_owned);
        }
    }

    fn write(&self) {
        let (level, stop_reason, code, cause) = match &self.outcome {
            Some(Outcome::Done(stop_reason)) => (Level::INFO, stop_reason.as_deref(), None, None),
            Some(Outcome::ToolFailed) => (Level::INFO, None, None, None),
            Some(Outcome::Failed { code, level, cause }) => {
                (*level, None, Some(*code), Some(cause.as_str()).filter(|cause| !cause.is_empty()))
            }
            None => (Level::WARN, None, Some("abandoned"), None),
        };
        let status = self.tool.is_some().then_some(match &self.outcome {
            Some(Outcome::Done(_)) => "success",
            _ => "error",
        });
        macro_rules! line {
            ($level:ident) => {
                tracing::event!(
                    target: REQUEST,
                    Level::$level,
                    request_id = self.request_id.as_str(),
                    bedrock_request_id = self.bedrock_request_id.as_deref(),
                    model_id = self.model_id.as_deref(),
                    stop_reason,
                    code,
                    cause,
                    rounds = self.rounds,
                    attempts = self.attempts,
                    retried = Some(self.retried.as_str()).filter(|retried| !retried.is_empty()),
                    adapted = Some(self.adapted.as_str()).filter(|adapted| !adapted.is_empty()),
                    inputs = self.inputs,
                    calls = self.calls,
                    tool = self.tool.as_deref(),
                    status,
                    input_tokens = self.usage.input_tokens,
                    output_tokens = self.usage.output_tokens,
                    total_tokens = self.usage.total_tokens,
                    cache_read_input_tokens = self.usage.cache_read_input_tokens,
                    cache_write_input_tokens = self.usage.cache_write_input_tokens,
                    time_to_first_token_ms = self.time_to_first_token.map(|first| first.as_millis() as u64),
                    duration_ms = self.began.elapsed().as_millis() as u64,
                    "request"
                )
            };
        }
        match level {
            Level::ERROR => line!(ERROR),
            Level::WARN => line!(WARN),
            Level::INFO | Level::DEBUG | Level::TRACE => line!(INFO),
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failed(&AppError::new(Code::Internal, "a panic"));
        }
        self.write();
    }
}
