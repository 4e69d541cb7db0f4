//! Lambda's Invoke API over the real tool-executor in this process, and ways for it to go wrong.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::service::start::Handler as _;
use tokio::net::TcpListener;
use tool_executor::App;
use tool_executor::settings::Settings;

/// How a tool goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The executor answers this, whatever the event.
    Answers(String),
    /// The function failed: `X-Amz-Function-Error`.
    FunctionError,
    /// Lambda rejects the invocation: 429.
    Throttled,
    /// No answer ever comes.
    Never,
}

/// A Lambda that has one function.
#[derive(Debug, Clone)]
pub struct Executor {
    port: u16,
    state: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    app: App,
    faults: HashMap<&'static str, Fault>,
    events: Mutex<Vec<Value>>,
}

impl Executor {
    /// Starts it, with faults by the name of a tool.
    pub async fn start(faults: &[(&'static str, Fault)]) -> Self {
        let config = crate::in_process::config("http://127.0.0.1:9", None);
        let app = tool_executor::app(&config, Settings::default());
        let state = Arc::new(Shared { app, faults: faults.iter().cloned().collect(), events: Mutex::default() });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let router = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, state }
    }

    /// Its URL, for `AWS_ENDPOINT_URL_LAMBDA`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The same Lambda as if it were on another port, where nothing listens.
    pub fn on_port(&self, port: u16) -> Self {
        Self { port, state: Arc::clone(&self.state) }
    }

    /// The events that reached the function.
    pub fn events(&self) -> Vec<Value> {
        self.state.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn invoke(State(state): State<Arc<Shared>>, Path(_): Path<String>, body: Bytes) -> Response {
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    state.events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    let name = event.get("name").and_then(Value::as_str).unwrap_or_default();
    let respond = |status: u16, header: (&str, &str), body: String| {
        Response::builder().status(status).header(header.0, header.1).body(Body::from(body)).unwrap_or_default()
    };
    match state.faults.get(name) {
        Some(Fault::Answers(text)) => respond(200, ("content-type", "application/json"), text.clone()),
        Some(Fault::FunctionError) => {
            respond(200, ("x-amz-function-error", "Unhandled"), r#"{"errorMessage":"arn:aws:boom"}"#.to_owned())
        }
        Some(Fault::Throttled) => {
            respond(429, ("x-amzn-errortype", "TooManyRequestsException"), r#"{"message":"Rate Exceeded."}"#.to_owned())
        }
        Some(Fault::Never) => std::future::pending().await,
        None => {
            let payload = RawValue::from_string(event.to_string()).expect("an event in JSON");
            let answer = state.app.handle(LambdaEvent { payload, context: Context::default() }).await;
            respond(200, ("content-type", "application/json"), answer.to_string())
        }
    }
}
