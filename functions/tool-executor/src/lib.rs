//! Runs the tools that `chat` offers to the model: `{toolUseId, name, input}` in, Bedrock's `toolResult` block out.
//!
//! An invocation never fails: an unknown tool, an input that breaks the schema, a tool that refuses, panics or runs
//! out of time is a result with `status: error` and a sentence that the model can act on.

use std::panic::AssertUnwindSafe;

use aws_config::SdkConfig;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use shared::engine::deadline::Deadline;
use shared::json::Document;
use shared::limits::DEPTH;
use shared::service::observer::Observer;
use shared::service::start::{self, Handler};
use tokio::time::{Instant, timeout_at};

use crate::orders::Orders;
use crate::settings::Settings;
use crate::tools::Refusal;

pub mod orders;
pub mod settings;
pub mod tools;

/// What tools work with.
#[derive(Debug)]
pub struct Context {
    /// The orders.
    pub orders: Orders,
}

impl Context {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self { orders: Orders::Samples }
    }
}

/// The function, with what it needs.
#[derive(Debug)]
pub struct App {
    context: Context,
}

/// Builds the function.
pub fn app(config: &SdkConfig, settings: Settings) -> App {
    App { context: Context { orders: Orders::new(config, settings.orders_table) } }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    tool_use_id: String,
    name: String,
    #[serde(borrow)]
    input: &'a RawValue,
}

impl<'a> Call<'a> {
    /// Reads an event, which has no duplicate key at any depth.
    fn read(event: &'a str) -> Result<Self, String> {
        let call = serde_json::from_str(event).map_err(|error| error.to_string())?;
        Document::parse(event.to_owned(), DEPTH).map_err(|error| error.to_string())?;
        Ok(call)
    }
}

impl Handler for App {
    type Event = Box<RawValue>;
    type Response = Value;

    async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Value {
        let LambdaEvent { payload, context } = event;
        let began = Instant::now();
        let deadline = start::deadline(&context, began);
        let mut observer = Observer::begin(&context.request_id, began);
        let (id, result) = match Call::read(payload.get()) {
            Ok(call) => {
                observer.tool(&call.name);
                let running = tools::run(&call.name, call.input.get(), &self.context);
                (call.tool_use_id, settle(running, deadline).await)
            }
            Err(error) => {
                observer.tool("unknown");
                let text = format!("The event is not {{toolUseId, name, input}}: {error}.");
                ("unknown".to_owned(), Err(Refusal(text)))
            }
        };
        match &result {
            Ok(_) => observer.answered(),
            Err(_) => observer.tool_failed(),
        }
        block(&id, result)
    }
}

/// Waits for a tool, which may panic or never end.
async fn settle(run: impl Future<Output = Result<Value, Refusal>>, deadline: Deadline) -> Result<Value, Refusal> {
    match timeout_at(deadline.ends(), AssertUnwindSafe(run).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Refusal("The tool failed. Go on without it.".to_owned())),
        Err(_) => Err(Refusal("The tool ran out of time. Go on without it.".to_owned())),
    }
}

fn block(tool_use_id: &str, result: Result<Value, Refusal>) -> Value {
    let (status, item) = match result {
        Ok(value) => ("success", json!({ "json": value })),
        Err(refusal) => ("error", json!({ "text": refusal.0 })),
    };
    json!({ "toolResult": { "toolUseId": tool_use_id, "status": status, "content": [item] } })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn answer(event: &str) -> Value {
        let app = App { context: Context::for_tests() };
        let payload = RawValue::from_string(event.to_owned()).unwrap();
        let answer = app.handle(LambdaEvent { payload, context: lambda_runtime::Context::default() }).await;
        answer["toolResult"].clone()
    }

    #[tokio::test]
    async fn a_call_is_answered_with_bedrocks_block() {
        let result = answer(r#"{"toolUseId":"t1","name":"calculate","input":{"expression":"6*7"}}"#).await;
        assert_eq!(
            result,
            json!({ "toolUseId": "t1", "status": "success", "content": [{ "json": { "result": "42" } }] })
        );
    }

    #[tokio::test]
    async fn whatever_is_wrong_is_a_result_with_a_sentence() {
        for (event, sentence) in [
            (
                r#"{"toolUseId":"t","name":"guess","input":{}}"#,
                "There is no tool \"guess\". The tools are: calculate, ",
            ),
            (
                r#"{"toolUseId":"t","name":"calculate","input":{}}"#,
                "The input does not fit the tool's schema: missing field `expression`",
            ),
            (
                r#"{"toolUseId":"t","name":"calculate","input":{"expression":7}}"#,
                "The input does not fit the tool's schema at expression: invalid type",
            ),
            (r#"{"toolUseId":"t","name":"calculate","input":{"expression":"1","x":1}}"#, "unknown field `x`"),
            (r#"{"toolUseId":"t","name":"calculate","input":[]}"#, "The input does not fit the tool's schema"),
            (
                r#"{"toolUseId":"t","name":"calculate"}"#,
                "The event is not {toolUseId, name, input}: missing field `input`",
            ),
            ("null", "The event is not {toolUseId, name, input}"),
            (
                r#"{"toolUseId":"t","name":"calculate","input":{"expression":"1","expr\u0065ssion":"2"}}"#,
                "The event is not {toolUseId, name, input}: input.expression: duplicate field",
            ),
        ] {
            let result = answer(event).await;
            assert_eq!(result["status"], "error", "{event}");
            let text = result["content"][0]["text"].as_str().unwrap();
            assert!(text.contains(sentence), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_panics_or_never_ends_is_a_result() {
        let deadline = Deadline::after(Duration::from_secs(10), Instant::now());
        let panics = async { panic!("a bug") };
        assert_eq!(settle(panics, deadline).await, Err(Refusal("The tool failed. Go on without it.".into())));
        let stuck = std::future::pending();
        assert_eq!(settle(stuck, deadline).await, Err(Refusal("The tool ran out of time. Go on without it.".into())));
    }

    #[test]
    fn the_checked_in_specs_are_the_types() {
        let checked_in: Value = serde_json::from_str(include_str!("../../../shared/tools.json")).unwrap();
        assert_eq!(checked_in, tools::specs(), "run `make tools-json`");
    }
}
