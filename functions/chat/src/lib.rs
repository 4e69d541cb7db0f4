//! `POST /chat`: Bedrock's Converse behind an API, streamed or whole.
//!
//! The way of a request: [`shared::service::http_event`] (the Lambda event) → [`request`] (checked, to a turn) →
//! [`shared::engine::tool_loop`] (model and tools, bounded) → [`respond`] (SSE or JSON) → the runtime. [`record`] writes the log
//! line at its end.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use lambda_runtime::{FunctionResponse, LambdaEvent, StreamResponse};
use serde_json::value::RawValue;
use shared::engine::converse_api::Converse;
use shared::engine::deadline::Deadline;
use shared::engine::retry::RetryTokens;
use shared::engine::tool_loop;
use shared::engine::tools::port::Tools;
use shared::error::{AppError, Code, Problem};
use shared::service::http_event::HttpRequest;
use tokio::time::Instant;

use crate::record::Record;
use crate::respond::Body;
use crate::settings::Settings;

pub mod record;
pub mod request;
pub mod respond;
pub mod settings;

/// What the function answers: a streamed HTTP response, or nothing to an event that is no HTTP request.
pub type Response = FunctionResponse<(), Body>;

/// The function, with what it needs.
#[derive(Debug)]
pub struct App<C, T> {
    converse: C,
    tools: T,
    settings: Settings,
    tokens: RetryTokens,
}

/// Builds the function over a model and tools.
pub fn app<C: Converse, T: Tools>(converse: C, tools: T, settings: Settings) -> App<C, T> {
    App { converse, tools, settings, tokens: RetryTokens::default() }
}

impl<C: Converse, T: Tools> App<C, T> {
    /// Answers one invocation.
    ///
    /// # Errors
    /// None: whatever fails is an HTTP response.
    pub async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Response, Infallible> {
        let LambdaEvent { payload, context } = event;
        let Some(http) = HttpRequest::read(&payload) else {
            tracing::debug!(request_id = context.request_id, "an event that is no HTTP request was acknowledged");
            return Ok(FunctionResponse::BufferedResponse(()));
        };
        let now = Instant::now();
        let now_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
        let deadline = Deadline::of_invocation(context.deadline, now_unix_ms, now);
        let record = Record::begin(&context.request_id, now);
        let response = match AssertUnwindSafe(self.respond(&http, deadline, record)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => {
                let error = AppError::new(Code::Internal, "The request could not be processed.");
                respond::problem(&error, Problem::new(&error, &context.request_id))
            }
        };
        Ok(FunctionResponse::StreamingResponse(response))
    }

    async fn respond(&self, http: &HttpRequest<'_>, deadline: Deadline, mut record: Record) -> StreamResponse<Body> {
        let turn = match request::read(http, &self.settings) {
            Ok(turn) => turn,
            Err(error) => return respond::refused(&error, record),
        };
        record.asks(&turn.model_id);
        let now = Instant::now();
        let streamed = turn.streamed;
        let deadline = if streamed { deadline } else { deadline.of_whole_answer(now) };
        let events =
            tool_loop::run(&self.converse, &self.tools, turn, self.settings.limits, &self.tokens, deadline, now);
        if streamed { respond::sse(events, record).await } else { respond::json(events, record).await }
    }
}

#[cfg(test)]
mod tests;
