//! The `chat` function: `POST /chat`.

use std::process::ExitCode;
use std::sync::Arc;

use chat::settings::Settings;
use lambda_runtime::{Runtime, service_fn};
use shared::bedrock::Bedrock;
use shared::client::Access;
use shared::config::Env;
use shared::startup;
use shared::tools::lambda::LambdaTools;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &Env| Ok((Settings::from_env(env)?, Access::from_env(env)?));
    let Some((settings, access)) = startup::settings(read) else { return ExitCode::FAILURE };
    let config = access.load().await;
    let tools = LambdaTools::new(&config, settings.tool_executor.clone());
    let bedrock = Bedrock::new(&config);
    bedrock.connect().await;
    let app = Arc::new(chat::app(bedrock, tools, settings));
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
