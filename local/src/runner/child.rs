//! Processes that a local run starts and ends.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

/// How long a process may take to end by itself.
const END_WITHIN: Duration = Duration::from_secs(5);

/// What to start.
#[derive(Debug)]
pub(super) struct Launch(Command);

/// A process that was started; dropping it ends it the hard way.
#[derive(Debug)]
pub(super) struct Child(tokio::process::Child);

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

impl Launch {
    /// cargo-lambda's emulator of Lambda's Runtime and Invoke APIs, with the HTTP routes of this workspace.
    pub(super) fn emulator(cargo_lambda: &Path, port: u16) -> Self {
        let mut command = Command::new(cargo_lambda);
        command.args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1", "--invoke-port"]);
        command.arg(port.to_string()).stdout(Stdio::null());
        Self(command)
    }

    /// A function's binary, with the environment Lambda would give it.
    pub(super) fn function(binary: &Path, name: &str, emulator_port: u16, bedrock: &str) -> Self {
        let mut command = Command::new(binary);
        // What a developer's shell holds for the real AWS must not reach a local run.
        for variable in
            ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK", "AWS_ENDPOINT_URL", "ORDERS_TABLE"]
        {
            command.env_remove(variable);
        }
        command.envs(variables(name, bedrock)).envs([
            ("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{emulator_port}/.rt/{name}").as_str()),
            ("AWS_ENDPOINT_URL_LAMBDA", &format!("http://127.0.0.1:{emulator_port}")),
            ("TOOL_EXECUTOR_FUNCTION", "tool-executor"),
        ]);
        Self(command)
    }

    /// Starts it.
    ///
    /// # Errors
    /// One line where it cannot be started.
    pub(super) fn start(mut self, name: &str) -> Result<Child, String> {
        // A process group of its own: Ctrl-C reaches this process alone, which ends the others in order.
        let started = self.0.stdin(Stdio::null()).process_group(0).kill_on_drop(true).spawn();
        started.map(Child).map_err(|error| format!("{name} cannot be started: {error}"))
    }
}

impl Child {
    /// Resolves when the process ends by itself.
    pub(super) async fn ended(&mut self) -> String {
        self.0.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Asks the processes to end, in order, and waits for each.
    pub(super) async fn end_all(children: impl IntoIterator<Item = Self>) {
        for mut child in children {
            if let Some(pid) = child.0.id().and_then(|id| Pid::from_raw(id as i32)) {
                let _ = kill_process(pid, Signal::TERM);
            }
            if tokio::time::timeout(END_WITHIN, child.0.wait()).await.is_err() {
                let _ = child.0.kill().await;
            }
        }
    }
}
