//! A Converse request as data: decoded and checked in one pass, the same for streamed and whole answers.

use serde::Serialize;

use super::config::{GuardrailConfig, InferenceConfig};
use super::content_block::{BlockKind, ContentBlock};
use super::message::Message;
use super::tool_config::{Tool, ToolConfig};
use crate::json::{Invalid, JsonPath, Raw, Value};
use crate::limits::BLOCKS;

mod canonical;

pub use canonical::canonical;

/// The members that hold documents of a tool's or a model's own, in which null is data. Everywhere else null is absent.
const DOCUMENTS: [&str; 3] = ["input", "json", "additionalModelRequestFields"];

/// A Converse request.
///
/// Its skeleton is typed, its leaves are the caller's bytes. Fields are written in the order below, so the same request
/// is the same bytes in every process.
///
/// ```
/// use shared::converse::request::Request;
/// use shared::json::Document;
///
/// let body = r#"{"inferenceConfig":{"topP":0.90},"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
/// let document = Document::parse(body.to_owned(), 16).unwrap();
/// let mut request = Request::default();
/// for (name, value) in document.root().members().unwrap() {
///     assert_eq!(request.decode_field(&name, value), Ok(true));
/// }
/// assert_eq!(
///     serde_json::to_string(&request).unwrap(),
///     r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"topP":0.90}}"#
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The conversation.
    pub messages: Vec<Message>,
    /// The system prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<Vec<ContentBlock>>,
    /// How the model samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference_config: Option<InferenceConfig>,
    /// The tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_config: Option<ToolConfig>,
    /// The guardrail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrail_config: Option<GuardrailConfig>,
    /// The family's own parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_model_request_fields: Option<Raw>,
    /// What of the family's own answer is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_model_response_field_paths: Option<Raw>,
    /// Tags of the request in the invocation log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_metadata: Option<Raw>,
    /// Latency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance_config: Option<Raw>,
    /// Priority and price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<Raw>,
    /// Structured output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_config: Option<Raw>,
}

impl Request {
    /// The top-level fields.
    pub const FIELDS: [&str; 11] = [
        "messages",
        "system",
        "inferenceConfig",
        "toolConfig",
        "guardrailConfig",
        "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
        "requestMetadata",
        "performanceConfig",
        "serviceTier",
        "outputConfig",
    ];

    /// Decodes one top-level field. `Ok(false)` if Converse has no field of that name.
    ///
    /// # Errors
    /// [`Invalid`] at the first place that is wrong.
    pub fn decode_field(&mut self, name: &str, value: Value<'_>) -> Result<bool, Invalid> {
        let path = &JsonPath::ROOT.field(name);
        match name {
            "messages" => self.messages = Message::decode_all(value, path)?,
            "system" => self.system = Some(system(value, path)?),
            "inferenceConfig" => self.inference_config = Some(InferenceConfig::decode(value, path)?),
            "toolConfig" => self.tool_config = Some(ToolConfig::decode(value, path)?),
            "guardrailConfig" => self.guardrail_config = Some(GuardrailConfig::decode(value, path)?),
            "additionalModelRequestFields" => self.additional_model_request_fields = Some(object(value, path)?),
            "additionalModelResponseFieldPaths" => {
                self.additional_model_response_field_paths = Some(strings(value, path)?);
            }
            "requestMetadata" => self.request_metadata = Some(object(value, path)?),
            "performanceConfig" => self.performance_config = Some(object(value, path)?),
            "serviceTier" => self.service_tier = Some(object(value, path)?),
            "outputConfig" => self.output_config = Some(object(value, path)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The first block of `messages` that `is` picks: the index of its turn, and its own.
    pub fn find_block(&self, is: impl Fn(&BlockKind) -> bool) -> Option<(usize, usize)> {
        self.messages.iter().enumerate().find_map(|(turn, message)| {
            let block = message.content().iter().position(|block| is(block.kind()))?;
            Some((turn, block))
        })
    }

    /// The names of the tools in the request, but for those that Bedrock runs itself.
    pub fn tool_names(&self) -> impl Iterator<Item = &str> {
        self.tool_config.iter().flat_map(ToolConfig::tools).filter_map(Tool::name)
    }
}

fn system(value: Value<'_>, path: &JsonPath<'_>) -> Result<Vec<ContentBlock>, Invalid> {
    let blocks = path.items(value, BLOCKS)?.enumerate();
    blocks.map(|(index, block)| ContentBlock::decode_system(block, &path.index(index))).collect()
}

/// A field that is an object, and otherwise Bedrock's to check.
fn object(value: Value<'_>, path: &JsonPath<'_>) -> Result<Raw, Invalid> {
    path.object(value).map(|()| value.raw())
}

fn strings(value: Value<'_>, path: &JsonPath<'_>) -> Result<Raw, Invalid> {
    for (index, item) in path.items(value, usize::MAX)?.enumerate() {
        path.index(index).string(item)?;
    }
    Ok(value.raw())
}

#[cfg(test)]
mod tests;
