//! Black-box tests. What each layer proves is in ARCHITECTURE.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bad_input;
mod bench;
mod contract;
mod conversations;
mod documents;
mod embeddings;
mod errors;
mod fuzz;
mod layers;
mod log;
mod matrix;
mod ministack;
mod network;
mod peers;
mod processes;
mod recordings;
mod runner;
mod server_tools;
mod stand_in;
mod start;
mod template;
