//! `make bench`: chat against what others write, whole processes under one Runtime API, over one upstream, interleaved.

pub mod contender;
pub mod figures;
pub mod instructions;
pub mod rows;
pub mod samples;
pub mod upstream;
