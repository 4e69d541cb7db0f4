//! The catalogue of models beside LiteLLM's `model_prices_and_context_window.json`: what the two say otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value};
use shared::model::Capabilities;
use shared::model::capabilities::{ForcedChoice, Reasoning, Sampling};
use shared::model::catalogue;
use shared::model::id::ModelId;

type Entry = Map<String, Value>;

/// One fact: its name, what the catalogue says, and what an entry of LiteLLM's says, if anything.
struct Fact(&'static str, fn(&Capabilities) -> String, fn(&Entry) -> Option<String>);

const FACTS: [Fact; 20] = [
    Fact("context", |model| tokens(model.context_tokens), |entry| number(entry, "max_input_tokens")),
    Fact("output", |model| tokens(model.max_output_tokens), |entry| number(entry, "max_output_tokens")),
    Fact("tools", |model| yes(model.tools.is_some()), |entry| flag(entry, "supports_function_calling")),
    Fact("forced choice", forced_choice, |entry| {
        flag(entry, "supports_forced_tool_use").or_else(|| flag(entry, "supports_tool_choice"))
    }),
    Fact(
        "strict tools",
        |model| yes(model.tools.as_ref().is_some_and(|tools| tools.strict)),
        |entry| flag(entry, "bedrock_converse_supports_strict_tools"),
    ),
    Fact(
        "images in results",
        |model| yes(model.tools.as_ref().is_some_and(|tools| tools.result_images)),
        |entry| flag(entry, "supports_bedrock_converse_tool_result_images"),
    ),
    Fact("images", |model| yes(model.images), images),
    Fact("documents", |model| yes(model.documents), |entry| flag(entry, "supports_pdf_input")),
    Fact("video", |model| yes(model.video), |entry| flag(entry, "supports_video_input")),
    Fact("audio", |model| yes(model.audio), |entry| flag(entry, "supports_audio_input")),
    Fact("system", |model| yes(model.system), |entry| flag(entry, "supports_system_messages")),
    Fact("system turns", |model| yes(model.system_turns), |entry| flag(entry, "supports_mid_conversation_system")),
    Fact(
        "cache points",
        |model| yes(model.caching.is_some()),
        |entry| flag(entry, "supports_prompt_cache_breakpoint").or_else(|| flag(entry, "supports_prompt_caching")),
    ),
    Fact(
        "cache minimum",
        |model| tokens(model.caching.as_ref().and_then(|caching| caching.minimum_tokens)),
        |entry| number(entry, "prompt_cache_min_tokens"),
    ),
    Fact("reasoning", |model| yes(model.reasoning != Reasoning::No), |entry| flag(entry, "supports_reasoning")),
    Fact("always reasons", |model| yes(model.always_reasons), |entry| flag(entry, "thinking_always_on")),
    Fact("prefill", |model| yes(model.prefill), |entry| flag(entry, "supports_assistant_prefill")),
    Fact("sampling", |model| yes(model.sampling != Sampling::No), |entry| flag(entry, "supports_sampling_params")),
    Fact(
        "structured output",
        |model| yes(model.structured_output),
        |entry| {
            let names = [
                "supports_bedrock_native_structured_output",
                "supports_bedrock_native_structured_output_by_default",
                "supports_native_structured_output",
            ];
            names.into_iter().find_map(|name| flag(entry, name))
        },
    ),
    Fact(
        "end of life",
        |model| model.end_of_life.map_or_else(|| "not known".to_owned(), |date| date.to_string()),
        |entry| entry.get("deprecation_date").and_then(Value::as_str).map(str::to_owned),
    ),
];

/// What `table` says otherwise than the catalogue, by model, and the models that only one of them has. What LiteLLM
/// does not say, or says in several ways with ours among them, is no difference.
pub fn report(table: &Value) -> String {
    let models = models(table);
    let (mut report, mut seen, mut missing) = (String::new(), BTreeSet::new(), Vec::new());
    for (base_id, entries) in &models {
        let found = catalogue::start_of(base_id).zip(catalogue::find(base_id));
        let Some((start, (_, capabilities))) = found else {
            missing.push(base_id.as_str());
            continue;
        };
        seen.insert(start);
        let mut lines = FACTS.iter().filter_map(|fact| difference(fact, &capabilities, entries)).peekable();
        if lines.peek().is_some() {
            _ = writeln!(report, "{base_id} (line {start})");
            lines.for_each(|line| _ = writeln!(report, "  {line}"));
        }
    }
    let unseen: Vec<&str> = catalogue::starts().filter(|start| !seen.contains(start)).collect();
    _ = writeln!(report, "Not in the catalogue: {}", list(&missing));
    _ = writeln!(report, "Not in LiteLLM's table: {}", list(&unseen));
    report
}

/// The chat models of Bedrock by base id, each with its entries: one a geography.
fn models(table: &Value) -> BTreeMap<String, Vec<&Entry>> {
    let mut models = BTreeMap::<_, Vec<_>>::new();
    for (key, value) in table.as_object().into_iter().flatten() {
        let Some(entry) = value.as_object() else { continue };
        let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let chat = matches!(text("litellm_provider"), "bedrock" | "bedrock_converse") && text("mode") == "chat";
        let id = ModelId::parse(key).ok().filter(|_| chat);
        if let Some(base_id) = id.as_ref().and_then(ModelId::base_id) {
            models.entry(base_id.to_owned()).or_default().push(entry);
        }
    }
    models
}

fn difference(Fact(name, ours, theirs): &Fact, capabilities: &Capabilities, entries: &[&Entry]) -> Option<String> {
    let theirs: BTreeSet<String> = entries.iter().filter_map(|entry| theirs(entry)).collect();
    let ours = ours(capabilities);
    let differs = !theirs.is_empty() && !theirs.contains(&ours);
    differs.then(|| format!("{name}: {ours}, LiteLLM {}", theirs.into_iter().collect::<Vec<_>>().join(" or ")))
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

fn tokens(count: Option<u32>) -> String {
    count.map_or_else(|| "not known".to_owned(), |count| count.to_string())
}

fn flag(entry: &Entry, name: &str) -> Option<String> {
    entry.get(name).and_then(Value::as_bool).map(yes)
}

fn number(entry: &Entry, name: &str) -> Option<String> {
    entry.get(name).and_then(Value::as_u64).map(|count| count.to_string())
}

fn forced_choice(model: &Capabilities) -> String {
    yes(model.tools.as_ref().is_some_and(|tools| tools.forced_choice != ForcedChoice::No))
}

fn images(entry: &Entry) -> Option<String> {
    let modalities = entry.get("supported_modalities").and_then(Value::as_array);
    let listed = modalities.map(|list| yes(list.iter().any(|modality| modality == "image")));
    flag(entry, "supports_vision").or(listed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(mut facts: Value) -> Value {
        facts["litellm_provider"] = json!("bedrock_converse");
        facts["mode"] = json!("chat");
        facts
    }

    fn told(table: &Value) -> Vec<String> {
        report(table).lines().filter(|line| !line.starts_with("Not in LiteLLM")).map(str::to_owned).collect()
    }

    #[test]
    fn what_differs_is_told_by_model() {
        let table = json!({
            "us.anthropic.claude-opus-4-7": entry(json!({"prompt_cache_min_tokens": 2048, "max_input_tokens": 1_000_000})),
            "amazon.nova-micro-v1:0": entry(json!({"supports_vision": true, "supports_pdf_input": false, "max_output_tokens": 9})),
            "eu.amazon.nova-micro-v1:0": entry(json!({"max_output_tokens": 10})),
            "acme.brain-7-v1:0": entry(json!({"max_input_tokens": 1})),
        });
        assert_eq!(
            told(&table),
            [
                "amazon.nova-micro-v1:0 (line amazon.nova-micro)",
                "  output: 10000, LiteLLM 10 or 9",
                "  images: no, LiteLLM yes",
                "anthropic.claude-opus-4-7 (line anthropic.claude-opus-4-7)",
                "  cache minimum: 4096, LiteLLM 2048",
                "Not in the catalogue: acme.brain-7-v1:0",
            ]
        );
    }

    #[test]
    fn what_agrees_or_is_not_said_is_no_difference() {
        let mut other = entry(json!({"max_input_tokens": 1}));
        other["litellm_provider"] = json!("vertex_ai");
        let mut embedding = entry(json!({"max_input_tokens": 1}));
        embedding["mode"] = json!("embedding");
        let table = json!({
            "sample_spec": {"mode": "chat"},
            "amazon.nova-lite-v1:0": entry(json!({"max_input_tokens": 300_000, "supports_prompt_caching": true})),
            "eu.amazon.nova-lite-v1:0": entry(json!({"max_input_tokens": 1})),
            "openai.gpt-6-sol": entry(json!({"supports_prompt_caching": true, "supports_prompt_cache_breakpoint": false})),
            "bedrock/us-east-1/amazon.nova-lite-v1:0": entry(json!({"max_input_tokens": 1})),
            "amazon.nova-pro-v1:0": other,
            "amazon.titan-embed-text-v2:0": embedding,
        });
        assert_eq!(told(&table), ["Not in the catalogue: none"]);
    }

    #[test]
    fn models_that_litellm_does_not_have_are_listed() {
        let table = json!({"us.amazon.nova-2-lite-v1:0": entry(json!({}))});
        let report = report(&table);
        let unseen = report.lines().find_map(|line| line.strip_prefix("Not in LiteLLM's table: ")).unwrap();
        let unseen: Vec<&str> = unseen.split(", ").collect();
        assert!(unseen.contains(&"cohere.command-r") && !unseen.contains(&"amazon.nova-2-lite"), "{unseen:?}");
    }
}
