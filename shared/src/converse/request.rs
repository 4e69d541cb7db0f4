//! The request that goes to Bedrock: the caller's JSON as it came, and what this service adds.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::validate::{self, At, Invalid};
use crate::json::{self, Object, quoted};

/// Bedrock's JSON as it came.
type Raw<'a> = Cow<'a, RawValue>;

/// A Converse request, the same for streaming and whole answers.
///
/// Fields go out in the order below, so the same request is the same bytes in every process; inside a field,
/// key order and number spelling are the caller's.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConverseRequest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inference_config: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_config: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardrail_config: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_model_request_fields: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_model_response_field_paths: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_metadata: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performance_config: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<Raw<'a>>,
    #[serde(skip)]
    max_tokens: Option<u32>,
}

impl<'a> ConverseRequest<'a> {
    /// Takes one top-level field. `Ok(false)` where Converse has no field of that name.
    ///
    /// # Errors
    /// [`Invalid`] where the field's value is wrong or the field came before.
    pub fn set(&mut self, name: &str, value: &'a RawValue) -> Result<bool, Invalid> {
        let at = At::ROOT.field(name);
        let field = match name {
            "messages" => {
                validate::messages(value, at)?;
                &mut self.messages
            }
            "system" => {
                validate::system(value, at)?;
                &mut self.system
            }
            "inferenceConfig" => {
                self.max_tokens = validate::inference(value, at)?;
                &mut self.inference_config
            }
            "toolConfig" => {
                validate::tool_config(value, at)?;
                &mut self.tool_config
            }
            "guardrailConfig" => {
                validate::guardrail(value, at)?;
                &mut self.guardrail_config
            }
            "additionalModelResponseFieldPaths" => {
                validate::output_paths(value, at)?;
                &mut self.additional_model_response_field_paths
            }
            "additionalModelRequestFields" => Self::object(value, at, &mut self.additional_model_request_fields)?,
            "requestMetadata" => Self::object(value, at, &mut self.request_metadata)?,
            "performanceConfig" => Self::object(value, at, &mut self.performance_config)?,
            "serviceTier" => Self::object(value, at, &mut self.service_tier)?,
            "outputConfig" => Self::object(value, at, &mut self.output_config)?,
            _ => return Ok(false),
        };
        match field.replace(Cow::Borrowed(value)) {
            Some(_) => Err(at.invalid("stands twice")),
            None => Ok(true),
        }
    }

