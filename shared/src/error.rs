//! What a failure is to a caller: one error, one table.
//!
//! The way of a failure: an SDK error is read once ([`BedrockError`]) and becomes an [`AppError`]; the [table](Code) has
//! its status, whether a retry may help, and its log level.

mod app;
mod bedrock;
mod classify;
mod exception;
mod table;

pub use app::{AppError, GuardrailOwner};
pub use bedrock::{BedrockError, CallId, Failure};
pub use exception::Exception;
pub use table::{Code, Row};
