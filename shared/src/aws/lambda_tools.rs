//! Tools in a function of their own, with rights of their own: invoked directly, one invocation a call.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{DisplayErrorContext, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;

use crate::engine::tools::port::Tools;
use crate::engine::tools::{ToolCall, ToolResult, read_answer};
use crate::json::quoted;
use crate::limits::TOOL_INPUT_BYTES;

/// The executor function, or none: then no tool can be called, and none is offered.
#[derive(Debug, Clone)]
pub struct LambdaTools {
    client: Client,
    function: Option<String>,
}

impl LambdaTools {
    /// A client made once, for `function` (a name or an ARN). The SDK's retries are off: a tool may not be safe to
    /// run twice.
    pub fn new(config: &SdkConfig, function: Option<String>) -> Self {
        let config = aws_sdk_lambda::config::Builder::from(config).retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), function }
    }

    async fn invoke(&self, call: &ToolCall) -> Result<ToolResult, String> {
        if call.input.len() > TOOL_INPUT_BYTES {
            return Err(format!("The input is over {TOOL_INPUT_BYTES} bytes. Call the tool with less."));
        }
        let function = self.function.as_deref().ok_or("There is nothing that runs tools here.")?;
        let (id, name) = (quoted(&call.tool_use_id), quoted(&call.name));
        let event = format!(r#"{{"toolUseId":{id},"name":{name},"input":{}}}"#, call.input);
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

/// What the model is told of a failed invocation.
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

impl Tools for LambdaTools {
    async fn call(&self, call: ToolCall, budget: Duration) -> ToolResult {
        let result = match tokio::time::timeout(budget, self.invoke(&call)).await {
            Ok(result) => result,
            Err(_) => Err(format!("The tool did not answer within {} s.", budget.as_secs_f32().ceil())),
        };
        result.unwrap_or_else(|text| ToolResult::error(&call.tool_use_id, text)).limited()
    }
}
