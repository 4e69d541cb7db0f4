//! The `embed` function: one vector a text, in the order of the texts, all or nothing.
//!
//! The way of a request: [`Event`] → [`Router`](shared::service::router::Router) → [`request`] (checked, to texts and a
//! plan) → [`embed`] (batches side by side) → `answer`.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use http::Method;
use lambda_http::Request;
use lambda_runtime::LambdaEvent;
use shared::engine::deadline::Deadline;
use shared::engine::embed::{EmbedFailed, embed};
use shared::engine::invoke_api::InvokeApi;
use shared::engine::retry::RetryTokens;
use shared::error::{AppError, Code};
use shared::service::event::Event;
use shared::service::observer::Observer;
use shared::service::problem::Problem;
use shared::service::request::is_payload_2;
use shared::service::response::{Buffered, Whole};
use shared::service::router::Route;
use shared::service::start::{self, Handler};
use tokio::time::Instant;

use crate::settings::Settings;

mod answer;
pub mod request;
pub mod settings;

/// Whose requests and answers a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// This service's own.
    Native,
}

/// The routes.
pub const ROUTES: &[Route<Dialect>] = &[Route { method: Method::POST, path: "/embed", dialect: Dialect::Native }];

/// The function, with what it needs.
#[derive(Debug)]
pub struct App<I> {
    api: I,
    settings: Settings,
    tokens: RetryTokens,
}

/// Builds the function over models.
pub fn app<I: InvokeApi>(api: I, settings: Settings) -> App<I> {
    App { api, settings, tokens: RetryTokens::default() }
}

impl<I: InvokeApi> Handler for App<I> {
    type Event = Event;
    /// `None` acknowledges an event that is no HTTP request.
    type Response = Option<Buffered>;

    async fn handle(&self, event: LambdaEvent<Event>) -> Option<Buffered> {
        let LambdaEvent { payload, context } = event;
        let Event::Http(request) = payload else {
            tracing::debug!(request_id = context.request_id, "an event that is no HTTP request was acknowledged");
            return None;
        };
        let now = Instant::now();
        let deadline = start::deadline(&context, now);
        let is_payload_2 = is_payload_2(&request);
        let observer = Observer::begin(&context.request_id, now);
        let respond = AssertUnwindSafe(self.respond(*request, deadline, observer)).catch_unwind();
        let response = respond.await.unwrap_or_else(|_| {
            let error = AppError::new(Code::Internal, "The request could not be processed.");
            Whole::problem(&error, &Problem::new(&error, &context.request_id))
        });
        Some(response.into_buffered(is_payload_2))
    }
}

impl<I: InvokeApi> App<I> {
    async fn respond(&self, request: Request, deadline: Deadline, mut observer: Observer) -> Whole {
        match self.answer(request, deadline, &mut observer).await {
            Ok(answer) => answer,
            Err(error) => {
                observer.failed(&error);
                Whole::problem(&error, &Problem::new(&error, observer.request_id()))
            }
        }
    }

    async fn answer(&self, request: Request, deadline: Deadline, observer: &mut Observer) -> Result<Whole, AppError> {
        let Settings { router, model, concurrency, .. } = &self.settings;
        let request::EmbedRequest { texts, plan } = match router.find(&request)? {
            Dialect::Native => request::decode(request, &self.settings)?,
        };
        observer.model(&model.id);
        match embed(&self.api, model, &plan, &texts, *concurrency, &self.tokens, deadline).await {
            Ok(embedded) => {
                let (calls, tokens) = (embedded.calls, embedded.input_tokens);
                observer.embedding(texts.len(), Some(calls), embedded.attempts, tokens);
                observer.answered();
                Ok(answer::vectors(&model.id, &plan, embedded))
            }
            Err(EmbedFailed { error, inputs, attempts }) => {
                observer.embedding(texts.len(), None, attempts, None);
                let place = match inputs.len() {
                    1 => format!("input[{}]", inputs.start),
                    _ => format!("input[{}..={}]", inputs.start, inputs.end.saturating_sub(1)),
                };
                Err(error.at(&place))
            }
        }
    }
}
