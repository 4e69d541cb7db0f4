//! Nova Multimodal Embeddings, texts only. Source: Nova user guide, "Embeddings request and response schema".

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::family::{Decoded, Family, Limits, Plan};
use super::options::{EmbeddingType, Purpose, Truncate};
use super::vector::{Unreadable, Vector};

pub(super) const FAMILY: Family = Family {
    name: "nova-multimodal",
    starts: &["amazon.nova-2-multimodal-embeddings"],
    limits: Limits {
    batch: 1,
    // 8,192 tokens, 50,000 characters.
    text_chars: 50_000,
    dimensions: &[3072, 1024, 384, 256],
    types: &[EmbeddingType::Float],
    truncates: true,
    normalizes: false,
},
    encode,
    decode,
};

fn encode(texts: &[String], plan: &Plan) -> Value {
    let purpose = match plan.options.purpose {
        Purpose::SearchDocument => "GENERIC_INDEX",
        Purpose::SearchQuery => "GENERIC_RETRIEVAL",
        Purpose::Classification => "CLASSIFICATION",
        Purpose::Clustering => "CLUSTERING",
    };
    let truncation = match plan.options.truncate.unwrap_or_default() {
        Truncate::None => "NONE",
        Truncate::Start => "START",
        Truncate::End => "END",
    };
    json!({
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {
            "embeddingPurpose": purpose,
            "embeddingDimension": plan.dimensions,
            "text": { "truncationMode": truncation, "value": texts.first() },
        },
    })
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    embeddings: Vec<Embedding<'a>>,
}

#[derive(Deserialize)]
struct Embedding<'a> {
    #[serde(borrow)]
    embedding: &'a RawValue,
}

fn decode(body: &[u8], plan: &Plan) -> Result<Decoded, Unreadable> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|_| Unreadable("an answer without embeddings"))?;
    let read = |embedding: Embedding<'_>| Vector::read(embedding.embedding, plan.dimensions, EmbeddingType::Float);
    let vectors = answer.embeddings.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(Decoded { vectors, input_tokens: None })
}
