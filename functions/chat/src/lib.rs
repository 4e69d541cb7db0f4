//! The `chat` function: models that are conversed with, in each dialect.
//!
//! The way of a request: [`Event`] → [`Router`](shared::service::router::Router) → a dialect decodes it to a turn →
//! [`tool_loop`] (model and tools, bounded) → the dialect encodes it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use http::Method;
use lambda_http::Request;
use lambda_runtime::{FunctionResponse, LambdaEvent, StreamResponse};
use shared::engine::converse_api::ConverseApi;
use shared::engine::deadline::Deadline;
use shared::engine::retry::RetryTokens;
use shared::engine::tool_loop::{self, turn::Turn};
use shared::engine::tools::ToolProvider;
use shared::error::{AppError, Code};
use shared::service::event::Event;
use shared::service::observer::Observer;
use shared::service::problem::Problem;
use shared::service::response::{Body, Whole};
use shared::service::router::Route;
use shared::service::start::{self, Handler};
use shared::service::turn_body::TurnStream;
use tokio::time::Instant;

use crate::settings::Settings;

pub mod native;
pub mod settings;

/// What the function answers: a streamed HTTP response, or nothing to an event that is no HTTP request.
pub type Response = FunctionResponse<(), Body>;

/// Whose requests and answers a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// This service's own: Converse, streamed as server-sent events or whole.
    Native,
}

/// The routes.
pub const ROUTES: &[Route<Dialect>] = &[Route { method: Method::POST, path: "/chat", dialect: Dialect::Native }];

/// The function, with what it needs.
#[derive(Debug)]
pub struct App<C, T> {
    api: C,
    tools: T,
    settings: Settings,
    tokens: RetryTokens,
}

/// Builds the function over models and tools.
pub fn app<C: ConverseApi, T: ToolProvider>(api: C, tools: T, settings: Settings) -> App<C, T> {
    App { api, tools, settings, tokens: RetryTokens::default() }
}

impl<C: ConverseApi, T: ToolProvider> Handler for App<C, T> {
    type Event = Event;
    type Response = Response;

    async fn handle(&self, event: LambdaEvent<Event>) -> Response {
        let LambdaEvent { payload, context } = event;
        let Event::Http(request) = payload else {
            tracing::debug!(request_id = context.request_id, "an event that is no HTTP request was acknowledged");
            return FunctionResponse::BufferedResponse(());
        };
        let now = Instant::now();
        let deadline = start::deadline(&context, now);
        let mut observer = Observer::begin(&context.request_id, now);
        observer.turn_begins();
        let response = match AssertUnwindSafe(self.respond(*request, deadline, observer)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => {
                let error = AppError::new(Code::Internal, "The request could not be processed.");
                Whole::problem(&error, &Problem::new(&error, &context.request_id)).into_streamed()
            }
        };
        FunctionResponse::StreamingResponse(response)
    }
}

impl<C: ConverseApi, T: ToolProvider> App<C, T> {
    async fn respond(&self, request: Request, deadline: Deadline, mut observer: Observer) -> StreamResponse<Body> {
        let decoded = match self.settings.router.find(&request) {
            Ok(Dialect::Native) => native::decode::decode(request, &self.settings, self.tools.specs()),
            Err(error) => Err(error),
        };
        match decoded {
            Ok(turn) => {
                observer.model(&turn.model.id);
                let streamed = turn.streamed;
                let events = self.run(turn, deadline);
                if streamed { native::streamed(events, observer).await } else { native::whole(events, observer).await }
            }
            Err(error) => {
                observer.failed(&error);
                Whole::problem(&error, &Problem::new(&error, observer.request_id())).into_streamed()
            }
        }
    }

    fn run(&self, turn: Turn, deadline: Deadline) -> TurnStream {
        let now = Instant::now();
        let deadline = if turn.streamed { deadline } else { deadline.of_whole_answer(now) };
        Box::pin(tool_loop::run(&self.api, &self.tools, turn, self.settings.limits, &self.tokens, deadline, now))
    }
}

#[cfg(test)]
mod tests;
