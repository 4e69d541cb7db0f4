//! Cohere Embed v4, texts only. Source: user guide, "Cohere Embed v4", but for `truncate`: the guide has LEFT and
//! RIGHT, and the service takes version 3's START and END. Its answer is read with version 3's.

use serde_json::{Value, json};

use super::cohere_v3;
use super::family::{Family, Limits, Plan};

pub(super) const FAMILY: Family = Family {
    name: "cohere-v4",
    starts: &["cohere.embed-v4"],
    limits: Limits {
    batch: 96,
    // 128,000 tokens; the request itself is limited before that.
    text_chars: 500_000,
    dimensions: &[1536, 1024, 512, 256],
    types: cohere_v3::TYPES,
    truncates: true,
    normalizes: false,
},
    encode,
    decode: cohere_v3::decode,
};

fn encode(texts: &[String], plan: &Plan) -> Value {
    let mut request = cohere_v3::encode(texts, plan);
    if let Some(request) = request.as_object_mut() {
        request.insert("output_dimension".to_owned(), json!(plan.dimensions));
    }
    request
}
