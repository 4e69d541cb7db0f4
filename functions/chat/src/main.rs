//! The `chat` function: `POST /chat`.

use std::process::ExitCode;
use std::sync::Arc;

use chat::settings::Settings;
use lambda_runtime::{Runtime, service_fn};
use shared::bedrock::Bedrock;
use shared::tools::lambda::LambdaTools;
use shared::{client, startup};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(settings) = startup::settings(Settings::from_env) else { return ExitCode::FAILURE };
    let config = client::from_env().await;
    let tools = LambdaTools::new(&config, settings.tool_executor.clone());
    let app = Arc::new(chat::app(Bedrock::new(&config), tools, settings));
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
