//! The function in this process: the real SDK client against the stand-in's real wire.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use chat::App;
use chat::settings::Settings;
use futures_util::StreamExt as _;
use lambda_runtime::{Context, FunctionResponse, LambdaEvent};
use local::stand_in::StandIn;
use local::stand_in::scenario::Scenario;
use serde_json::{Value, json};
use shared::aws::bedrock::Bedrock;
use shared::aws::lambda_tools::LambdaTools;
use shared::service::event::Event;
use shared::service::start::Handler as _;

use crate::answer::Answer;
use crate::executor::Executor;

/// A function over its own stand-in.
#[derive(Debug)]
pub struct InProcess {
    /// The stand-in.
    pub stand_in: StandIn,
    app: Function,
    /// How long an invocation has, as Lambda would say.
    pub invocation: Duration,
}

/// The function as it is deployed.
pub type Function = App<Bedrock, LambdaTools>;

/// The model of the tests: its family rejects the least.
pub const MODEL: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

impl InProcess {
    /// Starts both, with tools that `executor` runs.
    pub async fn with_tools(executor: &Executor, vars: &[(&str, &str)]) -> Self {
        let mut local = Self::start(&[]).await;
        let vars: Vec<_> = vars.iter().copied().chain([("TOOL_EXECUTOR_FUNCTION", "tool-executor")]).collect();
        let config = |url: &str| config(url, Some(Credentials::from_keys("test", "test", None)));
        local.app = function(&config(&local.stand_in.url()), &config(&executor.url()), &vars);
        local
    }

    /// Starts both, with `vars` in the function's environment over the least it needs.
    pub async fn start(vars: &[(&str, &str)]) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let stand_in = StandIn::start(any, Duration::ZERO).await.expect("a free port");
        let app = app(&stand_in.url(), vars);
        Self { stand_in, app, invocation: Duration::from_secs(900) }
    }

    /// The next request meets a scenario.
    pub fn next(&self, scenario: &str) {
        self.stand_in.next(Scenario::parse(scenario).expect("a scenario"));
    }

    /// The function.
    pub fn app(&self) -> &Function {
        &self.app
    }

    /// Sends a request for server-sent events.
    pub async fn sse(&self, body: &Value) -> Answer {
        self.send(&post(&body.to_string(), "text/event-stream")).await
    }

    /// Sends a request for one JSON document.
    pub async fn json(&self, body: &Value) -> Answer {
        self.send(&post(&body.to_string(), "application/json")).await
    }

    /// Sends a Lambda event that is an HTTP request.
    pub async fn send(&self, event: &Value) -> Answer {
        self.invoke(&event.to_string()).await.expect("an HTTP answer")
    }

    /// Invokes the function; `None` if it only acknowledges.
    pub async fn invoke(&self, event: &str) -> Option<Answer> {
        invoke(&self.app, event, self.invocation).await
    }

    /// The body of the last request that reached the stand-in.
    pub fn last_request(&self) -> Value {
        let received = self.stand_in.received();
        serde_json::from_slice(&received.last().expect("a request").body).expect("a request in JSON")
    }
}

/// Sends an HTTP request's event to a function.
pub async fn send(app: &Function, event: &Value) -> Answer {
    invoke(app, &event.to_string(), Duration::from_secs(900)).await.expect("an HTTP answer")
}

async fn invoke(app: &Function, event: &str, left: Duration) -> Option<Answer> {
    match app.handle(invocation(event, left)).await {
        FunctionResponse::BufferedResponse(()) => None,
        FunctionResponse::StreamingResponse(response) => {
            let chunks: Vec<_> = response.stream.collect().await;
            Some(Answer {
                status: response.metadata_prelude.status_code.as_u16(),
                headers: response.metadata_prelude.headers,
                body: chunks.into_iter().flat_map(|Ok(chunk)| chunk).collect(),
            })
        }
    }
}

