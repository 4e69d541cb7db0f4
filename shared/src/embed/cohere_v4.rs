//! Cohere Embed v4, texts alone. Source: user guide, "Cohere Embed v4". Its answer is read with version 3's.

use serde_json::{Value, json};

use super::cohere_v3;
use super::family::{Limits, Plan};
use super::options::Truncate;

pub(super) const LIMITS: Limits = Limits {
    batch: 96,
    // 128,000 tokens; the request itself is limited before that.
    text_chars: 500_000,
    dimensions: &[1536, 1024, 512, 256],
    types: cohere_v3::TYPES,
    truncates: true,
    normalizes: false,
};

pub(super) fn encode(texts: &[String], plan: &Plan) -> Value {
    let mut request = cohere_v3::encode(texts, plan);
    if let Some(request) = request.as_object_mut() {
        request.insert("output_dimension".to_owned(), json!(plan.dimensions));
        // The documentation has LEFT where version 3 has START; END was seen to be taken.
        if plan.options.truncate == Truncate::Start {
            request.insert("truncate".to_owned(), json!("LEFT"));
        }
    }
    request
}
