//! AWS's own SDKs for Python and JavaScript as clients of the stand-in: neither side of the wire is checked only by
//! us.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use local::stand_in::StandIn;
use tests::tools::{root, tool};

async fn run(program: &Path, script: &str) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let stand_in = StandIn::start(address, Duration::ZERO).await.unwrap();
    let mut command = Command::new(program);
    command.arg(root().join(script)).arg(stand_in.url()).current_dir(root().join("tests/peers"));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {out}{err}");
    let checks = out.trim().strip_suffix(" checks").and_then(|count| count.parse::<u32>().ok());
    assert!(checks.is_some_and(|checks| checks >= 40), "{script} checked too little: {out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_reads_every_event_and_exception() {
    run(&tool(".venv/bin/python3"), "tests/peers/boto3_client.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_javascript_sdk_reads_every_event_and_exception_over_http2() {
    tool("tests/peers/node_modules/@aws-sdk/client-bedrock-runtime");
    run(Path::new("node"), "tests/peers/javascript_client.mjs").await;
}
