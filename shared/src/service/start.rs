//! How every function starts: the environment read once, its settings checked, logging begun.

use crate::service::config::{ConfigError, Env};
use crate::service::telemetry;

/// The settings that `read` finds in the environment, with logging begun; `None` after one line on standard error that
/// names the variable that is missing or wrong.
pub fn settings<S>(read: impl FnOnce(&Env) -> Result<S, ConfigError>) -> Option<S> {
    let env = Env::from_process();
    match (read(&env), telemetry::level(&env)) {
        (Ok(settings), Ok(level)) => {
            telemetry::init(level);
            Some(settings)
        }
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            None
        }
    }
}
