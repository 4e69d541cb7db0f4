//! The whole stack on one machine, for development and tests: a stand-in for bedrock-runtime, and a runner that
//! starts it with the functions. Nothing here is part of a deployed function.

pub mod runner;
pub mod stand_in;
