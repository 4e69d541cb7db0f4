//! The parameters of a deployment that name models, and what they must be allowed to reach.

use crate::access::{Access, Place, Wanted};

/// The models of a deployment, as an operator writes them; none: the template's default.
#[derive(Debug, Default)]
pub struct Models {
    /// Behind `default`.
    pub chat: Option<String>,
    /// After it, separated by commas.
    pub fallback: Option<String>,
    /// Behind `fast`.
    pub fast: Option<String>,
    /// For embeddings.
    pub embed: Option<String>,
}

/// The longest value of a parameter that CloudFormation takes, in bytes.
const VALUE_LIMIT_BYTES: usize = 4_096;

/// The template's default for `ChatModelId`.
pub const DEFAULT_CHAT: &str = "global.amazon.nova-2-lite-v1:0";

impl Models {
    /// `Key=Value` for `sam deploy --parameter-overrides`, one a line; and the source of each region.
    ///
    /// # Errors
    /// One line that names the parameter and what is wrong with it.
    pub fn parameters(&self, place: Place<'_>) -> Result<(Vec<String>, Vec<String>), String> {
        let (mut parameters, mut sources) = (Vec::new(), Vec::new());
        let mut add = |function: &str, named: &[(&str, &Option<String>)], default: Option<&str>| {
            let mut wanted = Vec::new();
            for (name, list) in named {
                let Some(list) = list.as_deref().filter(|list| !list.is_empty()) else { continue };
                let read = |text: &str| Wanted::parse(text).map_err(|error| format!("{name}: {error}"));
                let models = list.split(',').map(read).collect::<Result<Vec<_>, _>>()?;
                let ids: Vec<&str> = models.iter().map(|model| model.called.as_str()).collect();
                parameters.push(format!("{name}={}", ids.join(",")));
                wanted.extend(models);
            }
            if wanted.is_empty() {
                return Ok(());
            }
            // Where others are named beside it, the default one needs its place in the lists.
            if named.first().is_some_and(|(_, list)| list.is_none()) {
                wanted.extend(default.map(Wanted::parse).transpose()?);
            }
            let names = named.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let access = Access::of(&wanted, place).map_err(|error| format!("{names}: {error}"))?;
            let joined = |arns: &std::collections::BTreeSet<String>| arns.iter().cloned().collect::<Vec<_>>().join(",");
            parameters.push(format!("{function}ModelArns={}", joined(&access.called)));
            if !access.behind.is_empty() {
                parameters.push(format!("{function}ProfileModelArns={}", joined(&access.behind)));
            }
            sources.extend(access.sources);
            Ok::<(), String>(())
        };
        let chat =
            [("ChatModelId", &self.chat), ("ChatFallbackModelIds", &self.fallback), ("ChatFastModelId", &self.fast)];
        add("Chat", &chat, Some(DEFAULT_CHAT))?;
        add("Embed", &[("EmbedModelId", &self.embed)], None)?;
        if let Some(long) = parameters.iter().find(|parameter| parameter.len() > VALUE_LIMIT_BYTES) {
            let name = long.split('=').next().unwrap_or_default();
            return Err(format!("{name}: over the {VALUE_LIMIT_BYTES} bytes of a parameter: name fewer models"));
        }
        Ok((parameters, sources))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place { region: "eu-west-1", account: "123456789012", online: false };

    #[test]
    fn nothing_named_is_the_templates_defaults() {
        assert_eq!(Models::default().parameters(PLACE), Ok((vec![], vec![])));
    }

    #[test]
    fn a_fallback_beside_the_default_model_names_both() {
        let models =
            Models { fallback: Some("eu.amazon.nova-pro-v1:0, amazon.nova-lite-v1:0".into()), ..Models::default() };
        let (parameters, sources) = models.parameters(PLACE).unwrap();
        assert_eq!(parameters[0], "ChatFallbackModelIds=eu.amazon.nova-pro-v1:0,amazon.nova-lite-v1:0");
        let called = parameters[1].strip_prefix("ChatModelArns=").unwrap();
        assert_eq!(called.split(',').count(), 3, "{called}");
        assert!(called.contains(DEFAULT_CHAT), "{called}");
        assert!(
            parameters[2]
                .starts_with("ChatProfileModelArns=arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0,")
        );
        assert_eq!((parameters.len(), sources.len()), (3, 3));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let models = Models { embed: Some("titan".into()), ..Models::default() };
        assert!(models.parameters(PLACE).unwrap_err().starts_with("EmbedModelId: expected a Bedrock model id"));
        let models = Models { chat: Some("us.amazon.nova-lite-v1:0".into()), ..Models::default() };
        let error = models.parameters(PLACE).unwrap_err();
        assert!(error.starts_with("ChatModelId, ") && error.contains("cannot be called from eu-west-1"), "{error}");
    }
}
