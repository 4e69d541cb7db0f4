//! AWS behind its SDK: the only place that names an `aws-sdk-*` crate.

#[cfg(feature = "bedrock")]
pub mod bedrock;
pub mod client;
#[cfg(feature = "bedrock")]
pub mod converse;
#[cfg(feature = "bedrock")]
pub mod event_stream;
#[cfg(feature = "bedrock")]
mod invoke;
#[cfg(feature = "lambda-tools")]
pub mod lambda_tools;
#[cfg(feature = "bedrock")]
mod sdk_error;
