//! What a caller is told when something fails: one error, one table, one document.
//!
//! The way of a failure: an SDK error is read once ([`BedrockError`]), becomes an [`AppError`], and the
//! [table](Code) says its status, whether asking again helps, and how loud the log is.

mod app;
mod bedrock;
mod exception;
mod problem;
mod table;

pub use app::{AppError, GuardrailOwner};
pub use bedrock::{BedrockError, Call, Failure};
pub use exception::Exception;
pub use problem::Problem;
pub use table::{Code, Row};
