//! What the operator sets, from the environment.

use std::fmt;

use shared::engine::tool_loop::protocol::Limits;
use shared::engine::tools::spec::Specs;
use shared::model::id::ModelId;
use shared::service::config::{ConfigError, Env};

/// The function's settings.
#[derive(Clone)]
pub struct Settings {
    /// Behind `default`: `CHAT_MODEL_ID`.
    pub default_model: ModelId,
    /// After it, in order, where it fails before its first content: `CHAT_FALLBACK_MODEL_IDS`.
    pub fallback_models: Vec<ModelId>,
    /// Behind `fast`: `CHAT_FAST_MODEL_ID`.
    pub fast_model: Option<ModelId>,
    /// Stands before the caller's system blocks: `CHAT_SYSTEM_PROMPT`.
    pub system_prompt: Option<String>,
    /// Sent where the caller sets none: `CHAT_MAX_TOKENS`, in tokens.
    pub max_tokens: u32,
    /// The most a caller may ask for: `CHAT_MAX_TOKENS_LIMIT`, in tokens.
    pub max_tokens_limit: u32,
    /// Applied to every request: `CHAT_GUARDRAIL_ID` and `CHAT_GUARDRAIL_VERSION`.
    pub guardrail: Option<Guardrail>,
    /// Where a turn ends by itself: `CHAT_MAX_ROUNDS` and `CHAT_MAX_TOOL_CALLS`.
    pub limits: Limits,
    /// The function that runs this service's tools, by name or ARN: `TOOL_EXECUTOR_FUNCTION`. None: no tools.
    pub tool_executor: Option<String>,
}

/// A guardrail of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// An id or an ARN.
    pub identifier: String,
    /// `DRAFT` or a number.
    pub version: String,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// One line that names the variable that is missing or wrong.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let default_model = env.model_id("CHAT_MODEL_ID")?;
        let default_model =
            Env::required("CHAT_MODEL_ID", "a Bedrock model id, inference profile id or ARN", default_model)?;
        let identifier = env.checked("CHAT_GUARDRAIL_ID", "a guardrail's id or ARN", is_guardrail_id)?;
        let version =
            env.checked("CHAT_GUARDRAIL_VERSION", "DRAFT or a number of 1 to 8 digits", is_guardrail_version)?;
        Ok(Self {
            fallback_models: fallbacks(env, &default_model)?,
            default_model,
            fast_model: env.model_id("CHAT_FAST_MODEL_ID")?,
            system_prompt: env.get("CHAT_SYSTEM_PROMPT").map(str::to_owned),
            max_tokens: env.number("CHAT_MAX_TOKENS", 1024, 1_000_000)?,
            max_tokens_limit: env.number("CHAT_MAX_TOKENS_LIMIT", 8192, 1_000_000)?,
            guardrail: identifier
                .map(|identifier| Guardrail { identifier, version: version.unwrap_or_else(|| "DRAFT".to_owned()) }),
            limits: Limits {
                rounds: env.number("CHAT_MAX_ROUNDS", 8, 100)?,
                tool_calls: env.number("CHAT_MAX_TOOL_CALLS", 32, 1000)?,
            },
            tool_executor: env.checked("TOOL_EXECUTOR_FUNCTION", "a Lambda function's name or ARN", is_function)?,
        })
    }

    /// This service's tools: those of the executor, if there is one.
    pub fn server_tools(&self) -> Specs {
        if self.tool_executor.is_some() { Specs::all() } else { Specs::none() }
    }

    /// The model that a caller calls `name`, an alias or a configured id, and those to ask after it. Who names an id
    /// gets that model or an error.
    pub fn model(&self, name: &str) -> Option<(&ModelId, &[ModelId])> {
        match name {
            "default" => Some((&self.default_model, &self.fallback_models)),
            "fast" => self.fast_model.as_ref().map(|model| (model, [].as_slice())),
            id => self.models().find(|model| model.as_str() == id).map(|model| (model, [].as_slice())),
        }
    }

    /// Every configured model, each once.
    fn models(&self) -> impl Iterator<Item = &ModelId> {
        let fast =
            self.fast_model.iter().filter(|fast| **fast != self.default_model && !self.fallback_models.contains(fast));
        [&self.default_model].into_iter().chain(&self.fallback_models).chain(fast)
    }

    /// What a caller may put into `modelId`, ARNs left out.
    pub fn model_names(&self) -> Vec<&str> {
        let ids = self.models().filter(|model| !model.is_arn()).map(ModelId::as_str);
        ["default"].into_iter().chain(self.fast_model.as_ref().map(|_| "fast")).chain(ids).collect()
    }
}

