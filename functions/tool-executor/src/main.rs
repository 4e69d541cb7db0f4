//! The `tool-executor` function: runs one tool an invocation, for `chat` only.

use std::process::ExitCode;

use shared::service::{config, start};
use tool_executor::settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let read = |env: &config::Env| Ok((Settings::from_env(env)?, config::access(env)?));
    let Some((settings, access)) = start::settings(module_path!(), read) else { return ExitCode::FAILURE };
    start::serve(tool_executor::app(&access.load().await, settings)).await
}
