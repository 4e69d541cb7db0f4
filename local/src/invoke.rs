//! `make invoke`: one event through a built function under AWS's own emulator of the Lambda runtime (RIE), over the
//! stand-in for Bedrock.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::runner::{FUNCTIONS, built, variables};
use crate::stand_in::StandIn;

/// A streamed response as it is on Lambda's wire: the prelude in JSON, eight NUL bytes, the body.
#[derive(Debug)]
pub struct Streamed<'a> {
    /// `{statusCode, headers, cookies}`.
    pub prelude: Value,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Streamed<'a> {
    /// Reads a response; none if it is no streamed one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let at = bytes.windows(8).position(|window| window == [0; 8])?;
        let (prelude, rest) = bytes.split_at(at);
        Some(Self { prelude: serde_json::from_slice(prelude).ok()?, body: rest.get(8..)? })
    }
}

/// Sends the event in `file` (`events/<function>.<case>.json`) to its function, and returns the answer as a person
/// reads it: status, headers and body, or the function's JSON.
///
/// # Errors
/// One line that says what is missing or went wrong.
pub async fn invoke(file: &Path) -> Result<String, String> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let function = FUNCTIONS.into_iter().find(|function| name.starts_with(&format!("{function}.")));
    let function = function.ok_or_else(|| {
        format!("{}: expected a name that begins with a function's: {}", file.display(), FUNCTIONS.join(", "))
    })?;
    let event = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let stand_in = StandIn::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Duration::ZERO)
        .await
        .map_err(|error| format!("the stand-in cannot listen: {error}"))?;
    let (port, api) = (free_port()?, free_port()?);
    let mut emulator = Command::new(rie(Path::new("."))?);
    emulator.args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")]);
    emulator.args(["--runtime-api-address", &format!("127.0.0.1:{api}")]).arg(built(function)?);
    emulator
        .envs(variables(function, &stand_in.url()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _emulator = emulator.kill_on_drop(true).spawn().map_err(|error| format!("RIE cannot be started: {error}"))?;
    let answer = tokio::time::timeout(Duration::from_secs(60), post(port, &event)).await;
    let answer =
        answer.map_err(|_| "no answer within 60 s".to_owned())?.map_err(|error| format!("no answer: {error}"))?;
    Ok(readable(&answer))
}

/// Posts the event once the emulator listens.
async fn post(port: u16, event: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
            Ok(stream) => break stream,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    // HTTP/1.0: the answer ends with the connection.
    let head = format!(
        "POST /2015-03-31/functions/function/invocations HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        event.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(event).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    Ok(answer.split_off(end))
}

/// An answer for a person: what API Gateway would send, or the function's JSON.
fn readable(answer: &[u8]) -> String {
    let json: Option<Value> = serde_json::from_slice(answer).ok();
    let (prelude, body) = match (Streamed::read(answer), &json) {
        (Some(streamed), _) => (streamed.prelude, String::from_utf8_lossy(streamed.body).into_owned()),
        (None, Some(proxy)) if proxy.get("statusCode").is_some() => {
            (proxy.clone(), proxy.get("body").and_then(Value::as_str).unwrap_or_default().to_owned())
        }
        (None, Some(json)) => return format!("{json:#}\n"),
        (None, None) => return String::from_utf8_lossy(answer).into_owned(),
    };
    let mut out = format!("HTTP {}\n", prelude.get("statusCode").unwrap_or(&Value::Null));
    for (name, value) in prelude.get("headers").and_then(Value::as_object).into_iter().flatten() {
        out.push_str(&format!("{name}: {}\n", value.as_str().unwrap_or_default()));
    }
    let body = serde_json::from_str::<Value>(&body).map_or(body, |json| format!("{json:#}\n"));
    format!("{out}\n{body}")
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// RIE, as the SAM CLI's wheel has it, in the checkout at `root`.
///
/// # Errors
/// One line if it is not there.
pub fn rie(root: &Path) -> Result<PathBuf, String> {
    // pip names the folder by the interpreter's minor version.
    let versions = std::fs::read_dir(root.join(".venv/lib")).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"))
        .find(|rie| rie.is_file())
        .ok_or_else(|| "AWS's emulator of the Lambda runtime is not in .venv: run `make tools`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_readable_in_every_form() {
        let streamed =
            b"{\"statusCode\":200,\"headers\":{\"content-type\":\"text/event-stream\"}}\0\0\0\0\0\0\0\0event: a\n\n";
        assert_eq!(readable(streamed), "HTTP 200\ncontent-type: text/event-stream\n\nevent: a\n\n");
        let proxy = br#"{"statusCode":400,"headers":{"allow":"POST"},"body":"{\"a\":1}"}"#;
        assert_eq!(readable(proxy), "HTTP 400\nallow: POST\n\n{\n  \"a\": 1\n}\n");
        assert_eq!(readable(b"null"), "null\n");
        assert_eq!(readable(b"oops"), "oops");
    }
}
