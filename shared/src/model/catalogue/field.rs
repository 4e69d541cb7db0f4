//! One field of the table, `name=value`.

use crate::model::capabilities::{
    Caching, Capabilities, ForcedChoice, Reasoning, ResultDocuments, Sampling, Tools, TopK,
};
use crate::model::date::Date;

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No field has this name.
    Name,
    /// The field does not have this value.
    Value,
    /// A field about tools, for a model without.
    NoTools,
    /// A field about cache points, for a model without.
    NoCaching,
}

/// Puts `field` into `capabilities`.
pub(super) fn set(capabilities: &mut Capabilities, field: &str) -> Result<(), Fault> {
    let (name, value) = field.split_once('=').ok_or(Fault::Name)?;
    match name {
        "context" => capabilities.context_tokens = number(value)?,
        "output" => capabilities.max_output_tokens = number(value)?,
        "tools" if flag(value)? => _ = capabilities.tools.get_or_insert_default(),
        "tools" => capabilities.tools = None,
        "streamed-tools" => tools(capabilities)?.streamed = flag(value)?,
        "forced-choice" => {
            let choices = [("no", ForcedChoice::No), ("any", ForcedChoice::Any), ("named", ForcedChoice::Named)];
            tools(capabilities)?.forced_choice = one_of(value, choices)?;
        }
        "strict-tools" => tools(capabilities)?.strict = flag(value)?,
        "result-status" => tools(capabilities)?.result_status = flag(value)?,
        "result-images" => tools(capabilities)?.result_images = flag(value)?,
        "result-documents" => {
            let which = [("no", ResultDocuments::No), ("text", ResultDocuments::Text), ("yes", ResultDocuments::All)];
            tools(capabilities)?.result_documents = one_of(value, which)?;
        }
        "result-video" => tools(capabilities)?.result_video = flag(value)?,
        "beside-results" => tools(capabilities)?.beside_results = flag(value)?,
        "images" => capabilities.images = flag(value)?,
        "documents" => capabilities.documents = flag(value)?,
        "video" => capabilities.video = flag(value)?,
        "audio" => capabilities.audio = flag(value)?,
        "system" => capabilities.system = flag(value)?,
        "system-turns" => capabilities.system_turns = flag(value)?,
        "cache" if value == "no" => capabilities.caching = None,
        "cache" => places(capabilities.caching.get_or_insert_default(), value)?,
        "cache-minimum" => caching(capabilities)?.minimum_tokens = number(value)?,
        "cache-1h" => caching(capabilities)?.one_hour = flag(value)?,
        "cache-points" => caching(capabilities)?.max_points = value.parse().map_err(|_| Fault::Value)?,
        "reasoning" => {
            let ways = [
                ("?", Reasoning::Unknown),
                ("no", Reasoning::No),
                ("fixed", Reasoning::Fixed),
                ("budget", Reasoning::Budget),
                ("adaptive", Reasoning::Adaptive),
                ("reasoningConfig", Reasoning::ReasoningConfig),
                ("reasoning_effort", Reasoning::Effort),
                ("reasoning.effort", Reasoning::EffortObject),
                ("reasoning_config", Reasoning::QwenConfig),
            ];
            capabilities.reasoning = one_of(value, ways)?;
        }
        "always-reasons" => capabilities.always_reasons = flag(value)?,
        "reasoning-in-history" => capabilities.reasoning_in_history = flag(value)?,
        "prefill" => capabilities.prefill = flag(value)?,
        "leading-assistant" => capabilities.leading_assistant = flag(value)?,
        "sampling" => {
            let which = [("both", Sampling::Both), ("one", Sampling::One), ("no", Sampling::No)];
            capabilities.sampling = one_of(value, which)?;
        }
        "top-k" => {
            let ways =
                [("?", TopK::Unknown), ("no", TopK::No), ("top_k", TopK::Flat), ("inferenceConfig", TopK::Nested)];
            capabilities.top_k = one_of(value, ways)?;
        }
        "stop" => capabilities.stop_sequences = flag(value)?,
        "structured" => capabilities.structured_output = flag(value)?,
        "count-tokens" => capabilities.count_tokens = flag(value)?,
        "end-of-life" => capabilities.end_of_life = Some(Date::parse(value).ok_or(Fault::Value)?),
        _ => return Err(Fault::Name),
    }
    Ok(())
}

fn tools(capabilities: &mut Capabilities) -> Result<&mut Tools, Fault> {
    capabilities.tools.as_mut().ok_or(Fault::NoTools)
}

fn caching(capabilities: &mut Capabilities) -> Result<&mut Caching, Fault> {
    capabilities.caching.as_mut().ok_or(Fault::NoCaching)
}

fn one_of<T, const N: usize>(value: &str, known: [(&str, T); N]) -> Result<T, Fault> {
    known.into_iter().find(|(name, _)| *name == value).map(|(_, value)| value).ok_or(Fault::Value)
}

fn flag(value: &str) -> Result<bool, Fault> {
    one_of(value, [("yes", true), ("no", false)])
}

/// A count of tokens; `?` is not known.
fn number(value: &str) -> Result<Option<u32>, Fault> {
    match value {
        "?" => Ok(None),
        _ => value.parse().ok().filter(|tokens| *tokens > 0).map(Some).ok_or(Fault::Value),
    }
}

/// `tools,system,messages`: where cache points are honoured.
fn places(caching: &mut Caching, value: &str) -> Result<(), Fault> {
    (caching.tools, caching.system, caching.messages) = (false, false, false);
    for place in value.split(',') {
        match place {
            "tools" => caching.tools = true,
            "system" => caching.system = true,
            "messages" => caching.messages = true,
            _ => return Err(Fault::Value),
        }
    }
    Ok(())
}
