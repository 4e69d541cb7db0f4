//! Embedding models: a family has one file, pure: limits, request, answer.

mod cohere_v3;
mod cohere_v4;
pub mod family;
mod nova_multimodal;
pub mod options;
mod titan_multimodal;
mod titan_text_v1;
mod titan_text_v2;
pub mod vector;
