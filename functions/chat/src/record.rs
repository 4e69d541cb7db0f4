//! The log line of a request: one, at its end. Never content.

use std::time::Duration;

use serde::Deserialize;
use shared::engine::tool_loop::protocol::Gained;
use shared::error::{AppError, Code};
use shared::limits::CAUSE_CHARS;
use shared::model::id::ModelId;
use tokio::time::Instant;
use tracing::Level;

/// What a request came to, written when it is dropped: also when the caller is gone before its end.
#[derive(Debug)]
pub struct Record {
    request_id: String,
    began: Instant,
    model_id: Option<String>,
    outcome: Option<Outcome>,
    rounds: u32,
    attempts: u32,
    retried: String,
    bedrock_request_id: Option<String>,
    usage: Usage,
    time_to_first_token: Option<Duration>,
}

#[derive(Debug)]
enum Outcome {
    Done { stop_reason: String },
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

impl Record {
    /// A request begins.
    pub fn begin(request_id: &str, now: Instant) -> Self {
        Self {
            request_id: request_id.to_owned(),
            began: now,
            model_id: None,
            outcome: None,
            rounds: 0,
            attempts: 0,
            retried: String::new(),
            bedrock_request_id: None,
            usage: Usage::default(),
            time_to_first_token: None,
        }
    }

    /// Lambda's id of the request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// It asks `model_id`.
    pub fn asks(&mut self, model_id: &ModelId) {
        self.model_id = Some(model_id.to_string());
    }

    /// The model that is asked; at the end, the one that spoke.
    pub fn model_id(&self) -> &str {
        self.model_id.as_deref().unwrap_or_default()
    }

    /// What is known of the turn, however it ends.
    pub fn gained(&mut self, gained: &Gained) {
        (self.rounds, self.attempts) = (gained.rounds, gained.attempts);
        self.retried = gained.retried.join("; ").chars().take(CAUSE_CHARS).collect();
        if let Some(model_id) = &gained.model_id {
            self.asks(model_id);
        }
        self.bedrock_request_id.clone_from(&gained.bedrock_request_id);
        let usage = gained.usage.as_deref();
        self.usage = usage.and_then(|usage| serde_json::from_str(usage.get()).ok()).unwrap_or_default();
        self.time_to_first_token = gained.time_to_first_token;
    }

    /// It ended well.
    pub fn done(&mut self, stop_reason: &str) {
        self.outcome = Some(Outcome::Done { stop_reason: stop_reason.to_owned() });
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
            Some(Outcome::Done { stop_reason }) => (Level::INFO, Some(stop_reason.as_str()), None, None),
            Some(Outcome::Failed { code, level, cause }) => {
                (*level, None, Some(*code), Some(cause.as_str()).filter(|cause| !cause.is_empty()))
            }
            None => (Level::WARN, None, Some("abandoned"), None),
        };
        macro_rules! line {
            ($level:ident) => {
                tracing::event!(
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

impl Drop for Record {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failed(&AppError::new(Code::Internal, "a panic"));
        }
        self.write();
    }
}
