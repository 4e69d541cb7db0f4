//! The `chat` function: `POST /chat`.

use std::process::ExitCode;
use std::sync::Arc;

use chat::settings::Settings;
use lambda_runtime::{Runtime, service_fn};
use shared::aws::bedrock::Bedrock;
use shared::aws::client::Access;
use shared::aws::lambda_tools::LambdaTools;
use shared::service::config::Env;
use shared::service::start;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &Env| Ok((Settings::from_env(env)?, Access::from_env(env)?));
    let Some((settings, access)) = start::settings(read) else { return ExitCode::FAILURE };
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
