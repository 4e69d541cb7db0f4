//! The port: what the loop needs of whatever runs tools.

use std::future::Future;
use std::time::Duration;

use super::{ToolCall, ToolResult};

/// Something that runs tools.
pub trait Tools: Clone + Send + Sync + 'static {
    /// Runs a call within `budget`. Whatever goes wrong is a result with [`ToolStatus::Error`](super::ToolStatus).
    fn call(&self, call: ToolCall, budget: Duration) -> impl Future<Output = ToolResult> + Send;
}
