//! System prompts, for models that have none.

use serde_json::Value;

use super::{ensure, list};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    ensure(list(request, "system").is_empty() || model.family.system != Takes::No, || {
        "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn a_system_prompt_is_rejected_by_models_without_and_an_empty_one_by_none() {
        for model in [TITAN, "mistral.mistral-7b-instruct-v0:2", "cohere.command-text-v14"] {
            let request = with(says("hi"), "system", json!([{ "text": "s" }]));
            assert!(answer(model, &request).starts_with("This model doesn't support system messages."), "{model}");
            assert_eq!(answer(model, &with(says("hi"), "system", json!([]))), "accepted", "{model}");
        }
    }
}
