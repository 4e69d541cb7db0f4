//! What a turn does: model calls, retries, failover, tools. No SDK, no HTTP of callers, no Lambda.

pub mod call;
pub mod converse_api;
pub mod deadline;
pub mod embed;
pub mod failover;
pub mod invoke_api;
pub mod retry;
pub mod tool_loop;
pub mod tools;
