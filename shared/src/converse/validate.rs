//! Checks on a request's Converse fields, strict where a typo would be silent.
//!
//! Checked: types, unions with exactly one member, base64, ids and names. What lies deeper Bedrock checks, and
//! its sentence is passed on (`rejected-by-model`). A refusal names the JSON path.

mod block;
mod config;
mod shape;
mod tool;

pub use block::{content_block, messages, system};
pub use config::{guardrail, inference, object, output_paths};
pub use shape::{At, Invalid};
pub use tool::{is_tool_name, tool_config};

#[cfg(test)]
mod tests;
