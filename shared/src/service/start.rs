//! How every function starts: the environment read once, its settings checked, logging begun, the runtime run.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::Stream;
use lambda_runtime::{Context, IntoFunctionResponse, LambdaEvent, Runtime, service_fn};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::config::{ConfigError, Env};
use super::telemetry;
use crate::engine::deadline::Deadline;

/// A function: one answer an invocation, whatever fails.
pub trait Handler: Send + Sync + 'static {
    /// What it is invoked with.
    type Event: for<'de> Deserialize<'de> + Send;
    /// What it answers.
    type Response: Send;

    /// Answers an invocation.
    fn handle(&self, event: LambdaEvent<Self::Event>) -> impl Future<Output = Self::Response> + Send;
}

/// The settings that `read` finds in the environment, with logging begun for the crate of the function (`module_path!()`);
/// `None` after one line on standard error that names the variable that is missing or wrong.
pub fn settings<S>(function: &'static str, read: impl FnOnce(&Env) -> Result<S, ConfigError>) -> Option<S> {
    let env = Env::from_process();
    match (read(&env), telemetry::level(&env)) {
        (Ok(settings), Ok(level)) => {
            telemetry::init(level, function);
            Some(settings)
        }
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            None
        }
    }
}

/// Answers invocations until Lambda ends the process.
pub async fn serve<H, B, S, D, E>(handler: H) -> ExitCode
where
    H: Handler,
    H::Response: IntoFunctionResponse<B, S>,
    B: Serialize,
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<bytes::Bytes> + Send,
    E: Into<lambda_runtime::Error> + Send + fmt::Debug,
{
    let handler = Arc::new(handler);
    let service = service_fn(move |event| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, std::convert::Infallible>(handler.handle(event).await) }
    });
    match Runtime::new(service).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}

/// The deadline of an invocation that began at `now`.
pub fn deadline(context: &Context, now: Instant) -> Deadline {
    let now_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
    Deadline::of_invocation(context.deadline, now_unix_ms, now)
}
