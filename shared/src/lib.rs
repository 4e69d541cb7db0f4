//! What the functions of bedrock-lambda share: Bedrock's Converse, the error table, configuration, telemetry.
//!
//! The way of a request through this crate: [`converse::request`] (checked JSON) → [`tool_loop`] (model and tools in
//! turn, exactly one end) → [`round`] (one bounded model call) → [`converse::port`] ← [`converse::bedrock`] (the SDK)
//! → [`converse::frame`] (bytes to events) → [`converse::fold`] (events to a message) → [`sse`] or
//! [`error::Problem`].

pub mod bedrock;
pub mod client;
pub mod config;
pub mod converse;
pub mod deadline;
pub mod embed;
pub mod error;
pub mod geography;
pub mod http_event;
pub mod json;
pub mod limits;
pub mod model_id;
pub mod nodelay;
pub mod retry;
pub mod round;
pub mod sse;
pub mod startup;
pub mod telemetry;
pub mod tool_loop;
pub mod tools;
