//! Titan Text Embeddings v2. Source: user guide, "Amazon Titan Text Embeddings".

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::family::{Decoded, Family, Limits, Plan};
use super::options::EmbeddingType;
use super::vector::{Unreadable, Vector};

pub(super) const FAMILY: Family = Family {
    name: "titan-text-v2",
    starts: &["amazon.titan-embed-text-v2"],
    limits: Limits {
    batch: 1,
    // 8,192 tokens, 50,000 characters.
    text_chars: 50_000,
    dimensions: &[1024, 512, 256],
    types: &[EmbeddingType::Float, EmbeddingType::Binary],
    truncates: false,
    normalizes: true,
},
    encode,
    decode,
};

fn encode(texts: &[String], plan: &Plan) -> Value {
    let normalize = plan.options.normalize.unwrap_or(true);
    let mut request = json!({ "inputText": texts.first(), "dimensions": plan.dimensions, "normalize": normalize });
    if let (EmbeddingType::Binary, Some(request)) = (plan.options.embedding_type, request.as_object_mut()) {
        request.insert("embeddingTypes".to_owned(), json!(["binary"]));
    }
    request
}

/// `embedding` is always there and always floats; the requested types are in `embeddingsByType`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    embedding: Option<&'a RawValue>,
    #[serde(borrow)]
    embeddings_by_type: Option<ByType<'a>>,
    input_text_token_count: Option<u64>,
}

#[derive(Deserialize)]
struct ByType<'a> {
    #[serde(borrow)]
    binary: Option<&'a RawValue>,
}

fn decode(body: &[u8], plan: &Plan) -> Result<Decoded, Unreadable> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|_| Unreadable("an answer that is no JSON"))?;
    let kind = plan.options.embedding_type;
    let raw = match kind {
        EmbeddingType::Binary => answer.embeddings_by_type.and_then(|by_type| by_type.binary),
        _ => answer.embedding,
    };
    let vector = Vector::read(raw.ok_or(Unreadable("an answer without an embedding"))?, plan.dimensions, kind)?;
    Ok(Decoded { vectors: vec![vector], input_tokens: answer.input_text_token_count })
}
