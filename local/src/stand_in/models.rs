//! Which models there are and what they take: `models.tsv` by model, `families.tsv` by family.

use super::error::Rejection;
use super::identifier::{self, Identifier};

mod cells;
mod family;

pub(super) use cells::{Choice, Sampling, Takes, Thinking};
pub(super) use family::Family;

const TABLE: &str = include_str!("models.tsv");

/// A model as the rules need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    /// The base id; an opaque ARN's is unknown and empty.
    pub(super) base_id: &'a str,
    pub(super) family: Family,
    /// Input tokens.
    pub(super) context: Option<usize>,
    /// The most that `maxTokens` may be.
    pub(super) output: Option<u64>,
    pub(super) tools: Takes,
    pub(super) choice: Choice,
    reads: &'static str,
    pub(super) cache: Takes,
    /// Cache points are not even a field.
    pub(super) cache_unknown: bool,
    /// Tokens before a checkpoint for anything to be cached.
    pub(super) cache_minimum: usize,
    /// A cache point of an hour.
    pub(super) cache_hour: Takes,
    pub(super) thinking: Thinking,
    pub(super) prefill: Takes,
    pub(super) sampling: Sampling,
    /// Output after a JSON schema.
    pub(super) structured: Takes,
    /// `toolSpec.strict`.
    pub(super) strict: Takes,
    /// The role `system` inside messages.
    pub(super) system_turns: Takes,
    /// A prompt of Prompt management, which has settings of its own.
    pub(super) prompt: bool,
}

impl<'a> Model<'a> {
    /// Finds the model that `text` calls.
    pub(super) fn find(text: &'a str) -> Result<Self, Rejection> {
        let identifier = Identifier::parse(text)?;
        let Some(base_id) = identifier.base_id() else {
            return Ok(Self { prompt: identifier == Identifier::Prompt, ..Self::unknown("") });
        };
        let row = rows(TABLE).find(|row| row.split('\t').next() == Some(base_id)).ok_or_else(identifier::invalid)?;
        let mut cells = row.split('\t').skip(1);
        let mut cell = || cells.next().unwrap_or("?");
        let (on_demand, geographies, life) = (cell(), cell(), cell());
        match identifier {
            Identifier::Profile(geography, _) if !geographies.split(',').any(|known| known == geography) => {
                return Err(identifier::invalid());
            }
            Identifier::Model(_) if on_demand == "n" => {
                return Err(Rejection::validation(format!(
                    "Invocation of model ID {text} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
                )));
            }
            _ => {}
        }
        if life == "ended" {
            let message = "This model version has reached the end of its life. Please refer to the AWS documentation for more details.";
            return Err(Rejection::new("ResourceNotFoundException", message));
        }
        let (context, output) = (cell().parse().ok(), cell().parse().ok());
        let (tools, choice, reads) = (Takes::read(cell()), Choice::read(cell()), cell());
        let (cache, ttl) = (cell(), cell());
        Ok(Self {
            context,
            output,
            tools,
            choice,
            reads,
            cache: if cache.parse::<usize>().is_ok() { Takes::Yes } else { Takes::No },
            cache_unknown: cache == "no-field",
            cache_minimum: cache.parse().unwrap_or(1024),
            cache_hour: if ttl == "5m" { Takes::No } else { Takes::Unknown },
            thinking: Thinking::read(cell()),
            prefill: Takes::read(cell()),
            sampling: Sampling::read(cell()),
            structured: Takes::read(cell()),
            strict: Takes::read(cell()),
            system_turns: Takes::read(cell()),
            ..Self::unknown(base_id)
        })
    }

    fn unknown(base_id: &'a str) -> Self {
        let any = Takes::Unknown;
        Self {
            base_id,
            family: Family::of(base_id),
            context: None,
            output: None,
            tools: any,
            choice: Choice::Unknown,
            reads: "image?,document?,video?,audio?",
            cache: any,
            cache_unknown: false,
            cache_minimum: 1024,
            cache_hour: any,
            thinking: Thinking::Unknown,
            prefill: any,
            sampling: Sampling::Unknown,
            structured: any,
            strict: any,
            system_turns: any,
            prompt: false,
        }
    }

    /// Whether the model reads `medium`, as `image`.
    pub(super) fn reads(&self, medium: &str) -> Takes {
        let named = self.reads.split(',').find(|known| known.trim_end_matches('?') == medium);
        match named {
            Some(known) if known.ends_with('?') => Takes::Unknown,
            Some(_) => Takes::Yes,
            None => Takes::No,
        }
    }
}

/// Whether `prefix` begins an inference profile's id.
pub(super) fn is_geography(prefix: &str) -> bool {
    rows(TABLE).filter_map(|row| row.split('\t').nth(2)).any(|cell| cell.split(',').any(|known| known == prefix))
}

/// A table's rows, without what explains it.
fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<String, String> {
        Model::find(text).map(|model| model.base_id.to_owned()).map_err(|rejection| rejection.message)
    }

    #[test]
    fn a_model_is_found_only_by_its_own_profiles() {
        let invalid = || Err("The provided model identifier is invalid.".to_owned());
        assert_eq!(found("us.amazon.nova-lite-v1:0"), Ok("amazon.nova-lite-v1:0".into()));
        assert_eq!(found("jp.amazon.nova-lite-v1:0"), invalid());
        assert_eq!(found("us.amazon.nova-micro-v1:O"), invalid());
        assert_eq!(found("moon.amazon.nova-lite-v1:0"), invalid());
    }

    #[test]
    fn a_profile_only_model_is_rejected_by_its_bare_id() {
        for id in ["xai.grok-4.7", "deepseek.r1-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/xai.grok-4.7"] {
            assert!(found(id).is_err_and(|message| message.contains("on-demand throughput isn\u{2019}t supported")));
        }
        let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.xai.grok-4.7";
        assert_eq!(found(arn), Ok("xai.grok-4.7".into()));
    }

    #[test]
    fn a_model_past_its_life_is_not_found() {
        let ended = Model::find("anthropic.claude-3-5-sonnet-20240620-v1:0").unwrap_err();
        assert_eq!(ended.exception, "ResourceNotFoundException");
        assert!(ended.message.starts_with("This model version has reached the end of its life."));
    }

    #[test]
    fn every_cell_is_a_word_that_its_column_knows() {
        let takes = ["y", "n", "?"];
        let mut ids: Vec<&str> = Vec::new();
        for row in rows(TABLE) {
            let cells: Vec<&str> = row.split('\t').collect();
            assert_eq!(cells.len(), 17, "{row}");
            for column in [6, 12, 14, 15, 16] {
                assert!(takes.contains(&cells[column]), "{row}");
            }
            assert!(["y", "ended"].contains(&cells[3]) && ["1h", "5m", "-"].contains(&cells[10]), "{row}");
            assert!(cells[4..6].iter().all(|cell| *cell == "?" || cell.parse::<u64>().is_ok()), "{row}");
            assert!(["n", "no-field"].contains(&cells[9]) || cells[9].parse::<u64>().is_ok(), "{row}");
            assert!(Choice::read(cells[7]) != Choice::Unknown || cells[7] == "?", "{row}");
            assert!(Thinking::read(cells[11]) != Thinking::Unknown || cells[11] == "?", "{row}");
            assert!(Sampling::read(cells[13]) != Sampling::Unknown || cells[13] == "?", "{row}");
            ids.push(cells[0]);
        }
        assert!(ids.is_sorted_by(|a, b| a < b), "sorted, each once");
    }
}
