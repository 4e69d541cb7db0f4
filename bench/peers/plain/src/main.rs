//! What one writes from the examples: each text that the model streams is an event; a call of a tool is run in another
//! function, and the model is called with its result. No checks, no true ends, no retries but the SDK's.
//! `NODELAY=1` sets TCP_NODELAY on the sockets, which `lambda_runtime` does not.

use std::os::fd::BorrowedFd;

use aws_sdk_bedrockruntime as bedrock;
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::{Document, Number};
use bedrock::types::{
    ContentBlock, ContentBlockDelta, ContentBlockStart, ConversationRole, ConverseStreamOutput, Message, Tool,
    ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolSpecification, ToolUseBlock,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use lambda_http::{Error, Request, Response, run_with_streaming_response, service_fn};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

type Parts = mpsc::Sender<Result<String, Error>>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_from_env().await;
    let nodelay = std::env::var_os("NODELAY").is_some();
    let (model, lambda) = (bedrock::Client::new(&config), aws_sdk_lambda::Client::new(&config));
    run_with_streaming_response(service_fn(|request: Request| {
        let (model, lambda) = (model.clone(), lambda.clone());
        async move {
            let body: Value = serde_json::from_slice(request.body())?;
            let text = body["messages"][0]["content"][0]["text"].as_str().unwrap_or_default().to_owned();
            let (parts, stream) = mpsc::channel(16);
            tokio::spawn(async move {
                if let Err(error) = answer(&model, &lambda, text, &parts).await {
                    let _ = parts.send(Err(error)).await;
                }
            });
            let response = Response::builder().header("content-type", "text/event-stream");
            let frames = ReceiverStream::new(stream).map(|part| part.map(|text| Frame::data(Bytes::from(text))));
            let nodelay = nodelay.then_some(()).into_iter();
            let first = stream::iter(nodelay).filter_map(|()| async { set_nodelay(); None });
            Ok::<_, Error>(response.body(StreamBody::new(Box::pin(first.chain(frames))))?)
        }
    }))
    .await
}

async fn answer(model: &bedrock::Client, lambda: &aws_sdk_lambda::Client, text: String, parts: &Parts) -> Result<(), Error> {
    let schema = json!({ "type": "object", "properties": { "order_id": { "type": "string" } } });
    let schema = ToolInputSchema::Json(document(&schema));
    let tool = ToolSpecification::builder().name("get_order_status").description("Tells about an order.").input_schema(schema).build()?;
    let tools = ToolConfiguration::builder().tools(Tool::ToolSpec(tool)).build()?;
    let mut messages = vec![Message::builder().role(ConversationRole::User).content(ContentBlock::Text(text)).build()?];
    loop {
        let id = std::env::var("CHAT_MODEL_ID")?;
        let call = model.converse_stream().model_id(id).set_messages(Some(messages.clone())).tool_config(tools.clone());
        let mut output = call.send().await?;
        let (mut said, mut called, mut input) = (String::new(), None, String::new());
        while let Some(event) = output.stream.recv().await? {
            match event {
                ConverseStreamOutput::ContentBlockStart(event) => {
                    if let Some(ContentBlockStart::ToolUse(tool)) = event.start {
                        called = Some((tool.tool_use_id, tool.name));
                    }
                }
                ConverseStreamOutput::ContentBlockDelta(event) => match event.delta {
                    Some(ContentBlockDelta::Text(text)) => {
                        parts.send(Ok(format!("data: {}\n\n", json!({ "text": text })))).await?;
                        said.push_str(&text);
                    }
                    Some(ContentBlockDelta::ToolUse(piece)) => input.push_str(&piece.input),
                    _ => {}
                },
                _ => {}
            }
        }
        let Some((id, name)) = called else { return Ok(()) };
        let input: Value = serde_json::from_str(&input)?;
        let event = json!({ "toolUseId": id, "name": name, "input": input });
        let ran = lambda.invoke().function_name("tool-executor").payload(Blob::new(event.to_string())).send().await?;
        let result: Value = serde_json::from_slice(ran.payload().map(Blob::as_ref).unwrap_or_default())?;
        let call = ToolUseBlock::builder().tool_use_id(&id).name(name).input(document(&input)).build()?;
        let result = ToolResultContentBlock::Json(document(&result["toolResult"]["content"][0]["json"]));
        let result = ToolResultBlock::builder().tool_use_id(id).content(result).build()?;
        let turn = Message::builder().role(ConversationRole::Assistant).content(ContentBlock::Text(said));
        messages.push(turn.content(ContentBlock::ToolUse(call)).build()?);
        messages.push(Message::builder().role(ConversationRole::User).content(ContentBlock::ToolResult(result)).build()?);
    }
}

/// JSON as the SDK's document type.
fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(value) => Document::Bool(*value),
        Value::Number(number) => Document::Number(Number::Float(number.as_f64().unwrap_or_default())),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(members) => {
            Document::Object(members.iter().map(|(name, value)| (name.clone(), document(value))).collect())
        }
    }
}

/// Sets `TCP_NODELAY` on every socket of this process.
fn set_nodelay() {
    for entry in std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        let Some(fd) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // SAFETY: as in shared/src/service/nodelay.rs.
        let _ = rustix::net::sockopt::set_tcp_nodelay(unsafe { BorrowedFd::borrow_raw(fd) }, true);
    }
}
