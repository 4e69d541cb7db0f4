//! Tools as they are declared, and the choice among them.

use std::collections::HashSet;

use serde_json::Value;

use super::{ensure, list, model_error, no_such_field, part, schema_subset, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Choice, Model, Takes};

/// The most tools of a request that may be strict ("Structured output").
const MOST_STRICT: usize = 20;

pub(super) fn check(request: &Value, model: &Model<'_>, streamed: bool) -> Result<(), Rejection> {
    let Some(config) = part(request, "toolConfig") else { return Ok(()) };
    ensure(model.tools != Takes::No, || "This model doesn't support tool use.".to_owned())?;
    ensure(!streamed || model.family.streamed_tools != Takes::No, || {
        "This model doesn't support tool use in streaming mode.".to_owned()
    })?;
    let tools = list(config, "tools");
    let specs = || tools.iter().enumerate().filter_map(|(index, tool)| Some((index, part(tool, "toolSpec")?)));
    let mut names = HashSet::new();
    for (index, spec) in specs() {
        root(spec, index, model)?;
        let name = spec.get("name").and_then(Value::as_str).unwrap_or_default();
        // For others than Claude the wording is not known from the service.
        if !names.insert(name) {
            return Err(model_error("tools: Tool names must be unique."));
        }
        if part(spec, "strict").is_some() {
            strict(spec, index, model)?;
        }
    }
    let strict = specs().filter(|(_, spec)| spec.get("strict") == Some(&Value::Bool(true))).count();
    if strict > MOST_STRICT {
        return Err(model_error(&format!("Too many strict tools ({strict})")));
    }
    choice(request, model, &names)
}

