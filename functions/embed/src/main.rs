//! The `embed` function.

use std::process::ExitCode;

use embed::settings::Settings;
use shared::aws::bedrock::Bedrock;
use shared::service::{config, start};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &config::Env| Ok((Settings::from_env(env)?, config::access(env)?));
    let Some((settings, access)) = start::settings(module_path!(), read) else { return ExitCode::FAILURE };
    let bedrock = Bedrock::new(&access.load().await);
    bedrock.connect().await;
    start::serve(embed::app(bedrock, settings)).await
}