    fn object<'f>(
        value: &RawValue,
        at: At<'_>,
        field: &'f mut Option<Raw<'a>>,
    ) -> Result<&'f mut Option<Raw<'a>>, Invalid> {
        validate::object(value, at)?;
        Ok(field)
    }

    /// Whether there are messages at all.
    pub fn has_messages(&self) -> bool {
        self.messages.is_some()
    }

    /// The caller's guardrail, if any.
    pub fn guardrail(&self) -> Option<&RawValue> {
        self.guardrail_config.as_deref()
    }

    /// Where in `messages` a block of `kind` stands, the first one.
    pub fn find_block(&self, kind: &str) -> Option<(usize, usize)> {
        let messages = json::array(self.messages.as_deref()?)?;
        messages.into_iter().enumerate().find_map(|(turn, message)| {
            let content = json::array(Object::read(message)?.get("content")?)?;
            let block =
                content.into_iter().position(|block| Object::read(block).is_some_and(|b| b.get(kind).is_some()))?;
            Some((turn, block))
        })
    }

    /// Sends `maxTokens` always: the caller's, `limit` at most, or `default`.
    pub fn cap_max_tokens(&mut self, default: u32, limit: u32) {
        let tokens = match self.max_tokens {
            Some(tokens) if tokens <= limit => return,
            Some(_) => limit,
            None => default.min(limit),
        }
        .to_string();
        let object = self.inference_config.as_deref().and_then(Object::read);
        let theirs = object.iter().flat_map(|object| object.entries()).filter(|(name, _)| name != "maxTokens");
        let ours = theirs
            .map(|(name, value)| format!("{}:{}", quoted(name), value.get()))
            .chain([format!(r#""maxTokens":{tokens}"#)])
            .collect::<Vec<_>>()
            .join(",");
        self.inference_config = raw(format!("{{{ours}}}"));
    }

    /// Puts the operator's system prompt before the caller's system blocks.
    pub fn prepend_system(&mut self, prompt: &str) {
        let theirs = self.system.as_deref().and_then(json::array).unwrap_or_default();
        let ours = format!(r#"{{"text":{}}}"#, quoted(prompt));
        let blocks = json::raw_array([ours.as_str()].into_iter().chain(theirs.iter().map(|block| block.get())));
        self.system = raw(blocks);
    }

    /// Sets the guardrail, in the place of the caller's.
    pub fn set_guardrail(&mut self, identifier: &str, version: &str, trace: Option<&str>) {
        let mut config =
            format!(r#"{{"guardrailIdentifier":{},"guardrailVersion":{}"#, quoted(identifier), quoted(version));
        if let Some(trace) = trace {
            config.push_str(r#","trace":"#);
            config.push_str(&quoted(trace));
        }
        config.push('}');
        self.guardrail_config = raw(config);
    }

    /// The names of the tools in the request, Bedrock's own server tools left out.
    pub fn tool_names(&self) -> Vec<String> {
        let name = |tool: &&RawValue| {
            let spec = Object::read(tool)?.get("toolSpec")?;
            json::string(Object::read(spec)?.get("name")?).map(Cow::into_owned)
        };
        self.tools().iter().filter_map(name).collect()
    }

    fn tools(&self) -> Vec<&RawValue> {
        let config = self.tool_config.as_deref().and_then(Object::read);
        config.and_then(|config| config.get("tools")).and_then(json::array).unwrap_or_default()
    }

    /// Offers `tools` (each a block of `toolConfig.tools`) before the caller's own, always in the same order: they
    /// stand in the prefix that a prompt cache keeps.
    pub fn offer_tools(&mut self, tools: &[&str]) {
        if !tools.is_empty() {
            let all = json::raw_array(tools.iter().copied().chain(self.tools().iter().map(|tool| tool.get())));
            self.set_tool_config(|name| name != "tools", Some(format!(r#""tools":{all}"#)));
        }
    }

    /// Leaves the choice of a tool to the model: a forced one would be forced again after each result.
    pub fn free_tool_choice(&mut self) {
        if self.tool_config.is_some() {
            self.set_tool_config(|name| name != "toolChoice", None);
        }
    }

    /// Keeps the members of `toolConfig` that `keep` names, after `first`.
    fn set_tool_config(&mut self, keep: impl Fn(&str) -> bool, first: Option<String>) {
        let config = self.tool_config.as_deref().and_then(Object::read);
        let kept = config.iter().flat_map(|config| config.entries()).filter(|(name, _)| keep(name));
        let kept = kept.map(|(name, value)| format!("{}:{}", quoted(name), value.get()));
        let members: Vec<String> = first.into_iter().chain(kept).collect();
        self.tool_config = raw(format!("{{{}}}", members.join(",")));
    }

    /// Appends turns to `messages`.
    pub fn append(&mut self, turns: &[Box<RawValue>]) {
        let all = self.messages.as_deref().and_then(json::array).unwrap_or_default();
        let all = json::raw_array(all.iter().map(|turn| turn.get()).chain(turns.iter().map(|turn| turn.get())));
        self.messages = raw(all);
    }

    /// The same request, borrowing nothing.
    pub fn into_owned(self) -> ConverseRequest<'static> {
        let owned = |field: Option<Raw<'a>>| field.map(|raw| Cow::Owned(raw.into_owned()));
        ConverseRequest {
            messages: owned(self.messages),
            system: owned(self.system),
            inference_config: owned(self.inference_config),
            tool_config: owned(self.tool_config),
            guardrail_config: owned(self.guardrail_config),
            additional_model_request_fields: owned(self.additional_model_request_fields),
            additional_model_response_field_paths: owned(self.additional_model_response_field_paths),
            request_metadata: owned(self.request_metadata),
            performance_config: owned(self.performance_config),
            service_tier: owned(self.service_tier),
            output_config: owned(self.output_config),
            max_tokens: self.max_tokens,
        }
    }

    /// The request's JSON.
    pub fn to_json(&self) -> Vec<u8> {
        // Serialising borrowed JSON into memory has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn raw(json: String) -> Option<Raw<'static>> {
    RawValue::from_string(json).ok().map(Cow::Owned)
}

impl fmt::Debug for ConverseRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConverseRequest({} bytes)", self.to_json().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)], change: impl Fn(&mut ConverseRequest<'_>)) -> String {
        let mut request = ConverseRequest::default();
        for (name, json) in fields {
            let value: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(request.set(name, value), Ok(true), "{name}");
        }
        change(&mut request);
        String::from_utf8(request.to_json()).unwrap_or_default()
    }

    #[test]
    fn key_order_and_number_spelling_are_the_callers() {
        let fields = [
            (
                "toolConfig",
                r#"{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"z":1,"a":{"y":0.80,"b":1e3}}}}}]}"#,
            ),
            ("inferenceConfig", r#"{"topP":0.90,"temperature":0.8}"#),
            ("messages", r#"[{"content":[{"text":"h\u00e9"}],"role":"user"}]"#),
        ];
        assert_eq!(
            sent(&fields, |request| request.cap_max_tokens(100, 200)),
            r#"{"messages":[{"content":[{"text":"h\u00e9"}],"role":"user"}],"inferenceConfig":{"topP":0.90,"temperature":0.8,"maxTokens":100},"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"z":1,"a":{"y":0.80,"b":1e3}}}}}]}}"#
        );
    }

    #[test]
    fn max_tokens_is_always_sent_and_capped() {
        let of = |config: &str| sent(&[("inferenceConfig", config)], |request| request.cap_max_tokens(100, 200));
        assert_eq!(of(r#"{"maxTokens": 200}"#), r#"{"inferenceConfig":{"maxTokens": 200}}"#);
        assert_eq!(of(r#"{"maxTokens":201,"topP":1}"#), r#"{"inferenceConfig":{"topP":1,"maxTokens":200}}"#);
        assert_eq!(of("{}"), r#"{"inferenceConfig":{"maxTokens":100}}"#);
        assert_eq!(sent(&[], |request| request.cap_max_tokens(300, 200)), r#"{"inferenceConfig":{"maxTokens":200}}"#);
    }

    #[test]
    fn the_operators_system_prompt_stands_first() {
        let blocks = r#"[{"text":"theirs"},{"cachePoint":{"type":"default"}}]"#;
        assert_eq!(
            sent(&[("system", blocks)], |request| request.prepend_system("our \"prompt\"")),
            r#"{"system":[{"text":"our \"prompt\""},{"text":"theirs"},{"cachePoint":{"type":"default"}}]}"#
        );
    }

    #[test]
    fn offered_tools_stand_before_the_callers_and_a_choice_can_be_freed() {
        let config = r#"{"toolChoice":{"any":{}},"tools":[{"toolSpec":{"name":"theirs","inputSchema":{"json":{}}}}]}"#;
        let offered = sent(&[("toolConfig", config)], |request| {
            assert_eq!(request.tool_names(), ["theirs"]);
            request.offer_tools(&[r#"{"toolSpec":{"name":"ours"}}"#]);
            assert_eq!(request.tool_names(), ["ours", "theirs"]);
        });
        assert_eq!(
            offered,
            r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"ours"}},{"toolSpec":{"name":"theirs","inputSchema":{"json":{}}}}],"toolChoice":{"any":{}}}}"#
        );
        let freed = sent(&[("toolConfig", config)], |request| request.free_tool_choice());
        assert_eq!(freed, r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"theirs","inputSchema":{"json":{}}}}]}}"#);
        assert_eq!(sent(&[], |request| request.offer_tools(&[])), "{}");
    }

    #[test]
    fn a_field_that_stands_twice_is_refused_and_an_unknown_one_told() {
        let value: &RawValue = serde_json::from_str("{}").unwrap();
        let mut request = ConverseRequest::default();
        assert_eq!(request.set("serviceTier", value), Ok(true));
        assert_eq!(
            request.set("serviceTier", value).map_err(|e| e.to_string()),
            Err("serviceTier: stands twice".into())
        );
        assert_eq!(request.set("maxTokens", value), Ok(false));
    }
}
