//! Tools in a function of their own, with rights of their own: invoked directly, one invocation a call.

use std::sync::LazyLock;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{DisplayErrorContext, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use serde::Serialize;

use crate::converse::tool_result::{ToolResult, ToolStatus, content};
use crate::converse::tool_specs::ToolSpecs;
use crate::engine::tools::{ToolCall, ToolProvider, limited};
use crate::json::{Document, Raw};
use crate::limits::TOOL_INPUT_BYTES;

/// The specifications of the executor's tools, as they are checked in.
///
/// The file is written from the executor's own types (`make tools-json`) and checked against them by a test, so the
/// schema that the model sees is the type that is parsed. It is part of this crate: no call at start fetches it.
pub const SPECS_FILE: &str = include_str!("../../tools.json");

/// The executor function, or none: then no tool is offered, and none can be called.
#[derive(Debug, Clone)]
pub struct LambdaTools {
    client: Client,
    function: Option<String>,
    specs: ToolSpecs,
}

/// The event of an invocation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    tool_use_id: &'a str,
    name: &'a str,
    input: &'a Raw,
}

impl LambdaTools {
    /// A client made once, for `function` (a name or an ARN). The SDK's retries are off: a tool may not be safe to
    /// run twice.
    pub fn new(config: &SdkConfig, function: Option<String>) -> Self {
        // The file is read once in a process; that it can be is tested.
        static SPECS: LazyLock<ToolSpecs> = LazyLock::new(|| ToolSpecs::parse(SPECS_FILE).unwrap_or_default());
        let config = aws_sdk_lambda::config::Builder::from(config).retry_config(RetryConfig::disabled()).build();
        let specs = if function.is_some() { SPECS.clone() } else { ToolSpecs::default() };
        Self { client: Client::from_conf(config), function, specs }
    }

    async fn invoke(&self, call: &ToolCall) -> Result<ToolResult, String> {
        if call.input.as_str().len() > TOOL_INPUT_BYTES {
            return Err(format!("The input is over {TOOL_INPUT_BYTES} bytes. Call the tool with less."));
        }
        let function = self.function.as_deref().ok_or("There is nothing that runs tools here.")?;
        let event = Event { tool_use_id: &call.tool_use_id, name: &call.name, input: &call.input };
        // Strings and JSON that was parsed before have no way to fail.
        let event = serde_json::to_vec(&event).unwrap_or_default();
        let invoked = self.client.invoke().function_name(function).payload(Blob::new(event)).send().await;
        let output = invoked.map_err(|error| {
            tracing::warn!(tool = call.name, cause = %DisplayErrorContext(&error), "the tool executor was not invoked");
            told(&error).to_owned()
        })?;
        if let Some(kind) = output.function_error() {
            tracing::warn!(tool = call.name, kind, "the tool executor failed");
            return Err("The tool failed and did not say why.".to_owned());
        }
        let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
        read_answer(payload, &call.tool_use_id).ok_or_else(|| {
            tracing::warn!(tool = call.name, bytes = payload.len(), "the tool executor's answer is no tool result");
            "The tool's answer could not be read.".to_owned()
        })
    }
}

/// What the model learns of a failed invocation.
fn told(error: &SdkError<InvokeError>) -> &'static str {
    match error {
        SdkError::ServiceError(service) => match service.err() {
            InvokeError::TooManyRequestsException(_) => "The tool is busy. Try again later, or go on without it.",
            InvokeError::RequestTooLargeException(_) => "The input is too large. Call the tool with less.",
            _ => "The tool could not be started.",
        },
        _ => "The tool could not be reached.",
    }
}

/// Reads what an executor answered to the call `tool_use_id`, Bedrock's block `{"toolResult": {…}}`; `None` if it is no
/// answer to it.
fn read_answer(payload: &[u8], tool_use_id: &str) -> Option<ToolResult> {
    let document = Document::parse_lenient(String::from_utf8(payload.to_vec()).ok()?).ok()?;
    let result = document.root().get("toolResult")?;
    let text = |name: &str| result.get(name)?.text();
    let status = match text("status")?.as_ref() {
        "success" => ToolStatus::Success,
        "error" => ToolStatus::Error,
        _ => return None,
    };
    let content = content(result.get("content")?)?;
    let answers = text("toolUseId")? == tool_use_id;
    answers.then(|| ToolResult { tool_use_id: tool_use_id.to_owned(), content, status })
}

impl ToolProvider for LambdaTools {
    fn specs(&self) -> &ToolSpecs {
        &self.specs
    }

    async fn call(&self, call: ToolCall, budget: Duration) -> ToolResult {
        let result = match tokio::time::timeout(budget, self.invoke(&call)).await {
            Ok(result) => result,
            Err(_) => Err(format!("The tool did not answer within {} s.", budget.as_secs_f32().ceil())),
        };
        limited(result.unwrap_or_else(|text| ToolResult::error(&call.tool_use_id, text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_specs_are_all_read_and_bedrock_would_take_them() {
        let specs = ToolSpecs::parse(SPECS_FILE).unwrap();
        let file: serde_json::Value = serde_json::from_str(SPECS_FILE).unwrap();
        let read: Vec<_> = specs.iter().map(|tool| serde_json::to_value(tool).unwrap()).collect();
        assert!(read.len() >= 3 && file == serde_json::Value::from(read));
    }

    #[test]
    fn an_answer_is_read_as_it_came_and_garbage_is_none() {
        let answer = br#"{"toolResult":{"toolUseId":"t","status":"success","content":[{"json":{"b":1.0,"a":2}}]}}"#;
        let result = read_answer(answer, "t").unwrap();
        assert_eq!((result.status, result.content.as_str()), (ToolStatus::Success, r#"[{"json":{"b":1.0,"a":2}}]"#));
        for garbage in [
            "",
            "null",
            "{}",
            r#"{"toolResult":{"toolUseId":"other","status":"success","content":[{"text":"x"}]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"fine","content":[{"text":"x"}]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"success","content":[]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"success","content":[{"text":7}]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"success","content":[{"image":{}}]}}"#,
            r#"{"errorMessage":"boom"}"#,
        ] {
            assert_eq!(read_answer(garbage.as_bytes(), "t"), None, "{garbage}");
        }
    }
}
