//! The edge of a function: the Lambda event, the response, the log, the configuration, the start.

pub mod config;
pub mod http_event;
pub mod nodelay;
pub mod sse;
pub mod start;
pub mod telemetry;
