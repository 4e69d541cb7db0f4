//! The built binary of a function under a real Lambda emulator: cargo-lambda's, or AWS's own (RIE).

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use local::invoke::{Streamed, rie};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::answer::Answer;
use crate::in_process::MODEL;
use crate::tools::{binary, root, tool};

/// A running function; dropping it ends it and its emulator.
#[derive(Debug)]
pub struct Process {
    children: Vec<Child>,
    /// Where the emulator listens.
    pub port: u16,
    invoke_path: String,
    /// cargo-lambda decodes a streamed response; RIE hands it over as it is on Lambda's wire.
    decodes: bool,
    log: Option<PathBuf>,
    client: reqwest::Client,
}

impl Process {
    /// Starts `names` under cargo-lambda's emulator, over the model service at `bedrock`; the first is the one that is
    /// invoked, and each can invoke the others.
    pub async fn under_cargo_lambda(names: &[&str], bedrock: &str) -> Self {
        let port = free_port();
        let mut emulator = Command::new(tool(".venv/bin/cargo-lambda"));
        emulator.args(["lambda", "watch", "--only-lambda-apis", "-A", "127.0.0.1", "-P", &port.to_string()]);
        let mut children = vec![spawn(emulator.current_dir(root()))];
        listening(port).await;
        let log = std::env::temp_dir().join(format!("bedrock-lambda-{port}.log"));
        for (index, name) in names.iter().enumerate() {
            let mut function = Command::new(binary(name));
            function.envs(environment(name, bedrock));
            function.env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{port}/.rt/{name}"));
            if names.contains(&"tool-executor") {
                function.env("AWS_ENDPOINT_URL_LAMBDA", format!("http://127.0.0.1:{port}"));
                function.env("TOOL_EXECUTOR_FUNCTION", "tool-executor");
            }
            let stdout =
                if index == 0 { std::fs::File::create(&log).expect("a log file").into() } else { Stdio::null() };
            children.insert(0, spawn_with(&mut function, stdout));
        }
        let invoked = names.first().copied().unwrap_or_default();
        let invoke_path = format!("/2015-03-31/functions/{invoked}/invocations");
        Self { children, port, invoke_path, decodes: true, log: Some(log), client: reqwest::Client::new() }
    }

    /// Starts `name` under AWS's emulator, which starts the binary itself, at the first invocation.
    pub async fn under_rie(name: &str, bedrock: &str) -> Self {
        let (port, api) = (free_port(), free_port());
        let mut emulator = Command::new(rie(&root()).expect("RIE"));
        emulator.args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")]);
        emulator.args(["--runtime-api-address", &format!("127.0.0.1:{api}")]).arg(binary(name));
        let emulator = spawn(emulator.envs(environment(name, bedrock)));
        listening(port).await;
        let invoke_path = "/2015-03-31/functions/function/invocations".to_owned();
        Self { children: vec![emulator], port, invoke_path, decodes: false, log: None, client: reqwest::Client::new() }
    }

    /// The function's log so far, under cargo-lambda.
    pub fn log(&self) -> String {
        self.log.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
    }

    /// Invokes a function that answers with JSON and not with an HTTP response.
    pub async fn invoke_json(&self, event: &Value) -> Value {
        let url = format!("http://127.0.0.1:{}{}", self.port, self.invoke_path);
        let response = self.client.post(url).body(event.to_string()).send().await.expect("an answer of the emulator");
        assert_eq!(response.status().as_u16(), 200, "the invocation failed");
        response.json().await.expect("an answer in JSON")
    }

    /// Invokes with an event. `None` if the function only acknowledged it.
    pub async fn invoke(&self, event: &Value) -> Option<Answer> {
        let url = format!("http://127.0.0.1:{}{}", self.port, self.invoke_path);
        let response = self.client.post(url).body(event.to_string()).send().await.expect("an answer of the emulator");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("the emulator's whole answer").to_vec();
        if body == b"null" {
            return None;
        }
        if self.decodes {
            return Some(Answer { status, headers, body });
        }
        assert_eq!(status, 200, "the invocation failed: {}", String::from_utf8_lossy(&body));
        Some(decoded(&body))
    }
}

/// The HTTP response that a streamed response on Lambda's wire is.
pub fn decoded(bytes: &[u8]) -> Answer {
    let streamed = Streamed::read(bytes);
    let Streamed { prelude, body } =
        streamed.unwrap_or_else(|| panic!("no streamed response in {:?}", String::from_utf8_lossy(bytes)));
    let headers: HashMap<String, String> =
        serde_json::from_value(prelude.get("headers").cloned().unwrap_or_default()).expect("headers");
    let header = |(name, value): (String, String)| {
        (HeaderName::try_from(name).expect("a name"), HeaderValue::try_from(value).expect("a value"))
    };
    Answer {
        status: prelude.get("statusCode").and_then(Value::as_u64).unwrap_or_default() as u16,
        headers: headers.into_iter().map(header).collect(),
        body: body.to_vec(),
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.start_kill();
        }
        if let Some(log) = &self.log {
            let _ = std::fs::remove_file(log);
        }
    }
}

fn environment(name: &str, bedrock: &str) -> Vec<(String, String)> {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_TIMEOUT", "60"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", bedrock),
        ("CHAT_MODEL_ID", MODEL),
        ("CHAT_FAST_MODEL_ID", "us.amazon.nova-lite-v1:0"),
        ("EMBED_MODEL_ID", "amazon.titan-embed-text-v2:0"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

fn spawn(command: &mut Command) -> Child {
    spawn_with(command, Stdio::null())
}

fn spawn_with(command: &mut Command, stdout: Stdio) -> Child {
    let quiet = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null());
    quiet.kill_on_drop(true).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Waits until something listens on `port`.
pub async fn listening(port: u16) {
    for _ in 0..600 {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing listens on {port}");
}
