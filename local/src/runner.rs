//! `make run`: the stand-in and the functions on one machine, behind an API Gateway and a Lambda of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures_util::future::try_join_all;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::stand_in::StandIn;

mod gateway;
mod lambda;
mod program;
mod routes;

use lambda::{Function, Lambda};
pub(crate) use program::{built, variables};

/// The functions, by the names of their binaries.
pub const FUNCTIONS: [&str; 3] = ["chat", "embed", "tool-executor"];

/// Where things listen.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The API, and Lambda's Invoke API.
    pub chat: u16,
    /// The stand-in for bedrock-runtime.
    pub stand_in: u16,
}

/// Between two words of the stand-in: about as fast as people read along.
const PACE: Duration = Duration::from_millis(30);
/// How long a function may take to answer for the first time.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Runs the stack until Ctrl-C, and takes everything it started with it.
///
/// # Errors
/// One line that says what is missing or went wrong.
pub async fn run(ports: Ports) -> Result<(), String> {
    let in_use = |port: u16, option: &str| {
        format!("port {port} is in use: end what listens there, or choose another: make run {option}=<port>")
    };
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, ports.chat)).await.map_err(|_| in_use(ports.chat, "PORT"))?;
    let stand_in = StandIn::start(SocketAddr::from((Ipv4Addr::LOCALHOST, ports.stand_in)), PACE)
        .await
        .map_err(|_| in_use(ports.stand_in, "STAND_IN_PORT"))?;
    let function = |name: &'static str| {
        let (binary, bedrock, lambda) = (built(name)?, stand_in.url(), format!("http://127.0.0.1:{}", ports.chat));
        Ok(Arc::new(Function::new(name, move || program::command(&binary, name, &lambda, &bedrock))))
    };
    let functions: Vec<Arc<Function>> = FUNCTIONS.into_iter().map(function).collect::<Result<_, String>>()?;
    tokio::select! {
        ended = serve(listener, Lambda(functions), ports) => ended,
        () = asked_to_end() => Ok(()),
    }
}

/// Waits until the functions answer, says where they are, and then never ends.
async fn serve(listener: TcpListener, lambda: Lambda, ports: Ports) -> Result<(), String> {
    try_join_all(lambda.0.iter().map(answers)).await?;
    let Ports { chat, stand_in } = ports;
    eprintln!(
        r#"
bedrock-lambda runs on this machine. Ctrl-C ends it.

  chat      http://127.0.0.1:{chat}/chat (its tools run in the function tool-executor)
  embed     http://127.0.0.1:{chat}/embed
  stand-in  http://127.0.0.1:{stand_in} (bedrock-runtime: no model, the same wire)

Chat, streamed:

  curl -N http://127.0.0.1:{chat}/chat -H 'Content-Type: application/json' -d '{{"messages":[{{"role":"user","content":[{{"text":"Hello!"}}]}}]}}'

Let the next answer fail after five words, then chat again:

  curl http://127.0.0.1:{stand_in}/_local/scenario -d exception:throttlingException:5
"#
    );
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, gateway::router(Arc::new(lambda))).await.map_err(|error| error.to_string())
}

/// Starts a process of the function, and waits until it answers an event that is no HTTP request.
async fn answers(function: &Arc<Function>) -> Result<(), String> {
    let name = function.name;
    match tokio::time::timeout(READY_WITHIN, function.invoke(Bytes::from_static(b"{}"))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(failed)) => Err(format!("the function {name} {failed}")),
        Err(_) => Err(format!("the function {name} did not answer within {} s", READY_WITHIN.as_secs())),
    }
}

/// Resolves at SIGINT (Ctrl-C) and SIGTERM.
pub async fn asked_to_end() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
