//! What the operator sets, from the environment.

use std::fmt;

use shared::converse::content_block::ContentBlock;
use shared::converse::tool_specs::ToolSpecs;
use shared::engine::tool_loop::turn::Limits;
use shared::model::Model;
use shared::prepare::{Additions, Guardrail, MaxTokens};
use shared::service::config::{ConfigError, Env};
use shared::service::router::Router;

use crate::{Dialect, ROUTES};

/// The function's settings.
#[derive(Clone)]
pub struct Settings {
    /// The routes, under `API_BASE_PATH`.
    pub router: Router<Dialect>,
    /// Behind `default`: `CHAT_MODEL_ID`.
    pub default_model: Model,
    /// After it, in order, if it fails before its first content: `CHAT_FALLBACK_MODEL_IDS`.
    pub fallback_models: Vec<Model>,
    /// Behind `fast`: `CHAT_FAST_MODEL_ID`.
    pub fast_model: Option<Model>,
    /// What is added to every request: `CHAT_SYSTEM_PROMPT`, `CHAT_MAX_TOKENS` and `CHAT_MAX_TOKENS_LIMIT` (in tokens),
    /// `CHAT_GUARDRAIL_ID` and `CHAT_GUARDRAIL_VERSION`.
    pub additions: Additions,
    /// Where a turn ends by itself: `CHAT_MAX_ROUNDS` and `CHAT_MAX_TOOL_CALLS`.
    pub limits: Limits,
    /// The function that runs this service's tools, by name or ARN: `TOOL_EXECUTOR_FUNCTION`. None: no tools.
    pub tool_executor: Option<String>,
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
        let default_model = Model::new(default_model);
        let identifier = env.checked("CHAT_GUARDRAIL_ID", "a guardrail's id or ARN", is_guardrail_id)?;
        let version =
            env.checked("CHAT_GUARDRAIL_VERSION", "DRAFT or a number of 1 to 8 digits", is_guardrail_version)?;
        let additions = Additions {
            system_prompt: env.get("CHAT_SYSTEM_PROMPT").map(ContentBlock::text),
            guardrail: identifier
                .map(|identifier| Guardrail { identifier, version: version.unwrap_or_else(|| "DRAFT".to_owned()) }),
            max_tokens: MaxTokens {
                default: env.number("CHAT_MAX_TOKENS", 1024, 1_000_000)?,
                limit: env.number("CHAT_MAX_TOKENS_LIMIT", 8192, 1_000_000)?,
            },
            tools: ToolSpecs::default(),
        };
        Ok(Self {
            router: Router::from_env(env, ROUTES)?,
            fallback_models: fallbacks(env, &default_model)?,
            default_model,
            fast_model: env.model_id("CHAT_FAST_MODEL_ID")?.map(Model::new),
            additions,
            limits: Limits {
                rounds: env.number("CHAT_MAX_ROUNDS", 8, 100)?,
                tool_calls: env.number("CHAT_MAX_TOOL_CALLS", 32, 1000)?,
            },
            tool_executor: env.checked("TOOL_EXECUTOR_FUNCTION", "a Lambda function's name or ARN", is_function)?,
        })
    }

    /// The model that a caller calls `name`, an alias or a configured id, and those after it. Who names an id
    /// gets that model or an error.
    pub fn model(&self, name: &str) -> Option<(&Model, &[Model])> {
        match name {
            "default" => Some((&self.default_model, &self.fallback_models)),
            "fast" => self.fast_model.as_ref().map(|model| (model, [].as_slice())),
            id => self.models().find(|model| model.id.as_str() == id).map(|model| (model, [].as_slice())),
        }
    }

    /// Every configured model, each once.
    fn models(&self) -> impl Iterator<Item = &Model> {
        let fast =
            self.fast_model.iter().filter(|fast| **fast != self.default_model && !self.fallback_models.contains(fast));
        [&self.default_model].into_iter().chain(&self.fallback_models).chain(fast)
    }

    /// What a caller may put into `modelId`, ARNs left out.
    pub fn model_names(&self) -> Vec<&str> {
        let ids = self.models().filter(|model| !model.id.is_arn()).map(|model| model.id.as_str());
        ["default"].into_iter().chain(self.fast_model.as_ref().map(|_| "fast")).chain(ids).collect()
    }
}

/// `CHAT_FALLBACK_MODEL_IDS`: models other than the default one, each once.
fn fallbacks(env: &Env, default_model: &Model) -> Result<Vec<Model>, ConfigError> {
    let models: Vec<Model> = env.model_ids("CHAT_FALLBACK_MODEL_IDS")?.into_iter().map(Model::new).collect();
    let repeated = models
        .iter()
        .enumerate()
        .find(|(at, model)| *model == default_model || models.iter().take(*at).any(|before| before == *model));
    match repeated {
        None => Ok(models),
        Some((_, model)) => Err(ConfigError::new(
            "CHAT_FALLBACK_MODEL_IDS",
            "models other than CHAT_MODEL_ID, each once".to_owned(),
            Some(model.id.as_str()),
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
            ("API_BASE_PATH", "v1"),
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
        let model = |name| settings.model(name).map(|(model, _)| model.id.as_str());
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
            [model].into_iter().chain(after).map(|model| model.id.as_str()).collect::<Vec<_>>()
        };
        let (sonnet, pro, lite) = (env[0].1, "us.amazon.nova-pro-v1:0", "us.amazon.nova-lite-v1:0");
        assert_eq!(chain("default"), [sonnet, pro, lite]);
        assert_eq!((chain("fast"), chain(sonnet), chain(pro)), (vec![lite], vec![sonnet], vec![pro]));
        assert_eq!(settings.model_names(), ["default", "fast", sonnet, pro, lite]);
    }
}
