//! Titan Text Embeddings v1 (and G1). Source: user guide, "Amazon Titan Text Embeddings".

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::family::{Decoded, Family, Limits, Plan};
use super::options::EmbeddingType;
use super::vector::{Unreadable, Vector};

pub(super) const FAMILY: Family = Family {
    name: "titan-text-v1",
    starts: &["amazon.titan-embed-text-v1", "amazon.titan-embed-g1-text-02"],
    limits: Limits {
    batch: 1,
    // 8,192 tokens, 50,000 characters.
    text_chars: 50_000,
    dimensions: &[1536],
    types: &[EmbeddingType::Float],
    truncates: false,
    normalizes: false,
},
    encode,
    decode,
};

fn encode(texts: &[String], _: &Plan) -> Value {
    json!({ "inputText": texts.first() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    embedding: &'a RawValue,
    input_text_token_count: Option<u64>,
}

pub(super) fn decode(body: &[u8], plan: &Plan) -> Result<Decoded, Unreadable> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|_| Unreadable("an answer without an embedding"))?;
    let vector = Vector::read(answer.embedding, plan.dimensions, EmbeddingType::Float)?;
    Ok(Decoded { vectors: vec![vector], input_tokens: answer.input_text_token_count })
}
