//! Converse and ConverseStream as data: what goes out and what comes back. Pure.
//!
//! The JSON is ours: the SDK's types would reorder a tool's schema in each process (and miss the prompt cache), widen
//! 0.8 to 0.800000011920929, and lose fields, events and exceptions they do not know.

pub mod accumulator;
pub mod answer_block;
pub mod config;
pub mod content_block;
pub mod history;
pub mod message;
pub mod request;
pub mod response;
pub mod stop_reason;
pub mod stream_event;
pub mod tool_config;
pub mod tool_result;
pub mod tool_specs;
