//! What is known of a model: who makes it, what it can do, and until when Bedrock serves it.

use std::collections::HashMap;

use id::ModelId;

pub mod capabilities;
pub mod catalogue;
pub mod date;
pub mod families;
pub mod geography;
pub mod id;

pub use capabilities::Capabilities;
pub use date::Date;
pub use families::Family;

/// A model as requests are made for it: its id, and what the catalogue knows of it.
///
/// ```
/// use std::collections::HashMap;
///
/// use shared::model::id::ModelId;
/// use shared::model::{Family, Model};
///
/// let id = ModelId::parse("eu.amazon.nova-micro-v1:0").unwrap();
/// let model = Model::of(&id, &HashMap::new());
/// assert_eq!(model.family, Family::Nova);
/// assert_eq!(model.capabilities.context_tokens, Some(128_000));
/// assert!(!model.capabilities.images);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The id that a call names.
    pub id: ModelId,
    /// The foundation model's id, without geography and ARN; none if neither the id nor the configuration says it.
    pub base_id: Option<String>,
    /// The family, [`Family::Unknown`] if the catalogue does not have the model.
    pub family: Family,
    /// What it takes; everything if the catalogue does not have the model.
    pub capabilities: Capabilities,
}

/// When Bedrock stops to serve a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndOfLife {
    /// The first day on which calls fail.
    pub date: Date,
    /// Days from today to `date`; zero or less: the model is gone.
    pub days_left: i64,
}

impl Model {
    /// Looks up a model whose id names it.
    pub fn new(id: ModelId) -> Self {
        Self::of(&id, &HashMap::new())
    }

    /// Looks `id` up in the catalogue. `arns` names the model behind ARNs that do not say it: application profiles,
    /// provisioned and imported models, endpoints.
    pub fn of(id: &ModelId, arns: &HashMap<ModelId, ModelId>) -> Self {
        let base_id = arns.get(id).unwrap_or(id).base_id();
        let (family, capabilities) = base_id.and_then(catalogue::find).unwrap_or_default();
        Self { id: id.clone(), base_id: base_id.map(str::to_owned), family, capabilities }
    }

    /// Who makes the model and signs its reasoning, the first part of its base id: `anthropic`, `deepseek`.
    pub fn maker(&self) -> Option<&str> {
        self.base_id.as_deref()?.split('.').next()
    }

    /// When the model stops to be served, if Bedrock has announced it.
    pub fn end_of_life(&self, today: Date) -> Option<EndOfLife> {
        let date = self.capabilities.end_of_life?;
        Some(EndOfLife { date, days_left: today.days_until(date) })
    }
}

#[cfg(test)]
mod tests;
