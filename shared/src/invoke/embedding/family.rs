//! The families of embedding models, and what each can do.

use std::fmt;

use bytes::Bytes;

use super::options::{EmbeddingType, Options, Truncate};
use super::vector::{Unreadable, Vector};
use super::{cohere_v3, cohere_v4, nova_multimodal, titan_multimodal, titan_text_v1, titan_text_v2};
use crate::model::id::ModelId;

/// A family: the same request and the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `amazon.titan-embed-text-v1`.
    TitanTextV1,
    /// `amazon.titan-embed-text-v2:0`.
    TitanTextV2,
    /// `amazon.titan-embed-image-v1`, texts alone.
    TitanMultimodal,
    /// `cohere.embed-english-v3`, `cohere.embed-multilingual-v3`.
    CohereV3,
    /// `cohere.embed-v4:0`.
    CohereV4,
    /// `amazon.nova-2-multimodal-embeddings-v1:0`, texts alone.
    NovaMultimodal,
}

/// What a family can do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Texts in one call.
    pub batch: usize,
    /// Characters in one text.
    pub text_chars: usize,
    /// Values a vector can have; the default first.
    pub dimensions: &'static [u32],
    /// Forms of values.
    pub types: &'static [EmbeddingType],
    /// Whether a text that is too long can be cut.
    pub truncates: bool,
    /// Whether a caller chooses if vectors have length 1.
    pub normalizes: bool,
}

/// Checked options: what a family is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The family.
    pub family: Family,
    /// What the caller wants.
    pub options: Options,
    /// Values in a vector.
    pub dimensions: u32,
}

/// Something a family cannot do. `Display` names the field and what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported(String);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsupported {}

/// An answer, read.
#[derive(Debug)]
pub struct Decoded {
    /// One vector a text, in their order.
    pub vectors: Vec<Vector>,
    /// Tokens of the input, where the body counts them.
    pub input_tokens: Option<u64>,
}

impl Family {
    /// All families by the name that `EMBED_MODEL_FAMILY` takes.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("titan-text-v1", Self::TitanTextV1),
        ("titan-text-v2", Self::TitanTextV2),
        ("titan-multimodal", Self::TitanMultimodal),
        ("cohere-v3", Self::CohereV3),
        ("cohere-v4", Self::CohereV4),
        ("nova-multimodal", Self::NovaMultimodal),
    ];

    /// The family by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, family)| *family)
    }

    /// The family of a model; none where the identifier does not say, or the model makes no embeddings.
    pub fn of(model_id: &ModelId) -> Option<Self> {
        let base_id = model_id.base_id()?;
        let starts = [
            ("amazon.titan-embed-text-v1", Self::TitanTextV1),
            ("amazon.titan-embed-g1-text-02", Self::TitanTextV1),
            ("amazon.titan-embed-text-v2", Self::TitanTextV2),
            ("amazon.titan-embed-image-v1", Self::TitanMultimodal),
            ("cohere.embed-english-v3", Self::CohereV3),
            ("cohere.embed-multilingual-v3", Self::CohereV3),
            ("cohere.embed-v4", Self::CohereV4),
            ("amazon.nova-2-multimodal-embeddings", Self::NovaMultimodal),
        ];
        starts.iter().find(|(start, _)| base_id.starts_with(start)).map(|(_, family)| *family)
    }

    /// What it can do.
    pub const fn limits(self) -> Limits {
        match self {
            Self::TitanTextV1 => titan_text_v1::LIMITS,
            Self::TitanTextV2 => titan_text_v2::LIMITS,
            Self::TitanMultimodal => titan_multimodal::LIMITS,
            Self::CohereV3 => cohere_v3::LIMITS,
            Self::CohereV4 => cohere_v4::LIMITS,
            Self::NovaMultimodal => nova_multimodal::LIMITS,
        }
    }

    /// Checks what a caller wants.
    ///
    /// # Errors
    /// [`Unsupported`] with what the family can do.
    pub fn plan(self, options: Options) -> Result<Plan, Unsupported> {
        let limits = self.limits();
        let list = |words: Vec<String>| words.join(", ");
        let default = limits.dimensions.first().copied().unwrap_or_default();
        let dimensions = options.dimensions.unwrap_or(default);
        if !limits.dimensions.contains(&dimensions) {
            let known = list(limits.dimensions.iter().map(u32::to_string).collect());
            return Err(Unsupported(format!("dimensions: this model can do {known}; found {dimensions}")));
        }
        if !limits.types.contains(&options.embedding_type) {
            let known = list(limits.types.iter().map(ToString::to_string).collect());
            let found = options.embedding_type;
            return Err(Unsupported(format!("embeddingType: this model can do {known}; found {found}")));
        }
        if options.truncate != Truncate::None && !limits.truncates {
            let found = options.truncate;
            return Err(Unsupported(format!("truncate: this model can do none alone; found {found}")));
        }
        if options.normalize.is_some() && !limits.normalizes {
            return Err(Unsupported("normalize: this model has no such choice; leave it out".to_owned()));
        }
        Ok(Plan { family: self, options, dimensions })
    }
}

impl Plan {
    /// The request for `texts`, as many as a batch holds.
    pub fn encode(&self, texts: &[String]) -> Bytes {
        let json = match self.family {
            Family::TitanTextV1 => titan_text_v1::encode(texts),
            Family::TitanTextV2 => titan_text_v2::encode(texts, self),
            Family::TitanMultimodal => titan_multimodal::encode(texts, self),
            Family::CohereV3 => cohere_v3::encode(texts, self),
            Family::CohereV4 => cohere_v4::encode(texts, self),
            Family::NovaMultimodal => nova_multimodal::encode(texts, self),
        };
        json.to_string().into()
    }

    /// The answer to `count` texts.
    ///
    /// # Errors
    /// [`Unreadable`] where it is not what the family documents: no JSON, a missing vector, another count or length.
    pub fn decode(&self, body: &[u8], count: usize) -> Result<Decoded, Unreadable> {
        let decoded = match self.family {
            Family::TitanTextV1 | Family::TitanMultimodal => titan_text_v1::decode(body, self),
            Family::TitanTextV2 => titan_text_v2::decode(body, self),
            Family::CohereV3 | Family::CohereV4 => cohere_v3::decode(body, self),
            Family::NovaMultimodal => nova_multimodal::decode(body, self),
        }?;
        if decoded.vectors.len() == count { Ok(decoded) } else { Err(Unreadable("another count of vectors")) }
    }
}

#[cfg(test)]
mod tests;