/// A schema's root is an object, and no choice of several.
fn root(spec: &Value, index: usize, model: &Model<'_>) -> Result<(), Rejection> {
    let schema = spec.pointer("/inputSchema/json");
    let kind = schema.and_then(|schema| schema.get("type")).and_then(Value::as_str);
    ensure(kind == Some("object"), || {
        format!(
            "The value at toolConfig.tools.{index}.toolSpec.inputSchema.json.type must be one of the following: object."
        )
    })?;
    let composed = ["oneOf", "allOf", "anyOf"].iter().any(|key| schema.is_some_and(|schema| schema.get(key).is_some()));
    if model.family.is_claude() && composed {
        return Err(model_error(&format!(
            "tools.{index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )));
    }
    Ok(())
}

fn strict(spec: &Value, index: usize, model: &Model<'_>) -> Result<(), Rejection> {
    if model.strict == Takes::No {
        return Err(match model.family.is_claude() {
            true => model_error(&format!("tools.{index}.custom.strict: Extra inputs are not permitted")),
            // Wording not known from the service.
            false => Rejection::validation(no_such_field("toolConfig.tools.toolSpec.strict")),
        });
    }
    let schema = spec.pointer("/inputSchema/json").unwrap_or(&Value::Null);
    match spec.get("strict") {
        Some(Value::Bool(true)) => schema_subset::check(schema, &format!("tools.{index}.custom")),
        _ => Ok(()),
    }
}

fn choice(request: &Value, model: &Model<'_>, names: &HashSet<&str>) -> Result<(), Rejection> {
    let Some(choice) = set(request, "/toolConfig/toolChoice") else { return Ok(()) };
    // Wording not known from the service.
    ensure(set(request, "/additionalModelRequestFields/tool_choice").is_none(), || {
        "The additional field tool_choice conflicts with toolConfig.toolChoice.".to_owned()
    })?;
    let Some(kind) = ["any", "tool"].into_iter().find(|kind| part(choice, kind).is_some()) else { return Ok(()) };
    let taken = match model.choice {
        Choice::Neither => false,
        Choice::Any => kind == "any",
        Choice::Both | Choice::Unthinking | Choice::Unknown => true,
    };
    if !taken && model.family.is_claude() {
        return Err(model_error("tool_choice: type \"tool\" and \"any\" are not supported for this model."));
    }
    ensure(taken, || no_such_field(&format!("toolConfig.toolChoice.{kind}")))?;
    let asked = choice.pointer("/tool/name").and_then(Value::as_str);
    match asked.filter(|name| !names.contains(name)) {
        // For others than Claude the wording is not known from the service.
        Some(name) => Err(model_error(&format!("Tool '{name}' not found in provided tools"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    fn tools(config: Value) -> Value {
        with(says("hi"), "toolConfig", config)
    }

    fn chosen(choice: Value) -> Value {
        tools(with(tool_config(), "toolChoice", choice))
    }

    fn schema(schema: Value) -> Value {
        tools(json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": schema } } }] }))
    }

    #[test]
    fn tools_are_rejected_by_models_without_and_streamed_ones_by_more() {
        let request = tools(tool_config());
        for model in ["us.deepseek.r1-v1:0", TITAN, "us.meta.llama3-2-3b-instruct-v1:0"] {
            assert_eq!(answer(model, &request), "This model doesn't support tool use.", "{model}");
        }
        for model in [LLAMA, WRITER, "mistral.mistral-large-2407-v1:0"] {
            assert_eq!(answer(model, &request), "accepted", "{model}");
            assert_eq!(
                stream_answer(model, &request),
                "This model doesn't support tool use in streaming mode.",
                "{model}"
            );
        }
        for model in [CLAUDE, NOVA, GPT_OSS] {
            assert_eq!(stream_answer(model, &request), "accepted", "{model}");
        }
    }

    #[test]
    fn an_empty_list_of_tools_is_rejected() {
        assert_eq!(
            answer(CLAUDE, &tools(json!({ "tools": [] }))),
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1"
        );
    }

    #[test]
    fn a_schema_whose_root_is_no_object_is_rejected() {
        for root in [json!({}), json!({ "type": "array" }), json!({ "oneOf": [] })] {
            assert_eq!(
                answer(NOVA, &schema(root)),
                "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object."
            );
        }
        let composed = schema(json!({ "type": "object", "anyOf": [] }));
        assert!(answer(CLAUDE, &composed).contains("does not support oneOf, allOf, or anyOf at the top level"));
        assert_eq!(answer(NOVA, &composed), "accepted");
    }

    #[test]
    fn a_name_twice_is_rejected() {
        let twice = json!({ "tools": [tool_config()["tools"][0], tool_config()["tools"][0]] });
        assert!(answer(CLAUDE, &tools(twice)).ends_with("Tool names must be unique."));
    }

    #[test]
    fn a_forced_choice_is_rejected_by_models_without() {
        let (any, tool) = (json!({ "any": {} }), json!({ "tool": { "name": "f" } }));
        assert_eq!(
            answer(LLAMA, &chosen(any.clone())),
            "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again."
        );
        assert!(
            answer(OPUS, &chosen(tool.clone()))
                .ends_with("tool_choice: type \"tool\" and \"any\" are not supported for this model.")
        );
        assert_eq!(answer("deepseek.v3-v1:0", &chosen(any.clone())), "accepted");
        assert!(answer("deepseek.v3-v1:0", &chosen(tool.clone())).contains("toolChoice.tool field"));
        for model in [CLAUDE, NOVA] {
            assert_eq!(answer(model, &chosen(any.clone())), "accepted", "{model}");
            assert_eq!(answer(model, &chosen(tool.clone())), "accepted", "{model}");
        }
        assert_eq!(answer(OPUS, &chosen(json!({ "auto": {} }))), "accepted");
        assert!(
            answer(CLAUDE, &chosen(json!({ "tool": { "name": "g" } })))
                .ends_with("Tool 'g' not found in provided tools")
        );
    }

    #[test]
    fn strict_is_rejected_by_models_without_and_takes_a_part_of_json_schema() {
        let strict = |schema: Value| {
            let spec = json!({ "name": "f", "strict": true, "inputSchema": { "json": schema } });
            tools(json!({ "tools": [{ "toolSpec": spec }] }))
        };
        let closed = json!({ "type": "object", "additionalProperties": false });
        assert_eq!(answer(CLAUDE, &strict(closed.clone())), "accepted");
        assert!(answer(CLAUDE, &strict(json!({ "type": "object" }))).contains("tools.0.custom: For 'object' type"));
        assert!(
            answer("us.anthropic.claude-opus-5", &strict(closed.clone()))
                .contains("tools.0.custom.strict: Extra inputs are not permitted")
        );
        assert!(answer(NOVA, &strict(closed)).contains("toolSpec.strict field"));
    }
}
