//! The `tool-executor` function: runs one tool an invocation, for `chat` alone.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Runtime, service_fn};
use shared::{client, startup};
use tool_executor::settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(settings) = startup::settings(Settings::from_env) else { return ExitCode::FAILURE };
    let app = Arc::new(tool_executor::app(&client::from_env().await, settings));
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
