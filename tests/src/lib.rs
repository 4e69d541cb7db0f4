//! The harness of the black-box tests: the function over the stand-in in this process, and the built binaries
//! under real Lambda emulators.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a harness fails its test where it cannot go on"
)]

pub mod answer;
pub mod bench;
pub mod cable;
pub mod corpus;
pub mod executor;
pub mod in_process;
pub mod lambda;
pub mod peer;
pub mod process;
pub mod properties;
pub mod tls;
pub mod tools;
