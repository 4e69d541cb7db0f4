//! The `chat` function: `POST /chat`.

use std::process::ExitCode;
use std::sync::Arc;

use chat::settings::Settings;
use lambda_runtime::{Runtime, service_fn};
use shared::bedrock::Bedrock;
use shared::config::Env;
use shared::tools::lambda::LambdaTools;
use shared::{client, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let env = Env::from_process();
    let (settings, level) = match (Settings::from_env(&env), telemetry::level(&env)) {
        (Ok(settings), Ok(level)) => (settings, level),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    telemetry::init(level);
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
