//! The `chat` function.

use std::process::ExitCode;

use chat::settings::Settings;
use shared::aws::bedrock::Bedrock;
use shared::aws::lambda_tools::LambdaTools;
use shared::service::{config, start};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &config::Env| Ok((Settings::from_env(env)?, config::access(env)?));
    let Some((settings, access)) = start::settings(module_path!(), read) else { return ExitCode::FAILURE };
    let config = access.load().await;
    let tools = LambdaTools::new(&config, settings.tool_executor.clone());
    let bedrock = Bedrock::new(&config);
    bedrock.connect().await;
    start::serve(chat::app(bedrock, tools, settings)).await
}
