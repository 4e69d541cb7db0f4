//! Which models there are and what they take.

use shared::model::geography;
use shared::model::id::ModelId;

use super::error::Refusal;

const TABLE: &str = include_str!("models.tsv");

/// Whether a model takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Yes,
    No,
    /// Not known: the stand-in lets it pass.
    Unknown,
}

/// A model as the rules need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    /// The base id; an opaque ARN's is unknown.
    pub(super) base_id: &'a str,
    pub(super) tools: Takes,
    pub(super) forced_choice: Takes,
    pub(super) images: Takes,
    pub(super) documents: Takes,
    pub(super) cache: Takes,
    /// Tokens before a checkpoint for anything to be cached.
    pub(super) cache_minimum: usize,
    pub(super) prefill: Takes,
    pub(super) sampling: Takes,
    /// Output after a JSON schema.
    pub(super) structured: Takes,
}

/// The families whose rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Claude,
    Nova,
    Titan,
    Llama,
    Mistral,
    Cohere,
    Ai21,
    Writer,
    Other,
}

impl<'a> Model<'a> {
    /// Finds the model that `model_id` calls.
    pub(super) fn find(model_id: &'a ModelId) -> Result<Self, Refusal> {
        let Some(base_id) = model_id.base_id() else { return Ok(Self::unknown("")) };
        let row =
            TABLE.lines().filter(|line| !line.starts_with('#')).find(|line| line.split('\t').next() == Some(base_id));
        let Some(row) = row else {
            return Err(Refusal::validation("The provided model identifier is invalid."));
        };
        let mut cells = row.split('\t').skip(1);
        let mut cell = || cells.next().unwrap_or("?");
        let (on_demand, geo) = (cell(), cell());
        let prefix = geography::ALL.map(|geography| geography.prefix).into_iter().find(|prefix| {
            let id = model_id.as_str().rsplit('/').next().unwrap_or_default();
            id.strip_prefix(prefix).is_some_and(|rest| rest.strip_prefix('.') == Some(base_id))
        });
        match prefix {
            Some(prefix) if !geo.split(',').any(|known| known == prefix) => {
                return Err(Refusal::validation("The provided model identifier is invalid."));
            }
            None if on_demand == "n" && !model_id.is_arn() => {
                return Err(Refusal::validation(format!(
                    "Invocation of model ID {model_id} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
                )));
            }
            Some(_) | None => {}
        }
        let (tools, forced_choice, images, documents) = (takes(cell()), takes(cell()), takes(cell()), takes(cell()));
        let cache = cell();
        Ok(Self {
            tools,
            forced_choice,
            images,
            documents,
            cache: if cache.parse::<usize>().is_ok() { Takes::Yes } else { takes(cache) },
            cache_minimum: cache.parse().unwrap_or(1024),
            prefill: takes(cell()),
            sampling: takes(cell()),
            structured: takes(cell()),
            ..Self::unknown(base_id)
        })
    }

    fn unknown(base_id: &'a str) -> Self {
        let any = Takes::Unknown;
        Self {
            base_id,
            tools: any,
            forced_choice: any,
            images: any,
            documents: any,
            cache: any,
            cache_minimum: 1024,
            prefill: any,
            sampling: any,
            structured: any,
        }
    }

    pub(super) fn family(&self) -> Family {
        let families = [
            ("anthropic.claude", Family::Claude),
            ("amazon.nova", Family::Nova),
            ("amazon.titan", Family::Titan),
            ("meta.llama", Family::Llama),
            ("mistral.", Family::Mistral),
            ("cohere.", Family::Cohere),
            ("ai21.", Family::Ai21),
            ("writer.", Family::Writer),
        ];
        families.iter().find(|(start, _)| self.base_id.starts_with(start)).map_or(Family::Other, |(_, family)| *family)
    }

    /// Claude versions that refuse `temperature` and `topP` together.
    pub(super) fn one_of_temperature_and_top_p(&self) -> bool {
        ["opus-4-1", "opus-4-5", "opus-4-6", "sonnet-4-5", "sonnet-4-6", "haiku-4-5"]
            .iter()
            .any(|version| self.base_id.starts_with(&format!("anthropic.claude-{version}")))
    }
}

fn takes(cell: &str) -> Takes {
    match cell {
        "y" => Takes::Yes,
        "n" => Takes::No,
        _ => Takes::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_profiles_and_unknown_models_are_told_apart() {
        let found = |text: &str| {
            let id = ModelId::parse(text).unwrap();
            Model::find(&id).map(|model| model.base_id.to_owned()).map_err(|refusal| refusal.message)
        };
        assert_eq!(found("us.amazon.nova-lite-v1:0"), Ok("amazon.nova-lite-v1:0".into()));
        assert_eq!(found("jp.amazon.nova-lite-v1:0"), Err("The provided model identifier is invalid.".into()));
        assert_eq!(found("us.amazon.nova-micro-v1:O"), Err("The provided model identifier is invalid.".into()));
        assert!(
            found("xai.grok-4.7").is_err_and(|message| message.contains("on-demand throughput isn\u{2019}t supported"))
        );
        let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.xai.grok-4.7";
        assert_eq!(found(arn), Ok("xai.grok-4.7".into()));
    }

    #[test]
    fn every_row_has_eleven_cells() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            assert_eq!(line.split('\t').count(), 11, "{line}");
        }
    }
}
