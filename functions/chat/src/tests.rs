//! The function over a model that panics, and over one that never answers. The wire is tested in the member `tests`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use lambda_runtime::Context;
use serde_json::{Value, json};
use shared::converse::stream_event::StreamEvent;
use shared::converse::tool_result::ToolResult;
use shared::converse::tool_specs::ToolSpecs;
use shared::engine::converse_api::{Answered, EventSource, Opened};
use shared::engine::tools::ToolCall;
use shared::error::BedrockError;
use shared::model::id::ModelId;

use super::*;

#[derive(Clone)]
struct Model {
    panics: bool,
}

struct NoEvents;

impl EventSource for NoEvents {
    async fn next(&mut self) -> Option<Result<StreamEvent, BedrockError>> {
        None
    }
}

impl ConverseApi for Model {
    type Events = NoEvents;

    async fn converse_stream(&self, _: ModelId, _: Bytes) -> Result<Opened<NoEvents>, BedrockError> {
        assert!(!self.panics, "a bug");
        std::future::pending().await
    }

    async fn converse(&self, _: ModelId, _: Bytes) -> Result<Answered, BedrockError> {
        assert!(!self.panics, "a bug");
        std::future::pending().await
    }
}

#[derive(Clone, Default)]
struct NoTools(ToolSpecs);

impl ToolProvider for NoTools {
    fn specs(&self) -> &ToolSpecs {
        &self.0
    }

    async fn call(&self, call: ToolCall, _: Duration) -> ToolResult {
        ToolResult::error(&call.tool_use_id, "there are none")
    }
}

async fn problem(panics: bool, accept: &str) -> (u16, Value) {
    let settings = Settings::from_env(&[("CHAT_MODEL_ID", "a.b")].into_iter().collect()).unwrap();
    let body = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
    let event = json!({
        "httpMethod": "POST", "path": "/chat", "headers": { "Accept": accept }, "body": body,
        "requestContext": { "stage": "v1", "httpMethod": "POST" },
    });
    let payload = serde_json::from_str(&event.to_string()).unwrap();
    let mut context = Context::default();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    context.deadline = (now + Duration::from_secs(900)).as_millis() as u64;
    let app = app(Model { panics }, NoTools::default(), settings);
    let FunctionResponse::StreamingResponse(response) = app.handle(LambdaEvent { payload, context }).await else {
        panic!("not an HTTP response")
    };
    let chunks: Vec<_> = response.stream.collect().await;
    let body: Vec<u8> = chunks.into_iter().flat_map(|Ok(chunk)| chunk).collect();
    (response.metadata_prelude.status_code.as_u16(), serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_no_failed_invocation() {
    for accept in ["text/event-stream", "application/json"] {
        let (status, problem) = problem(true, accept).await;
        assert_eq!(
            (status, &problem["code"], &problem["retryable"]),
            (500, &json!("internal"), &json!(false)),
            "{accept}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_has_270_seconds_however_long_the_invocation_may_take() {
    let began = Instant::now();
    let (status, problem) = problem(false, "application/json").await;
    assert_eq!((status, &problem["code"], began.elapsed().as_secs()), (504, &json!("deadline"), 270));
}
