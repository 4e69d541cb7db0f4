//! Every limit on what comes in: from callers, from models, from tools. What is over one is rejected or cut, and reported.
//!
//! Limits of Bedrock's own that it reports with a sentence of its own are left to it. Waits are in
//! [`deadline`](crate::engine::deadline), retries in [`retry`](crate::engine::retry), what an embedding model takes in
//! [`embed::family`](crate::invoke::embedding::family).

/// A request's body, in bytes after base64. Lambda takes events of 6 MB; larger media belong in S3.
pub const BODY_BYTES: usize = 5 * 1024 * 1024;
/// Arrays and objects inside each other in a body. The SDKs read 256 levels at the most; Bedrock's own limit is not
/// documented.
pub const DEPTH: usize = 128;
/// Turns in `messages`.
pub const MESSAGES: usize = 1_000;
/// Blocks in one message, in `system`, or in the content of one tool result.
pub const BLOCKS: usize = 1_000;
/// Tools in `toolConfig`, the caller's own.
pub const TOOLS: usize = 256;
/// The JSON schema of one tool's input, in bytes.
pub const SCHEMA_BYTES: usize = 64 * 1024;
/// A string that is no content: a name, a description, a stop sequence. In bytes.
pub const STRING_BYTES: usize = 16 * 1024;
/// `inferenceConfig.stopSequences` (API reference, `InferenceConfiguration`).
pub const STOP_SEQUENCES: usize = 2_500;

/// Texts in one embedding request.
pub const EMBED_INPUTS: usize = 2_048;
/// An embedding answer, in bytes: Lambda's limit is 6 MB, and this leaves room around it.
pub const EMBED_ANSWER_BYTES: usize = 5_900_000;

/// A frame of a model's stream, in bytes, as in botocore's decoder.
pub const FRAME_BYTES: usize = 24 * 1024 * 1024;
/// The input of one tool call, in bytes. Lambda's own limit is 6 MB; no tool needs that.
pub const TOOL_INPUT_BYTES: usize = 256 * 1024;
/// The result of one tool call, in bytes of JSON: about 25,000 tokens. What is over it is cut, and the model is informed.
pub const TOOL_RESULT_BYTES: usize = 100_000;
/// Tool calls of one round that run side by side.
pub const PARALLEL_TOOL_CALLS: usize = 8;

/// What an error's `detail` shows of a caller's text, in characters.
pub const SHOWN_CHARS: usize = 64;
/// What the log holds of a failure's causes, in characters.
pub const CAUSE_CHARS: usize = 1_000;
