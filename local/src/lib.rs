//! The whole stack on one machine, for development and tests: a stand-in for bedrock-runtime, and a runner that
//! starts it with the functions; and what a deployment's models need. Nothing here is part of a deployed function.

pub mod access;
pub mod commands;
pub mod invoke;
pub mod litellm;
pub mod parameters;
pub mod runner;
pub mod stand_in;
