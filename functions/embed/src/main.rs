//! The `embed` function: `POST /embed`.

use std::process::ExitCode;
use std::sync::Arc;

use embed::settings::Settings;
use lambda_runtime::{Runtime, service_fn};
use shared::bedrock::Bedrock;
use shared::client::Access;
use shared::config::Env;
use shared::startup;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &Env| Ok((Settings::from_env(env)?, Access::from_env(env)?));
    let Some((settings, access)) = startup::settings(read) else { return ExitCode::FAILURE };
    let bedrock = Bedrock::new(&access.load().await);
    bedrock.connect().await;
    let app = Arc::new(embed::app(bedrock, settings));
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
