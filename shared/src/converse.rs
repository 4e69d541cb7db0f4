//! Converse and ConverseStream: what goes out, what comes back, and the call between.
//!
//! The SDK gives endpoint, credentials, signing, connections and error parsing. The JSON that goes out and
//! comes back is ours: the SDK's types would reorder a tool's schema in each process (and miss the prompt
//! cache), widen 0.8 to 0.800000011920929, and lose fields, events and exceptions they do not know.

pub mod bedrock;
pub mod event;
pub mod fold;
pub mod frame;
pub mod port;
pub mod reply;
pub mod request;
pub mod transcript;
pub mod validate;
