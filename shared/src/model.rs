//! Models: their identifiers, and where they can be called.

pub mod geography;
pub mod id;
