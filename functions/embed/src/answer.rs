//! The answer: vectors in JSON, as the model's answer has them.

use http::StatusCode;
use serde::Serialize;
use shared::engine::embed::Embedded;
use shared::invoke::embedding::family::Plan;
use shared::invoke::embedding::vector::Vector;
use shared::model::id::ModelId;
use shared::service::response::Whole;

/// It is written once, straight into what leaves.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    model_id: String,
    dimensions: u32,
    embedding_type: &'static str,
    embeddings: Vec<Vector>,
    usage: Usage,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    input_tokens: Option<u64>,
}

/// The response of the vectors.
pub(super) fn vectors(model_id: &ModelId, plan: &Plan, embedded: Embedded) -> Whole {
    let answer = Answer {
        model_id: model_id.to_string(),
        dimensions: plan.dimensions,
        embedding_type: plan.options.embedding_type.name(),
        embeddings: embedded.vectors,
        usage: Usage { input_tokens: embedded.input_tokens },
    };
    Whole::new(StatusCode::OK, "application/json", answer)
}
