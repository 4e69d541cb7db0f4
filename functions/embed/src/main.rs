//! The `embed` function: `POST /embed`.

use std::process::ExitCode;
use std::sync::Arc;

use embed::settings::Settings;
use lambda_runtime::{Runtime, service_fn};
use shared::bedrock::Bedrock;
use shared::config::Env;
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
    let app = Arc::new(embed::app(Bedrock::new(&client::from_env().await), settings));
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
