//! AWS behind its SDK: the only place that names an `aws-sdk-*` crate.

pub mod bedrock;
pub mod client;
pub mod converse;
pub mod event_stream;
mod invoke;
pub mod lambda_tools;
mod sdk_error;
