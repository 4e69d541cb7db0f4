//! `make run` as a person meets it: started, spoken to, ended; and what it says when it cannot start.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use reqwest::{Client, Response};
use serde_json::Value;
use tests::in_process::says;
use tests::process::free_port;
use tests::tools::{binary, root};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

fn runner(port: u16, stand_in: u16) -> Command {
    runner_at(&binary("local"), port, stand_in)
}

fn runner_at(local: &Path, port: u16, stand_in: u16) -> Command {
    let mut command = Command::new(local);
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

/// A runner that answers, with its URL and its stand-in's.
async fn running() -> (Child, String, String) {
    let (port, stand_in) = (free_port(), free_port());
    let mut child = runner(port, stand_in).spawn().unwrap();
    lines_until(&mut child, "_local/scenario").await;
    (child, format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{stand_in}"))
}

/// A process's name, state and parent, if there is one.
fn stat(pid: u32) -> Option<(String, String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (name, rest) = stat.split_once(" (")?.1.split_once(") ")?;
    let (state, rest) = rest.split_once(' ')?;
    Some((name.to_owned(), state.to_owned(), rest.split(' ').next()?.parse().ok()?))
}

/// The ids of its processes of a function.
fn processes(runner: &Child, function: &str) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let all = all.filter_map(|process| process.file_name().to_string_lossy().parse().ok());
    all.filter(|pid| stat(*pid).is_some_and(|(name, _, parent)| name == function && Some(parent) == runner.id()))
        .collect()
}

/// Whether a process has not ended.
fn runs(pid: u32) -> bool {
    stat(pid).is_some_and(|(_, state, _)| state != "Z")
}

/// Waits until `holds`.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect(what);
}

async fn set(stand_in: &str, scenario: &str) {
    let set = Client::new().post(format!("{stand_in}/_local/scenario")).body(scenario.to_owned()).send().await.unwrap();
    assert_eq!(set.status().as_u16(), 200);
}

/// How many requests the stand-in has got.
async fn received(stand_in: &str) -> usize {
    let all: Value = reqwest::get(format!("{stand_in}/_local/requests")).await.unwrap().json().await.unwrap();
    all.as_array().unwrap().len()
}

async fn chat(api: &str) -> Response {
    Client::new().post(format!("{api}/chat")).json(&says("hi")).send().await.unwrap()
}

async fn problem(response: Response) -> (u16, Value) {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    (response.status().as_u16(), response.json().await.unwrap())
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
    assert!(chat(&format!("http://127.0.0.1:{port}")).await.text().await.unwrap().contains("event: done"));
    let functions: Vec<u32> = local::runner::FUNCTIONS.iter().flat_map(|name| processes(&child, name)).collect();
    assert_eq!(functions.len(), 3);

    end(child).await;
    until("the functions end", async || !functions.iter().any(|pid| runs(*pid))).await;
    for port in [port, stand_in] {
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok(), "port {port} is free again");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_end_it() {
    let (child, api, stand_in) = running().await;
    let before = processes(&child, "chat");
    let mut begun = chat(&api).await;
    begun.chunk().await.unwrap().unwrap();
    drop(begun);
    set(&stand_in, "slow-head:500").await;
    let waiting = tokio::spawn({
        let api = api.clone();
        async move { chat(&api).await }
    });
    until("the request is under way", async || received(&stand_in).await == 2).await;
    waiting.abort();
    for _ in 0..3 {
        assert!(chat(&api).await.text().await.unwrap().contains("event: done"));
    }
    assert!(before.iter().all(|pid| runs(*pid)), "no process ended");
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
async fn a_function_that_was_not_built_is_one_clear_line() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runner-without-functions");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let local = folder.join("local");
    std::fs::hard_link(binary("local"), &local).unwrap();
    let output = runner_at(&local, free_port(), free_port()).output().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "chat is not built: run `make run`, or cargo build --workspace first\n"
    );
}

#[tokio::test]
async fn a_function_that_cannot_start_is_one_clear_line() {
    let output = runner(free_port(), free_port()).env("CHAT_MODEL_ID", "").output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().last(), Some("the function chat ended: exit status: 1; its output is above"), "{text}");
}

#[tokio::test]
async fn unknown_path_is_a_problem_document_at_once() {
    let (child, api, _) = running().await;
    for path in ["/", "/nope", "/v1", "/v1/nope", "/chat/more", "/favicon.ico"] {
        let began = Instant::now();
        let (status, document) = problem(reqwest::get(format!("{api}{path}")).await.unwrap()).await;
        assert!(began.elapsed() < Duration::from_secs(1), "{path}: {:?}", began.elapsed());
        assert_eq!((status, &document["code"], &document["retryable"]), (404, &"not-found".into(), &false.into()));
        assert_eq!(document["detail"], "Unknown path. Available: /chat, /embed.");
        for member in ["type", "title", "requestId"] {
            assert!(document[member].is_string(), "{path}: {document}");
        }
    }
    end(child).await;
}

