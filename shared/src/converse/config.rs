//! `inferenceConfig` and `guardrailConfig`.

use serde::{Serialize, Serializer};

use crate::json::{Invalid, JsonPath, Object, Raw, Value, whole_number};
use crate::limits::STOP_SEQUENCES;

/// `inferenceConfig`: how the model samples, and how much it may write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InferenceConfig {
    max_tokens: Option<u32>,
    object: Object,
}

impl InferenceConfig {
    /// Decodes `inferenceConfig`.
    ///
    /// # Errors
    /// [`Invalid`] at the first place that is wrong: a `maxTokens` that is no positive integer, say.
    pub fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        path.only(value, &["maxTokens", "temperature", "topP", "stopSequences"])?;
        let object = Object::decode(value, path)?;
        for name in ["temperature", "topP"] {
            if let Some(number) = path.optional(value, name) {
                path.field(name).number(number)?;
            }
        }
        if let Some(sequences) = path.optional(value, "stopSequences") {
            let path = path.field("stopSequences");
            for (index, sequence) in path.items(sequences, STOP_SEQUENCES)?.enumerate() {
                path.index(index).string(sequence)?;
            }
        }
        let mut config = Self { max_tokens: None, object };
        if let Some(tokens) = path.optional(value, "maxTokens") {
            match whole_number(tokens) {
                Some(max_tokens) if max_tokens >= 1 => {
                    config.max_tokens = Some(max_tokens);
                    // Bedrock takes 4096, and not 4096.0.
                    if !tokens.json().bytes().all(|byte| byte.is_ascii_digit()) {
                        config.set_max_tokens(max_tokens);
                    }
                }
                _ => return Err(path.field("maxTokens").invalid("expected a positive integer")),
            }
        }
        Ok(config)
    }

    /// The most that the model may write, in tokens.
    pub fn max_tokens(&self) -> Option<u32> {
        self.max_tokens
    }

    /// Sets it.
    pub fn set_max_tokens(&mut self, tokens: u32) {
        self.max_tokens = Some(tokens);
        self.object.set("maxTokens", Raw::of(&tokens));
    }
}

impl Serialize for InferenceConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

/// `guardrailConfig`: the guardrail that checks the request and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardrailConfig {
    members: Vec<(String, String)>,
    object: Object,
}

impl GuardrailConfig {
    /// A guardrail's configuration; `trace` as the caller asks for it.
    pub fn new(identifier: &str, version: &str, trace: Option<&str>) -> Self {
        let members =
            [("guardrailIdentifier", Some(identifier)), ("guardrailVersion", Some(version)), ("trace", trace)];
        let members: Vec<_> =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        let mut object = Object::default();
        members.iter().for_each(|(name, value)| object.set(name, Raw::of(value)));
        Self { members, object }
    }

    /// Decodes `guardrailConfig`.
    ///
    /// # Errors
    /// [`Invalid`] if a known member is no string.
    pub fn decode(value: Value<'_>, path: &JsonPath<'_>) -> Result<Self, Invalid> {
        let object = Object::decode(value, path)?;
        for name in ["guardrailIdentifier", "guardrailVersion", "trace", "streamProcessingMode"] {
            if let Some(member) = path.optional(value, name) {
                path.field(name).string(member)?;
            }
        }
        let text = |value: Value<'_>| value.text().map(|text| text.into_owned()).unwrap_or_default();
        let members = path.members(value)?.map(|(name, value)| (name.into_owned(), text(value))).collect();
        Ok(Self { members, object })
    }

    /// Its members; one that is no string is empty.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Serialize for GuardrailConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}
