//! The log: JSON on standard output, one line an event.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::service::config::{ConfigError, Env};

/// The target of the line that every request writes, whatever the level.
pub const REQUEST: &str = "request";

/// The level from `LOG_LEVEL`, else `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets, else `info`.
///
/// # Errors
/// Where the value names no level.
pub fn level(env: &Env) -> Result<LevelFilter, ConfigError> {
    let name = if env.get("LOG_LEVEL").is_some() { "LOG_LEVEL" } else { "AWS_LAMBDA_LOG_LEVEL" };
    match env.get(name).unwrap_or("info").to_ascii_lowercase().as_str() {
        "trace" => Ok(LevelFilter::TRACE),
        "debug" => Ok(LevelFilter::DEBUG),
        "info" => Ok(LevelFilter::INFO),
        "warn" => Ok(LevelFilter::WARN),
        "error" | "fatal" => Ok(LevelFilter::ERROR),
        _ => Err(ConfigError::new(name, "trace, debug, info, warn, error or fatal".to_owned(), env.get(name))),
    }
}

/// Starts logging for the function whose crate is `function`. Its events and this crate's are let through from `level` on,
/// the line of each request always: metrics and alarms are read from it. Of everything else only warnings: the runtime and the SDK log whole requests below that, and a prompt must never reach
/// the log.
pub fn init(level: LevelFilter, function: &'static str) {
    let theirs = level.min(LevelFilter::WARN);
    let ours = [function, "shared"].map(|target| (target, level));
    let filter = Targets::new().with_default(theirs).with_targets(ours).with_target(REQUEST, LevelFilter::TRACE);
    let json =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    // A second subscriber (two functions in one test process) changes nothing.
    let _ = tracing_subscriber::registry().with(json).with(filter).try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_level_wins_and_a_wrong_one_is_named() {
        let env = Env::from_iter([("AWS_LAMBDA_LOG_LEVEL", "WARN"), ("LOG_LEVEL", "debug")]);
        assert_eq!(level(&env), Ok(LevelFilter::DEBUG));
        assert_eq!(level(&Env::from_iter([("AWS_LAMBDA_LOG_LEVEL", "WARN")])), Ok(LevelFilter::WARN));
        let wrong = level(&Env::from_iter([("LOG_LEVEL", "loud")])).map_err(|e| e.to_string());
        assert_eq!(
            wrong,
            Err(r#"LOG_LEVEL: expected trace, debug, info, warn, error or fatal, found "loud""#.to_owned())
        );
    }
}
