//! The commands that the Makefile calls: the stack on this machine, and what a deployment's models need.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::access::{Access, Place, Wanted};
use crate::litellm;
use crate::parameters::Models;
use crate::runner::{self, Ports};
use crate::stand_in::StandIn;

const USAGE: &str = "usage: local run [--port N] [--stand-in-port N]
       local stand-in [--host IP] [--port N] [--pace-ms N]
       local invoke EVENT
       local iam --region R --account A [--offline] MODEL…
       local parameters --region R --account A [--offline] [--chat M] [--fallback M,…] [--fast M] [--embed M]
       local catalogue --litellm FILE";

/// What was typed after the command's name.
struct Args(Vec<String>);

impl Args {
    fn text(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|arg| arg == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn number(&self, name: &str, default: u16) -> Result<u16, String> {
        match self.0.iter().any(|arg| arg == name) {
            true => self.text(name).and_then(|value| value.parse().ok()).ok_or_else(|| USAGE.to_owned()),
            false => Ok(default),
        }
    }

    fn place(&self) -> Result<Place<'_>, String> {
        let region = self.text("--region").ok_or(USAGE)?;
        let account =
            self.text("--account").filter(|account| account.len() == 12).ok_or("--account: expected twelve digits")?;
        Ok(Place { region, account, online: !self.0.iter().any(|arg| arg == "--offline") })
    }
}

/// Runs the command `name`.
///
/// # Errors
/// One line that says what is wrong, or how the commands are called.
pub async fn run(name: &str, args: Vec<String>) -> Result<(), String> {
    let args = &Args(args);
    match name {
        "run" => {
            let ports = Ports { chat: args.number("--port", 9000)?, stand_in: args.number("--stand-in-port", 9001)? };
            runner::run(ports).await
        }
        "stand-in" => {
            let host = args.text("--host").unwrap_or("127.0.0.1").parse().map_err(|_| USAGE.to_owned())?;
            stand_in(SocketAddr::new(host, args.number("--port", 9001)?), args.number("--pace-ms", 30)?).await
        }
        "invoke" => invoke(args).await,
        "iam" => iam(args),
        "parameters" => parameters(args),
        "catalogue" => catalogue(args),
        _ => Err(USAGE.to_owned()),
    }
}

async fn stand_in(address: SocketAddr, pace_ms: u16) -> Result<(), String> {
    let stand_in = StandIn::start(address, Duration::from_millis(pace_ms.into()))
        .await
        .map_err(|error| format!("{address}: {error}"))?;
    eprintln!("bedrock-runtime's stand-in listens on {}", stand_in.url());
    runner::asked_to_end().await;
    Ok(())
}

/// Prints what a function answers to an event.
#[expect(clippy::print_stdout, reason = "the command prints")]
async fn invoke(args: &Args) -> Result<(), String> {
    let file = args.0.first().ok_or(USAGE)?;
    print!("{}", crate::invoke::invoke(Path::new(file)).await?);
    Ok(())
}

/// Prints the statements for a role, and on standard error the source of each region.
#[expect(clippy::print_stdout, reason = "the command prints")]
fn iam(args: &Args) -> Result<(), String> {
    let options = ["--region", "--account"].map(|name| args.text(name).unwrap_or_default());
    let models = args.0.iter().filter(|arg| !arg.starts_with("--") && !options.contains(&arg.as_str()));
    let models = models.map(|model| Wanted::parse(model)).collect::<Result<Vec<_>, _>>()?;
    if models.is_empty() {
        return Err(USAGE.to_owned());
    }
    let access = Access::of(&models, args.place()?)?;
    access.sources.iter().for_each(|source| eprintln!("{source}"));
    println!("{:#}", access.statements(&["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]));
    Ok(())
}

/// Prints `Key=Value` for `sam deploy --parameter-overrides`, one a line.
#[expect(clippy::print_stdout, reason = "the command prints")]
fn parameters(args: &Args) -> Result<(), String> {
    let text = |name: &str| args.text(name).map(str::to_owned);
    let models =
        Models { chat: text("--chat"), fallback: text("--fallback"), fast: text("--fast"), embed: text("--embed") };
    let (parameters, sources) = models.parameters(args.place()?)?;
    sources.iter().for_each(|source| eprintln!("{source}"));
    parameters.iter().for_each(|parameter| println!("{parameter}"));
    Ok(())
}

/// Prints what LiteLLM's table says otherwise than the catalogue.
#[expect(clippy::print_stdout, reason = "the command prints")]
fn catalogue(args: &Args) -> Result<(), String> {
    let file = args.text("--litellm").ok_or(USAGE)?;
    let table = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let table = serde_json::from_slice(&table).map_err(|error| format!("{file}: {error}"))?;
    print!("{}", litellm::report(&table));
    Ok(())
}
