//! Embeddings over InvokeModel: what each family of models takes and answers, and many texts at once.
//!
//! InvokeModel's bodies are the model's own. A family has one file, pure: limits, request, answer.

pub mod batch;
pub mod bedrock;
mod cohere_v3;
mod cohere_v4;
pub mod family;
mod nova_multimodal;
pub mod options;
pub mod port;
mod titan_multimodal;
mod titan_text_v1;
mod titan_text_v2;
pub mod vector;
