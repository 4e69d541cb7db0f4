//! The `tool-executor` function: runs one tool an invocation, for `chat` alone.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Runtime, service_fn};
use shared::aws::client::Access;
use shared::service::config::Env;
use shared::service::start;
use tool_executor::settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &Env| Ok((Settings::from_env(env)?, Access::from_env(env)?));
    let Some((settings, access)) = start::settings(read) else { return ExitCode::FAILURE };
    let app = Arc::new(tool_executor::app(&access.load().await, settings));
    let service = service_fn(move |event| {
        let app = Arc::clone(&app);
        async move { app.handle(event).await }
    });
    match Runtime::new(service).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}
