//! The function against MiniStack, an emulator of AWS that nobody here wrote: the text path of ConverseStream.

use std::process::Stdio;

use tests::in_process::{app, post, says};
use tests::process::{free_port, listening};
use tests::tools::tool;

#[tokio::test]
async fn text_streams_from_an_emulator_nobody_here_wrote() {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let mut ministack = tokio::process::Command::new(tool(".venv-ministack/bin/ministack"));
    ministack.envs([
        ("GATEWAY_PORT", port.to_string()),
        ("AWS_ENDPOINT_URL", url.clone()),
        ("IOT_MTLS_ENABLED", "0".into()),
    ]);
    ministack.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let _ministack = ministack.spawn().unwrap();
    listening(port).await;
    let app = app(&url, &[]);
    let streamed = tests::in_process::send(&app, &post(&says("Hello!").to_string(), "text/event-stream")).await;
    assert_eq!(streamed.status, 200, "{}", streamed.text());
    let (name, done) = streamed.end();
    assert_eq!((name.as_str(), &done["stopReason"]), ("done", &"end_turn".into()));
    assert!(!streamed.said().is_empty());
    let whole = tests::in_process::send(&app, &post(&says("Hello!").to_string(), "application/json")).await;
    assert_eq!(whole.json()["output"]["message"]["role"], "assistant");
}
