//! `make run`: the stand-in and the functions on one machine, under cargo-lambda's emulator.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::stand_in::StandIn;

mod child;
pub(crate) mod tools;

pub(crate) use child::variables;
use child::{Child, Launch};

/// The functions, by the names of their binaries.
pub const FUNCTIONS: [&str; 3] = ["chat", "embed", "tool-executor"];

/// Where things listen.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The functions, behind cargo-lambda.
    pub chat: u16,
    /// The stand-in for bedrock-runtime.
    pub stand_in: u16,
}

/// Between two words of the stand-in: about as fast as people read along.
const PACE: Duration = Duration::from_millis(30);
/// How long what was started may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// A function that ends sooner after its start does not work at all.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Runs the stack until Ctrl-C, and takes everything it started with it.
///
/// # Errors
/// One line that says what is missing or went wrong.
pub async fn run(ports: Ports) -> Result<(), String> {
    for (port, option) in [(ports.chat, "PORT"), (ports.stand_in, "STAND_IN_PORT")] {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            return Err(format!(
                "port {port} is in use: end what listens there, or choose another: make run {option}=<port>"
            ));
        }
    }
    let cargo_lambda = tools::cargo_lambda()?;
    let (chat, embed, executor) = (tools::built("chat")?, tools::built("embed")?, tools::built("tool-executor")?);
    let stand_in = StandIn::start(SocketAddr::from((Ipv4Addr::LOCALHOST, ports.stand_in)), PACE)
        .await
        .map_err(|error| format!("port {}: {error}", ports.stand_in))?;
    let mut emulator = Launch::emulator(&cargo_lambda, ports.chat).start("cargo-lambda")?;
    tokio::select! {
        listens = until("cargo-lambda", || listens(ports.chat)) => listens?,
        status = emulator.ended() => return Err(format!("cargo-lambda ended: {status}; its output is above")),
    }
    let launch =
        |binary: &Path, name: &'static str| Launch::function(binary, name, ports.chat, &stand_in.url()).start(name);
    let mut functions = [launch(&chat, "chat")?, launch(&embed, "embed")?, launch(&executor, "tool-executor")?];
    let [chat_runs, embed_runs, executor_runs] = &mut functions;
    let ended = tokio::select! {
        ended = serve(ports) => ended,
        () = asked_to_end() => Ok(()),
        status = emulator.ended() => Err(format!("cargo-lambda ended: {status}; its output is above")),
        error = keep_running("chat", chat_runs, || launch(&chat, "chat")) => Err(error),
        error = keep_running("embed", embed_runs, || launch(&embed, "embed")) => Err(error),
        error = keep_running("tool-executor", executor_runs, || launch(&executor, "tool-executor")) => Err(error),
    };
    Child::end_all(functions.into_iter().chain([emulator])).await;
    drop(stand_in);
    ended
}

/// Starts the function again whenever it ends, as Lambda does: the runtime gives up when its answer has no
/// reader left, which under this emulator is any client that goes away. Resolves when it ends at once.
async fn keep_running(name: &str, function: &mut Child, launch: impl Fn() -> Result<Child, String>) -> String {
    loop {
        let started = Instant::now();
        let status = function.ended().await;
        if started.elapsed() < AT_ONCE {
            return format!("the function {name} ended: {status}; its output is above");
        }
        match launch() {
            Ok(again) => *function = again,
            Err(error) => return error,
        }
    }
}

/// Waits until the functions answer, says where they are, and then never ends.
async fn serve(ports: Ports) -> Result<(), String> {
    until("the function chat", || answers(ports.chat, CHAT, "HTTP/1.1 405")).await?;
    until("the function embed", || answers(ports.chat, EMBED, "HTTP/1.1 200")).await?;
    until("the function tool-executor", || answers(ports.chat, EXECUTOR, "HTTP/1.1 200")).await?;
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
    std::future::pending().await
}

/// Waits until `holds`.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) -> Result<(), String> {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let late = |_| format!("{what} did not answer within {} s", READY_WITHIN.as_secs());
    tokio::time::timeout(READY_WITHIN, wait).await.map_err(late)
}

async fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
}

/// The function itself refuses a GET, with 405.
const CHAT: &str = "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
/// An event that is no HTTP request is acknowledged.
const EMBED: &str = "POST /2015-03-31/functions/embed/invocations HTTP/1.1\r\nHost: localhost\r\n\
    Connection: close\r\nContent-Length: 2\r\n\r\n{}";
/// Any event is answered.
const EXECUTOR: &str = "POST /2015-03-31/functions/tool-executor/invocations HTTP/1.1\r\nHost: localhost\r\n\
    Connection: close\r\nContent-Length: 2\r\n\r\n{}";

/// Whether the chain to a function is closed: `request` is answered as the function does it.
async fn answers(port: u16, request: &str, expected: &str) -> bool {
    let request = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with(expected.as_bytes()))
    };
    matches!(tokio::time::timeout(Duration::from_secs(5), request).await, Ok(Ok(true)))
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
