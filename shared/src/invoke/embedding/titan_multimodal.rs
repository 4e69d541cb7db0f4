//! Titan Multimodal Embeddings G1, texts only. Source: user guide, "Amazon Titan Multimodal Embeddings". Its answer
//! is that of Titan Text v1.

use serde_json::{Value, json};

use super::family::{Family, Limits, Plan};
use super::options::EmbeddingType;
use super::titan_text_v1;

pub(super) const FAMILY: Family = Family {
    name: "titan-multimodal",
    starts: &["amazon.titan-embed-image-v1"],
    limits: Limits {
    batch: 1,
    // 256 tokens; the service counts them, this keeps what cannot fit.
    text_chars: 2_048,
    dimensions: &[1024, 384, 256],
    types: &[EmbeddingType::Float],
    truncates: false,
    normalizes: false,
},
    encode,
    decode: titan_text_v1::decode,
};

fn encode(texts: &[String], plan: &Plan) -> Value {
    json!({ "inputText": texts.first(), "embeddingConfig": { "outputEmbeddingLength": plan.dimensions } })
}
