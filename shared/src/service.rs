//! The edge of a function: the Lambda event, the routes, the response, the log, the configuration, the start.

pub mod config;
pub mod event;
mod first_part;
pub mod nodelay;
pub mod observer;
pub mod problem;
pub mod request;
pub mod response;
pub mod router;
pub mod sse;
pub mod start;
pub mod telemetry;
pub mod turn_body;
