//! A stand-in for bedrock-runtime: Converse, ConverseStream and, for embedding models, InvokeModel with the service's bytes, rules and messages.
//!
//! It listens on one port for HTTP/1.1 and HTTP/2 without TLS, takes any credentials, and answers the same
//! request with the same content. Faults are set as a [scenario].

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

mod answer;
mod cache;
mod error;
mod frame;
mod identifier;
mod invoke;
mod models;
mod redacted;
mod reply;
mod route;
pub mod scenario;
mod script;
mod signature;
mod stream;
mod validate;
mod vectors;

use cache::Cache;
pub use frame::{error_frame, event_frame, exception_frame};
use scenario::Scenario;

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
}

/// A request, as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path as it was on the wire, not decoded.
    pub path: String,
    /// The body.
    pub body: Bytes,
}

#[derive(Debug, Default)]
struct State {
    /// Between two pieces of text.
    pace: Duration,
    scenarios: Mutex<VecDeque<Scenario>>,
    /// What requests meet if none is queued.
    always: Mutex<Option<Scenario>>,
    /// Requests since the start.
    count: AtomicUsize,
    /// Streams under way.
    open: Arc<AtomicUsize>,
    received: Mutex<Vec<Received>>,
    cache: Mutex<Cache>,
}

/// How many requests are remembered for [`StandIn::received`].
const REMEMBERED: usize = 100;

impl StandIn {
    /// Starts a stand-in on `address` (port 0: a free one), with `pace` between two pieces of text.
    ///
    /// # Errors
    /// Where the address cannot be listened on.
    pub async fn start(address: SocketAddr, pace: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { pace, ..State::default() });
        let (stop, stopped) = oneshot::channel::<()>();
        // Routes are read from the raw path (an ARN is one encoded segment), so every request is a fallback.
        let router = Router::new()
            .fallback(route::handle)
            .layer(DefaultBodyLimit::max(25_000_000))
            .with_state(Arc::clone(&state));
        let server = async move { axum::serve(listener, router).await };
        tokio::spawn(async move {
            tokio::select! {
                _ = server => {}
                _ = stopped => {}
            }
        });
        Ok(Self { address, state, stop: Some(stop) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, for `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request meets `scenario`; those set before it come first.
    pub fn next(&self, scenario: Scenario) {
        lock(&self.state.scenarios).push_back(scenario);
    }

    /// Every request from now on meets `scenario`, if no other is set for it.
    pub fn always(&self, scenario: Option<Scenario>) {
        *lock(&self.state.always) = scenario;
    }

    /// Forgets the scenarios that still wait for a request.
    pub fn forget(&self) {
        lock(&self.state.scenarios).clear();
    }

    /// How many scenarios still wait for a request.
    pub fn queued(&self) -> usize {
        lock(&self.state.scenarios).len()
    }

    /// How many requests have come.
    pub fn count(&self) -> usize {
        self.state.count.load(Ordering::Relaxed)
    }

    /// How many streams are under way.
    pub fn open_streams(&self) -> usize {
        self.state.open.load(Ordering::Relaxed)
    }

    /// The requests that came, the last 100, oldest first.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl State {
    fn remember(&self, received: Received) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut all = lock(&self.received);
        if all.len() == REMEMBERED {
            all.remove(0);
        }
        all.push(received);
    }
}

/// A stream that counts while it is under way.
#[derive(Debug)]
struct Open(Arc<AtomicUsize>);

impl Open {
    fn count(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
