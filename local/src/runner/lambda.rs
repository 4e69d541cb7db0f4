//! Lambda on this machine: functions that are invoked by name, one process for each invocation at a time.
//!
//! Why not under cargo-lambda's emulator, as the tests run the functions: it does not know which process has which
//! request, so the caller of a function that ends waits without end; it gives every invocation a deadline of 1970;
//! and it sends headers of its own with an answer.

use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::process::Command;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

mod environment;
mod invoke_api;
mod runtime_api;

use environment::Environment;
pub(super) use invoke_api::invocations;
pub(super) use runtime_api::Answer;

/// Processes of one function: as many as `chat` calls tools side by side.
const ENVIRONMENTS: usize = 8;
/// Lambda's longest timeout.
const LONGEST: Duration = Duration::from_secs(900);

/// The functions.
#[derive(Debug)]
pub(super) struct Lambda(pub(super) Vec<Arc<Function>>);

/// A function and its processes, which are started on demand and kept.
pub(super) struct Function {
    pub(super) name: &'static str,
    command: Box<dyn Fn() -> Command + Send + Sync>,
    timeout: Duration,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Environment>>,
}

/// Why an invocation has no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// The process cannot be started.
    NotStarted(String),
    /// The process ended, with this status.
    Ended(String),
    /// The function reported an error, in JSON.
    Reported(Bytes),
    /// The function's time ran out.
    TimedOut,
}

impl Lambda {
    /// The function `name`.
    pub(super) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.0.iter().find(|function| function.name == name)
    }
}

impl Function {
    /// A function whose processes `command` starts.
    pub(super) fn new(name: &'static str, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self {
            name,
            command: Box::new(command),
            timeout: LONGEST,
            free: Arc::new(Semaphore::new(ENVIRONMENTS)),
            idle: Mutex::default(),
        }
    }

    /// Invokes the function, and waits until its answer begins. As on Lambda, it runs to its end even if nobody
    /// waits for the answer any more.
    ///
    /// # Errors
    /// Where no answer begins.
    pub(super) async fn invoke(self: &Arc<Self>, event: Bytes) -> Result<Answer, Failed> {
        let free = timeout(self.timeout, Arc::clone(&self.free).acquire_owned()).await;
        let Ok(Ok(permit)) = free else { return Err(Failed::TimedOut) };
        let environment = self.environment().await?;
        // Two places: the answer, and why it broke off, which nobody reads any more.
        let (sender, mut answer) = mpsc::channel(2);
        tokio::spawn(Arc::clone(self).run(environment, event, sender, permit));
        answer.recv().await.unwrap_or(Err(Failed::TimedOut))
    }

    /// Says on standard error, which may be closed, what is wrong with the function.
    pub(super) fn complain(&self, what: impl fmt::Display) {
        let _ = writeln!(std::io::stderr(), "the function {} {what}", self.name);
    }

    /// A process that waits for an event, or a new one.
    async fn environment(&self) -> Result<Environment, Failed> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut environment) = idle else {
                return Environment::start((self.command)()).await.map_err(Failed::NotStarted);
            };
            if environment.is_alive() {
                return Ok(environment);
            }
        }
    }

    async fn run(
        self: Arc<Self>,
        mut environment: Environment,
        event: Bytes,
        answer: mpsc::Sender<Result<Answer, Failed>>,
        _permit: OwnedSemaphorePermit,
    ) {
        match environment.run(event, self.timeout, answer.clone()).await {
            Ok(()) => self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(environment),
            Err(failed) => {
                let _ = answer.try_send(Err(failed));
            }
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.name)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => write!(f, "cannot be started: {error}"),
            Self::Ended(status) => write!(f, "ended: {status}; its output is above"),
            Self::Reported(error) => write!(f, "failed: {}", String::from_utf8_lossy(error)),
            Self::TimedOut => f.write_str("did not answer in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn invoke(function: Function) -> Failed {
        Arc::new(function).invoke(Bytes::from_static(b"{}")).await.err().unwrap()
    }

    #[tokio::test]
    async fn program_that_is_not_there_is_not_started() {
        let failed = invoke(Function::new("f", || Command::new("/nowhere/at/all"))).await;
        assert!(matches!(&failed, Failed::NotStarted(error) if error.contains("No such file")), "{failed}");
    }

    #[tokio::test]
    async fn process_that_ends_fails_its_invocation_with_its_status() {
        let failed = invoke(Function::new("f", || Command::new("false"))).await;
        assert!(matches!(&failed, Failed::Ended(status) if status == "exit status: 1"), "{failed}");
    }

    #[tokio::test]
    async fn process_that_never_answers_is_timed_out() {
        let asleep = Function::new("f", || {
            let mut sleep = Command::new("sleep");
            sleep.arg("600");
            sleep
        });
        let failed = invoke(Function { timeout: Duration::from_millis(50), ..asleep }).await;
        assert!(matches!(failed, Failed::TimedOut), "{failed}");
    }

    #[tokio::test]
    async fn invocation_that_finds_no_process_free_is_timed_out() {
        let function = Function::new("f", || Command::new("false"));
        let busy = Function { timeout: Duration::from_millis(50), free: Arc::new(Semaphore::new(0)), ..function };
        let failed = invoke(busy).await;
        assert!(matches!(failed, Failed::TimedOut), "{failed}");
    }
}