#[tokio::test]
async fn stage_and_trailing_slash_lead_to_the_function() {
    let (child, api, _) = running().await;
    for path in ["/chat", "/chat/", "/v1/chat", "/v1/chat/"] {
        // Only the function has this code.
        let (status, document) = problem(reqwest::get(format!("{api}{path}")).await.unwrap()).await;
        assert_eq!((status, &document["code"]), (405, &"method-not-allowed".into()), "{path}");
    }
    let texts = serde_json::json!({ "input": ["a", "b"] });
    let answer = Client::new().post(format!("{api}/v1/embed/")).json(&texts).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["embeddings"].as_array().unwrap().len(), 2);
    end(child).await;
}

#[tokio::test]
async fn requests_at_once_run_side_by_side() {
    let (child, api, stand_in) = running().await;
    let mut silent = Vec::new();
    let event = std::fs::read(root().join("events/chat.rest-sse.json")).unwrap();
    let invoke = Client::new().post(format!("{api}/2015-03-31/functions/chat/invocations")).body(event);
    for way in ["gateway", "invoke", "gateway"] {
        // What comes before the silence comes at once, and the request stays under way.
        set(&stand_in, "stall:2").await;
        let mut response = match way {
            "gateway" => chat(&api).await,
            _ => invoke.try_clone().unwrap().send().await.unwrap(),
        };
        let mut text = String::new();
        while !text.contains("contentBlockDelta") {
            text.push_str(&String::from_utf8_lossy(&response.chunk().await.unwrap().unwrap()));
        }
        silent.push(response);
    }
    assert!(chat(&api).await.text().await.unwrap().contains("event: done"));
    for mut response in silent {
        while let Some(chunk) = response.chunk().now_or_never() {
            let chunk = String::from_utf8_lossy(&chunk.unwrap().expect("no end")).into_owned();
            assert!(!chunk.contains("event: error"), "{chunk}");
        }
    }
    assert_eq!(processes(&child, "chat").len(), 4);
    end(child).await;
}

#[tokio::test]
async fn streamed_answer_keeps_the_functions_status_and_headers() {
    let (child, api, _) = running().await;
    let response = chat(&api).await;
    assert_eq!(response.status().as_u16(), 200);
    let mut headers: Vec<(&str, &str)> =
        response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.retain(|(name, _)| *name != "date");
    headers.sort_unstable();
    let expected = [
        ("cache-control", "no-store"),
        ("content-type", "text/event-stream; charset=utf-8"),
        ("transfer-encoding", "chunked"),
        ("x-accel-buffering", "no"),
        ("x-content-type-options", "nosniff"),
    ];
    assert_eq!(headers, expected);
    end(child).await;
}

#[tokio::test]
async fn function_that_ends_is_an_answer_at_once_and_starts_again() {
    let (child, api, stand_in) = running().await;
    let kill = async || {
        let pids = processes(&child, "chat");
        assert_eq!(pids.len(), 1);
        assert!(Command::new("kill").args(["-KILL", &pids[0].to_string()]).status().await.unwrap().success());
        until("the process ends", async || !runs(pids[0])).await;
    };

    set(&stand_in, "slow-head:600000").await;
    let waiting = tokio::spawn({
        let api = api.clone();
        async move { chat(&api).await }
    });
    until("the request is under way", async || received(&stand_in).await == 1).await;
    kill().await;
    let (status, document) = problem(waiting.await.unwrap()).await;
    assert_eq!((status, &document["code"]), (500, &"internal".into()));
    assert!(chat(&api).await.text().await.unwrap().contains("event: done"));

    // An answer that has begun breaks off: it must not look complete.
    set(&stand_in, "stall:2").await;
    let mut begun = chat(&api).await;
    begun.chunk().await.unwrap().unwrap();
    kill().await;
    assert!(begun.text().await.unwrap_err().is_decode());
    assert!(chat(&api).await.text().await.unwrap().contains("event: done"));

    // One that waits for an event is missed by nobody.
    kill().await;
    assert!(chat(&api).await.text().await.unwrap().contains("event: done"));
    end(child).await;
}

#[tokio::test]
async fn functions_are_invoked_by_name_as_on_lambda() {
    let (child, api, _) = running().await;
    let invoke = async |function: &str, event: &'static str| {
        let url = format!("{api}/2015-03-31/functions/{function}/invocations");
        let response = Client::new().post(url).body(event).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let call = r#"{"toolUseId":"t-1","name":"calculate","input":{"expression":"6*7"}}"#;
    let (status, answer) = invoke("tool-executor", call).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains(r#""toolUseId":"t-1""#) && answer.contains("42"), "{answer}");
    assert_eq!(invoke("chat", r#"{"no":"HTTP"}"#).await, (200, "null".to_owned()));
    let unknown = (404, r#"{"Message":"Function not found: nope","Type":"User"}"#.to_owned());
    assert_eq!(invoke("nope", "{}").await, unknown);
    end(child).await;
}
