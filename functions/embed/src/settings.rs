//! What the operator sets, from the environment.

use shared::invoke::embedding::FAMILIES;
use shared::invoke::embedding::family::Family;
use shared::model::Model;
use shared::service::router::Router;

use crate::{Dialect, ROUTES};
use shared::service::config::{ConfigError, Env};

/// The function's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The routes, under `API_BASE_PATH`.
    pub router: Router<Dialect>,
    /// The model: `EMBED_MODEL_ID`.
    pub model: Model,
    /// Its family: by the id, or `EMBED_MODEL_FAMILY` if an ARN does not say.
    pub family: &'static Family,
    /// Calls in flight in one invocation: `EMBED_CONCURRENCY`.
    pub concurrency: usize,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// One line that names the variable that is missing or wrong.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let expected = "a Bedrock model id, inference profile id or ARN";
        let model_id = Env::required("EMBED_MODEL_ID", expected, env.model_id("EMBED_MODEL_ID")?)?;
        let names = FAMILIES.iter().map(|family| family.name).collect::<Vec<_>>().join(", ");
        let named = env.checked("EMBED_MODEL_FAMILY", &names, |name| Family::from_name(name).is_some())?;
        let family = named.as_deref().and_then(Family::from_name).or_else(|| Family::of(&model_id));
        let expected = format!("{names} (EMBED_MODEL_ID does not say it)");
        Ok(Self {
            router: Router::from_env(env, ROUTES)?,
            model: Model::new(model_id),
            family: Env::required("EMBED_MODEL_FAMILY", &expected, family)?,
            concurrency: env.number("EMBED_CONCURRENCY", 8, 100)? as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<&'static str, String> {
        Settings::from_env(&vars.iter().copied().collect()).map(|s| s.family.name).map_err(|error| error.to_string())
    }

    #[test]
    fn the_family_is_the_ids_or_must_be_named() {
        assert_eq!(read(&[("EMBED_MODEL_ID", "cohere.embed-v4:0")]), Ok("cohere-v4"));
        let arn =
            ("EMBED_MODEL_ID", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6");
        assert_eq!(read(&[arn, ("EMBED_MODEL_FAMILY", "titan-text-v2")]), Ok("titan-text-v2"));
        assert_eq!(
            read(&[arn]),
            Err("EMBED_MODEL_FAMILY: expected titan-text-v1, titan-text-v2, titan-multimodal, cohere-v3, cohere-v4, nova-multimodal (EMBED_MODEL_ID does not say it), found nothing".into())
        );
    }

    #[test]
    fn each_wrong_variable_is_named() {
        let model = ("EMBED_MODEL_ID", "cohere.embed-v4:0");
        for (name, value) in [("EMBED_MODEL_ID", "x"), ("EMBED_MODEL_FAMILY", "bert"), ("EMBED_CONCURRENCY", "0")] {
            let line = read(&[model, (name, value)]).unwrap_err();
            assert!(line.starts_with(&format!("{name}: expected ")), "{line}");
        }
        assert!(read(&[]).unwrap_err().starts_with("EMBED_MODEL_ID: expected a Bedrock model id"));
    }
}
