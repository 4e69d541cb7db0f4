//! An execution environment: a process of a function, with a Runtime API of its own that it polls.

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::Failed;
use super::runtime_api::{self, Answer, Invocation};

/// A process that runs; dropping it ends it.
#[derive(Debug)]
pub(super) struct Environment {
    child: Child,
    invocations: mpsc::Sender<Invocation>,
    runtime_api: JoinHandle<()>,
}

impl Environment {
    /// Starts the process.
    ///
    /// # Errors
    /// The system's reason.
    pub(super) async fn start(mut command: Command) -> Result<Self, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        command.env("AWS_LAMBDA_RUNTIME_API", address.to_string()).kill_on_drop(true);
        let child = command.spawn().map_err(|error| error.to_string())?;
        let (invocations, queue) = mpsc::channel(1);
        let runtime_api = tokio::spawn(runtime_api::serve(listener, queue));
        Ok(Self { child, invocations, runtime_api })
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Hands the process an event, and waits until its answer, which goes to `answer`, is complete.
    ///
    /// # Errors
    /// Where the answer is not complete; the environment is of no use then.
    pub(super) async fn run(
        &mut self,
        event: Bytes,
        timeout: Duration,
        answer: mpsc::Sender<Result<Answer, Failed>>,
    ) -> Result<(), Failed> {
        let (done, complete) = oneshot::channel();
        let invocation = Invocation::new(event, SystemTime::now() + timeout, answer, done);
        // Received as long as the Runtime API is served.
        let _ = self.invocations.send(invocation).await;
        tokio::select! {
            biased;
            Ok(()) = complete => Ok(()),
            status = self.child.wait() => {
                Err(Failed::Ended(status.map_or_else(|error| error.to_string(), |status| status.to_string())))
            }
            () = tokio::time::sleep(timeout) => Err(Failed::TimedOut),
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.runtime_api.abort();
    }
}
