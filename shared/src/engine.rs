//! What a turn does: model calls, retries, failover, tools. No SDK, no HTTP of callers, no Lambda.

pub mod converse_api;
pub mod deadline;
pub mod embed;
pub mod invoke_api;
pub mod retry;
pub mod round;
pub mod tool_loop;
pub mod tools;
