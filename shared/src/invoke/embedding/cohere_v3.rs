//! Cohere Embed v3, English and multilingual. Source: user guide, "Cohere Embed v3".

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::family::{Decoded, Family, Limits, Plan};
use super::options::{EmbeddingType, Truncate};
use super::vector::{Unreadable, Vector};

/// The forms of values of both versions.
pub(super) const TYPES: &[EmbeddingType] = EmbeddingType::ALL;

pub(super) const FAMILY: Family = Family {
    name: "cohere-v3",
    starts: &["cohere.embed-english-v3", "cohere.embed-multilingual-v3"],
    limits: Limits { batch: 96, text_chars: 2_048, dimensions: &[1024], types: TYPES, truncates: true, normalizes: false },
    encode,
    decode,
};

pub(super) fn encode(texts: &[String], plan: &Plan) -> Value {
    let mut request = Map::from_iter([
        ("texts".to_owned(), json!(texts)),
        ("input_type".to_owned(), json!(plan.options.purpose.name())),
    ]);
    if let Some(truncate) = plan.options.truncate {
        let truncate = match truncate {
            Truncate::None => "NONE",
            Truncate::Start => "START",
            Truncate::End => "END",
        };
        request.insert("truncate".to_owned(), json!(truncate));
    }
    if plan.options.embedding_type != EmbeddingType::Float {
        request.insert("embedding_types".to_owned(), json!([plan.options.embedding_type.name()]));
    }
    request.into()
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    embeddings: &'a RawValue,
}

/// Version 3 answers `[[…]]` unless types were requested, version 4 always `{float: [[…]]}`.
pub(super) fn decode(body: &[u8], plan: &Plan) -> Result<Decoded, Unreadable> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|_| Unreadable("an answer without embeddings"))?;
    let kind = plan.options.embedding_type;
    let json = answer.embeddings.get();
    let vectors: Option<Vec<&RawValue>> = match serde_json::from_str::<HashMap<Cow<'_, str>, Vec<&RawValue>>>(json) {
        Ok(mut by_type) => by_type.remove(kind.name()),
        Err(_) => serde_json::from_str(json).ok(),
    };
    let vectors = vectors.ok_or(Unreadable("an answer without embeddings of this type"))?;
    let vectors = vectors.into_iter().map(|raw| Vector::read(raw, plan.dimensions, kind)).collect::<Result<_, _>>()?;
    Ok(Decoded { vectors, input_tokens: None })
}