/// `CHAT_FALLBACK_MODEL_IDS`: models other than the default one, each once.
fn fallbacks(env: &Env, default_model: &ModelId) -> Result<Vec<ModelId>, ConfigError> {
    let models = env.model_ids("CHAT_FALLBACK_MODEL_IDS")?;
    let repeated = models
        .iter()
        .enumerate()
        .find(|(at, model)| *model == default_model || models.iter().take(*at).any(|before| before == *model));
    match repeated {
        None => Ok(models),
        Some((_, model)) => Err(ConfigError::new(
            "CHAT_FALLBACK_MODEL_IDS",
            "models other than CHAT_MODEL_ID, each once".to_owned(),
            Some(model.as_str()),
        )),
    }
}

/// Source: API reference, `GuardrailConfiguration`.
fn is_guardrail_id(text: &str) -> bool {
    let id = match text.split_once(":guardrail/") {
        Some((arn, id)) if arn.starts_with("arn:") => id,
        _ => text,
    };
    text.len() <= 2048 && !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Source: API reference of Lambda, `Invoke`.
fn is_function(text: &str) -> bool {
    (1..=170).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:$.".contains(&b))
}

fn is_guardrail_version(text: &str) -> bool {
    let number = (1..=8).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    text == "DRAFT" || number
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("models", &self.model_names()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(vars: &[(&str, &str)]) -> String {
        match Settings::from_env(&vars.iter().copied().collect()) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_wrong_variable_is_named() {
        let model = ("CHAT_MODEL_ID", "amazon.nova-lite-v1:0");
        assert_eq!(refused(&[model]), "accepted");
        assert_eq!(
            refused(&[]),
            "CHAT_MODEL_ID: expected a Bedrock model id, inference profile id or ARN, found nothing"
        );
        for (name, value) in [
            ("CHAT_FAST_MODEL_ID", "claude"),
            ("CHAT_FALLBACK_MODEL_IDS", "amazon.nova-pro-v1:0,,"),
            ("CHAT_FALLBACK_MODEL_IDS", "amazon.nova-lite-v1:0"),
            ("CHAT_MAX_TOKENS", "0"),
            ("CHAT_MAX_TOKENS_LIMIT", "many"),
            ("CHAT_GUARDRAIL_ID", "My Guardrail"),
            ("CHAT_GUARDRAIL_VERSION", "v1"),
            ("CHAT_MAX_ROUNDS", "0"),
            ("CHAT_MAX_TOOL_CALLS", "x"),
            ("TOOL_EXECUTOR_FUNCTION", "tool executor"),
        ] {
            let line = refused(&[model, (name, value)]);
            assert!(
                line.starts_with(&format!("{name}: expected ")) && line.ends_with(&format!("found {value:?}")),
                "{line}"
            );
        }
    }

    #[test]
    fn aliases_and_configured_ids_are_models_and_arns_are_not_listed() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
        let env = [("CHAT_MODEL_ID", arn), ("CHAT_FAST_MODEL_ID", "us.amazon.nova-micro-v1:0")].into_iter().collect();
        let settings = Settings::from_env(&env).unwrap();
        let model = |name| settings.model(name).map(|(model, _)| model.as_str());
        assert_eq!((model("default"), model(arn)), (Some(arn), Some(arn)));
        assert_eq!(settings.model("fast"), settings.model("us.amazon.nova-micro-v1:0"));
        assert_eq!(settings.model("gpt"), None);
        assert_eq!(settings.model_names(), ["default", "fast", "us.amazon.nova-micro-v1:0"]);
    }

    #[test]
    fn fallbacks_stand_behind_the_alias_alone_and_can_be_named_themselves() {
        let env = [
            ("CHAT_MODEL_ID", "us.anthropic.claude-sonnet-4-6"),
            ("CHAT_FALLBACK_MODEL_IDS", " us.amazon.nova-pro-v1:0, us.amazon.nova-lite-v1:0 "),
            ("CHAT_FAST_MODEL_ID", "us.amazon.nova-lite-v1:0"),
        ];
        let settings = Settings::from_env(&env.into_iter().collect()).unwrap();
        let chain = |name| {
            let (model, after) = settings.model(name).unwrap();
            [model].into_iter().chain(after).map(ModelId::as_str).collect::<Vec<_>>()
        };
        let (sonnet, pro, lite) = (env[0].1, "us.amazon.nova-pro-v1:0", "us.amazon.nova-lite-v1:0");
        assert_eq!(chain("default"), [sonnet, pro, lite]);
        assert_eq!((chain("fast"), chain(sonnet), chain(pro)), (vec![lite], vec![sonnet], vec![pro]));
        assert_eq!(settings.model_names(), ["default", "fast", sonnet, pro, lite]);
    }
}
