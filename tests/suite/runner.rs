//! `make run` as a person meets it: started, spoken to, ended; and what it says when it cannot start.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use tests::in_process::says;
use tests::process::free_port;
use tests::tools::{binary, root, tool};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

fn runner(port: u16, stand_in: u16) -> Command {
    tool(".venv/bin/cargo-lambda");
    let mut command = Command::new(binary("local"));
    command.args(["run", "--port", &port.to_string(), "--stand-in-port", &stand_in.to_string()]);
    command.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn lines_until(child: &mut Child, last: &str) -> String {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut text = String::new();
    let read = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            text.push_str(&line);
            text.push('\n');
            if line.contains(last) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), read).await.expect("the runner's lines");
    text
}

/// Ends it as Ctrl-C does.
async fn end(mut child: Child) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await.expect("it ends").unwrap();
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn it_starts_answers_and_takes_everything_with_it() {
    let (port, stand_in) = (free_port(), free_port());
    let mut child = runner(port, stand_in).spawn().unwrap();
    let text = lines_until(&mut child, "_local/scenario").await;
    assert!(text.contains(&format!("curl -N http://127.0.0.1:{port}/chat")), "{text}");
    let answer =
        reqwest::Client::new().post(format!("http://127.0.0.1:{port}/chat")).json(&says("hi")).send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("event: done"));

    end(child).await;
    for port in [port, stand_in] {
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok(), "port {port} is free again");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_end_it() {
    let (port, stand_in) = (free_port(), free_port());
    let mut child = runner(port, stand_in).spawn().unwrap();
    lines_until(&mut child, "_local/scenario").await;
    let url = format!("http://127.0.0.1:{port}/chat");
    let mut response = reqwest::Client::new().post(&url).json(&says("hi")).send().await.unwrap();
    response.chunk().await.unwrap();
    drop(response);
    let mut answered = String::new();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        if let Ok(response) = reqwest::Client::new().post(&url).json(&says("hi")).send().await {
            answered = response.text().await.unwrap_or_default();
            if answered.contains("event: done") {
                break;
            }
        }
    }
    assert!(answered.contains("event: done"), "{answered}");
    end(child).await;
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = runner(port, free_port()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("port {port} is in use: end what listens there, or choose another: make run PORT=<port>\n")
    );
}

#[tokio::test]
async fn a_missing_tool_is_one_clear_line() {
    let empty = std::env::temp_dir().join(format!("bedrock-lambda-{}", std::process::id()));
    std::fs::create_dir_all(&empty).unwrap();
    let mut command = runner(free_port(), free_port());
    let output = command.current_dir(&empty).env("PATH", &empty).output().await.unwrap();
    std::fs::remove_dir_all(&empty).unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("cannot be run") && text.contains("Python 3 or cargo-lambda is needed"), "{text}");
}
