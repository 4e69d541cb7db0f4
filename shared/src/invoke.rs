//! InvokeModel's bodies, which are each model's own.

pub mod embedding;
