//! The families of embedding models, and what each can do.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use super::FAMILIES;
use super::options::{EmbeddingType, Options, Truncate};
use super::vector::{Unreadable, Vector};
use crate::model::id::ModelId;

/// A family: the same request and the same answer. Its file has all of it, and `embedding.rs` its line.
pub struct Family {
    /// Its name, as `EMBED_MODEL_FAMILY` takes it.
    pub name: &'static str,
    /// How the ids of its models begin.
    pub(super) starts: &'static [&'static str],
    /// What it can do.
    pub limits: Limits,
    /// The request for texts, as many as a batch holds.
    pub(super) encode: fn(&[String], &Plan) -> Value,
    /// The vectors in an answer.
    pub(super) decode: fn(&[u8], &Plan) -> Result<Decoded, Unreadable>,
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

/// Checked options: what a request asks of a family.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The family.
    pub family: &'static Family,
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
    /// Tokens of the input, if the body counts them.
    pub input_tokens: Option<u64>,
}

impl Family {
    /// The family by its name.
    pub fn from_name(name: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// The family of a model; none if the identifier does not say, or the model makes no embeddings.
    pub fn of(model_id: &ModelId) -> Option<&'static Self> {
        let base_id = model_id.base_id()?;
        FAMILIES.iter().find(|family| family.starts.iter().any(|start| base_id.starts_with(start)))
    }

    /// Checks what a caller wants.
    ///
    /// # Errors
    /// [`Unsupported`] with what the family can do.
    pub fn plan(&'static self, options: Options) -> Result<Plan, Unsupported> {
        let limits = &self.limits;
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
        if let Some(found) = options.truncate.filter(|truncate| *truncate != Truncate::None && !limits.truncates) {
            return Err(Unsupported(format!("truncate: this model can do none only; found {found}")));
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
        (self.family.encode)(texts, self).to_string().into()
    }

    /// The answer to `count` texts.
    ///
    /// # Errors
    /// [`Unreadable`] if it is not what the family documents: no JSON, a missing vector, another count or length.
    pub fn decode(&self, body: &[u8], count: usize) -> Result<Decoded, Unreadable> {
        let decoded = (self.family.decode)(body, self)?;
        if decoded.vectors.len() == count { Ok(decoded) } else { Err(Unreadable("another count of vectors")) }
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Family({})", self.name)
    }
}

#[cfg(test)]
mod tests;
