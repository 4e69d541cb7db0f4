//! `POST /embed`: one vector a text, in the order of the texts, all or nothing.
//!
//! The way of a request: [`shared::service::http_event`] → [`request`] (checked, to texts and a plan) →
//! [`shared::engine::embed`] (batches side by side) → [`respond`].

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;
use shared::engine::deadline::Deadline;
use shared::engine::embed::{self as batch, EmbedFailed, Embedded};
use shared::engine::invoke_api::Invoke;
use shared::engine::retry::RetryTokens;
use shared::error::{AppError, Code};
use shared::limits::CAUSE_CHARS;
use shared::service::http_event::HttpRequest;
use tokio::time::Instant;
use tracing::Level;

use crate::respond::Response;
use crate::settings::Settings;

pub mod request;
pub mod respond;
pub mod settings;

/// The function, with what it needs.
#[derive(Debug)]
pub struct App<I> {
    invoke: I,
    settings: Settings,
    tokens: RetryTokens,
}

/// Builds the function over a model.
pub fn app<I: Invoke>(invoke: I, settings: Settings) -> App<I> {
    App { invoke, settings, tokens: RetryTokens::default() }
}

impl<I: Invoke> App<I> {
    /// Answers one invocation; `None` acknowledges an event that is no HTTP request.
    ///
    /// # Errors
    /// None: whatever fails is an HTTP response.
    pub async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Option<Response>, Infallible> {
        let LambdaEvent { payload, context } = event;
        let Some(http) = HttpRequest::read(&payload) else {
            tracing::debug!(request_id = context.request_id, "an event that is no HTTP request was acknowledged");
            return Ok(None);
        };
        let now = Instant::now();
        let now_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
        let deadline = Deadline::of_invocation(context.deadline, now_unix_ms, now);
        let respond = AssertUnwindSafe(self.respond(&http, deadline, &context.request_id)).catch_unwind();
        let response = respond.await.unwrap_or_else(|_| {
            let error = AppError::new(Code::Internal, "The request could not be processed.");
            respond::refused(&error, &context.request_id)
        });
        Ok(Some(response.for_payload_2(http.is_payload_2)))
    }

    async fn respond(&self, http: &HttpRequest<'_>, deadline: Deadline, request_id: &str) -> Response {
        let began = Instant::now();
        let request = match request::read(http, &self.settings) {
            Ok(request) => request,
            Err(error) => {
                failed(request_id, &error, 0, 0, began);
                return respond::refused(&error, request_id);
            }
        };
        let Settings { model_id, concurrency, .. } = &self.settings;
        let (plan, texts) = (&request.plan, &request.texts);
        match batch::embed(&self.invoke, model_id, plan, texts, *concurrency, &self.tokens, deadline).await {
            Ok(embedded) => {
                done(request_id, &embedded, model_id.as_str(), began);
                respond::answer(model_id, request.plan, embedded)
            }
            Err(EmbedFailed { error, inputs, attempts }) => {
                let place = match inputs.len() {
                    1 => format!("input[{}]", inputs.start),
                    _ => format!("input[{}..={}]", inputs.start, inputs.end.saturating_sub(1)),
                };
                let error = error.at(&place);
                failed(request_id, &error, texts.len(), attempts, began);
                respond::refused(&error, request_id)
            }
        }
    }
}

/// The log line of a request that was answered. Never a text or a vector.
fn done(request_id: &str, embedded: &Embedded, model_id: &str, began: Instant) {
    let Embedded { vectors, input_tokens, calls, attempts } = embedded;
    let (inputs, duration_ms) = (vectors.len(), began.elapsed().as_millis() as u64);
    tracing::info!(request_id, model_id, inputs, calls, attempts, input_tokens, duration_ms, "request");
}

/// The log line of a request that failed.
fn failed(request_id: &str, error: &AppError, inputs: usize, attempts: u32, began: Instant) {
    let row = error.code().row();
    let (code, duration_ms) = (row.code, began.elapsed().as_millis() as u64);
    let cause: String = error.causes().chars().take(CAUSE_CHARS).collect();
    let bedrock_request_id = error.bedrock_request_id();
    macro_rules! line {
        ($level:ident) => {
            tracing::event!(
                Level::$level,
                request_id,
                bedrock_request_id,
                code,
                cause,
                inputs,
                attempts,
                duration_ms,
                "request"
            )
        };
    }
    match row.level {
        Level::ERROR => line!(ERROR),
        Level::WARN => line!(WARN),
        Level::INFO | Level::DEBUG | Level::TRACE => line!(INFO),
    }
}
