//! A function's binary, and the environment that it runs in here.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// A function's binary beside this one.
///
/// # Errors
/// One line if it was not built.
pub(crate) fn built(name: &str) -> Result<PathBuf, String> {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|folder| folder.join(name)));
    beside
        .filter(|path| path.is_file())
        .ok_or_else(|| format!("{name} is not built: run `make run`, or cargo build --workspace first"))
}

/// What Lambda gives a function, and what a function needs to run here; models from this process's environment.
pub(crate) fn variables(name: &str, bedrock: &str) -> Vec<(&'static str, String)> {
    let model = |variable: &'static str, default: &str| {
        (variable, std::env::var(variable).unwrap_or_else(|_| default.to_owned()))
    };
    vec![
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", bedrock.to_owned()),
        model("CHAT_MODEL_ID", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        model("CHAT_FAST_MODEL_ID", "us.amazon.nova-lite-v1:0"),
        model("EMBED_MODEL_ID", "amazon.titan-embed-text-v2:0"),
    ]
}

/// The command that starts the function `name`, which can invoke the others at `lambda`.
pub(super) fn command(binary: &Path, name: &str, lambda: &str, bedrock: &str) -> Command {
    let mut command = Command::new(binary);
    // What a developer's shell holds for the real AWS must not reach a local run.
    for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK", "AWS_ENDPOINT_URL", "ORDERS_TABLE"]
    {
        command.env_remove(variable);
    }
    command
        .envs(variables(name, bedrock))
        .envs([("AWS_ENDPOINT_URL_LAMBDA", lambda), ("TOOL_EXECUTOR_FUNCTION", "tool-executor")]);
    // A process group of its own: Ctrl-C reaches the runner only, which ends the functions.
    command.stdin(Stdio::null()).process_group(0);
    command
}