/// The function `embed` over the model service at `url`, with `vars` over a default model.
pub fn embed_app(url: &str, vars: &[(&str, &str)]) -> embed::App<Bedrock> {
    let env = [("EMBED_MODEL_ID", "amazon.titan-embed-text-v2:0")];
    let env = env.into_iter().chain(vars.iter().copied()).collect();
    let settings = embed::settings::Settings::from_env(&env).expect("settings");
    embed::app(Bedrock::new(&config(url, Some(Credentials::from_keys("test", "test", None)))), settings)
}

/// Sends a body to `embed`. The answer is what API Gateway makes of the function's JSON.
pub async fn embed(app: &embed::App<Bedrock>, body: &Value, left: Duration) -> Answer {
    embed_text(app, &body.to_string(), left).await
}

/// The same with a body as it is written.
pub async fn embed_text(app: &embed::App<Bedrock>, body: &str, left: Duration) -> Answer {
    let mut event = post(body, "application/json");
    if let Some(event) = event.as_object_mut() {
        event.extend(["resource", "path"].map(|field| (field.to_owned(), Value::from("/embed"))));
    }
    let response = app.handle(invocation(&event.to_string(), left)).await;
    Answer::of_proxy(&serde_json::to_value(response).expect("a response in JSON"))
}

/// An invocation with a Lambda event that has `left` to run.
pub fn invocation(event: &str, left: Duration) -> LambdaEvent<Event> {
    let payload = serde_json::from_str(event).expect("an event in JSON");
    let mut context = Context::default();
    context.request_id = "11111111-2222-3333-4444-555555555555".to_owned();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    context.deadline = (now + left).as_millis() as u64;
    LambdaEvent { payload, context }
}

/// The function over the model service at `url`.
pub fn app(url: &str, vars: &[(&str, &str)]) -> Function {
    app_over(&config(url, Some(Credentials::from_keys("test", "test", None))), vars)
}

/// The function over an SDK configuration.
pub fn app_over(config: &SdkConfig, vars: &[(&str, &str)]) -> Function {
    let env = [("CHAT_MODEL_ID", MODEL), ("CHAT_FAST_MODEL_ID", "us.amazon.nova-lite-v1:0")];
    let vars: Vec<_> = env.into_iter().chain(vars.iter().copied()).collect();
    function(config, config, &vars)
}

fn function(bedrock: &SdkConfig, lambda: &SdkConfig, vars: &[(&str, &str)]) -> Function {
    let model = [("CHAT_MODEL_ID", MODEL)];
    let settings = Settings::from_env(&model.into_iter().chain(vars.iter().copied()).collect()).expect("settings");
    let tools = LambdaTools::new(lambda, settings.tool_executor.clone());
    chat::app(Bedrock::new(bedrock), tools, settings)
}

/// An SDK configuration for the model service at `url`.
pub fn config(url: &str, credentials: Option<Credentials>) -> SdkConfig {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
    let config = config.region(Region::new("us-east-1")).endpoint_url(url);
    config.credentials_provider(SharedCredentialsProvider::new(Given(credentials))).build()
}

/// Credentials, or the lack of them.
#[derive(Debug)]
struct Given(Option<Credentials>);

impl ProvideCredentials for Given {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
    where
        Self: 'a,
    {
        let none = || CredentialsError::not_loaded("there are none");
        ProvideCredentialsFuture::ready(self.0.clone().ok_or_else(none))
    }
}

/// A REST event (payload 1.0) with a JSON body.
pub fn post(body: &str, accept: &str) -> Value {
    json!({
        "resource": "/chat", "path": "/chat", "httpMethod": "POST",
        "headers": { "Content-Type": "application/json", "Accept": accept },
        "requestContext": { "stage": "prod", "path": "/prod/chat", "httpMethod": "POST" },
        "body": body, "isBase64Encoded": false,
    })
}

/// A request with one text.
pub fn says(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": [{ "text": text }] }] })
}
