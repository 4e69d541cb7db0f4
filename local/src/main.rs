//! `local run`: the stack on this machine. `local stand-in`: the stand-in for bedrock-runtime alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use local::runner::{self, Ports};
use local::stand_in::StandIn;

const USAGE: &str = "usage: local run [--port N] [--stand-in-port N] | local stand-in [--port N] [--pace-ms N]";

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u16| match args.iter().position(|arg| arg == name) {
        Some(at) => args.get(at + 1).and_then(|value| value.parse().ok()).ok_or_else(|| USAGE.to_owned()),
        None => Ok(default),
    };
    let ended = match args.first().map(String::as_str) {
        Some("run") => match (number("--port", 9000), number("--stand-in-port", 9001)) {
            (Ok(chat), Ok(stand_in)) => runner::run(Ports { chat, stand_in }).await,
            (Err(usage), _) | (_, Err(usage)) => Err(usage),
        },
        Some("stand-in") => match (number("--port", 9001), number("--pace-ms", 30)) {
            (Ok(port), Ok(pace_ms)) => stand_in(port, pace_ms).await,
            (Err(usage), _) | (_, Err(usage)) => Err(usage),
        },
        _ => Err(USAGE.to_owned()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("{line}");
            ExitCode::FAILURE
        }
    }
}

async fn stand_in(port: u16, pace_ms: u16) -> Result<(), String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stand_in = StandIn::start(address, Duration::from_millis(pace_ms.into()))
        .await
        .map_err(|error| format!("port {port}: {error}"))?;
    eprintln!("bedrock-runtime's stand-in listens on {}", stand_in.url());
    runner::asked_to_end().await;
    Ok(())
}
