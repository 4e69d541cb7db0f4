//! What the functions of bedrock-lambda share, in floors: a module uses floors below its own, and modules of its own
//! floor without a circle.
//!
//! | floor | modules | what |
//! |---|---|---|
//! | 6 | [`service`] | the edge of a function: events, responses, log, configuration, start |
//! | 5 | [`aws`] | the only place that names an AWS SDK |
//! | 4 | [`engine`] | calls, failover, the tool loop, waits and retries |
//! | 3 | [`prepare`] | the body for one model, by passes |
//! | 2 | [`error`] | exceptions, failures, the one table |
//! | 1 | [`converse`], [`invoke`], [`model`] | Bedrock's wire and models as data |
//! | 0 | [`json`], [`limits`] | raw values, one scan |

pub mod aws;
pub mod converse;
pub mod engine;
pub mod error;
pub mod invoke;
pub mod json;
pub mod limits;
pub mod model;
pub mod prepare;
pub mod service;
