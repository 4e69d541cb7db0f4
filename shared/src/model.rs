//! Models: their identifiers, and where they can be called.

use id::ModelId;

pub mod geography;
pub mod id;

/// A model that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its identifier.
    pub id: ModelId,
}

impl Model {
    /// The model that `id` identifies.
    pub fn new(id: ModelId) -> Self {
        Self { id }
    }
}
