//! Trying again: what, how often, and after how long.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::error::{AppError, Code};

/// Tries of one call, the first included.
pub const MAX_ATTEMPTS: u32 = 4;
/// Before the second try, at the most; doubled before each next one.
const BASE: Duration = Duration::from_millis(200);
/// Longest wait before a try.
const LONGEST: Duration = Duration::from_secs(5);

/// Retries that the calls of one request share, so that an outage is not answered with a storm.
#[derive(Debug)]
pub struct RetryBudget(AtomicU32);

impl RetryBudget {
    /// A budget of so many retries.
    pub fn new(retries: u32) -> Self {
        Self(AtomicU32::new(retries))
    }

    /// The wait before trying again after the `attempt`th try failed with `error`; `None` where it is not to be tried
    /// again. `random` is from 0 up to 1: full jitter, so that calls that failed together do not come back together.
    pub fn wait(&self, error: &AppError, attempt: u32, random: f64) -> Option<Duration> {
        // Time that has run out does not come back.
        let retryable = error.retryable() && error.code() != Code::Deadline;
        if !retryable || attempt >= MAX_ATTEMPTS {
            return None;
        }
        let left = |left: u32| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).ok()?;
        let longest = BASE.saturating_mul(1 << (attempt - 1).min(10)).min(LONGEST);
        Some(longest.mul_f64(random.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_full_jitter_and_end_after_four_tries() {
        let budget = RetryBudget::new(100);
        let throttled = AppError::new(Code::Throttled, "");
        let longest = |attempt| budget.wait(&throttled, attempt, 1.0).map(|wait| wait.as_millis());
        assert_eq!([1, 2, 3, 4].map(longest), [Some(200), Some(400), Some(800), None]);
        assert_eq!(budget.wait(&throttled, 1, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn what_asking_again_does_not_mend_is_not_tried_again() {
        let budget = RetryBudget::new(100);
        for code in Code::ALL {
            let error = AppError::new(*code, "");
            let retried = budget.wait(&error, 1, 0.5).is_some();
            assert_eq!(retried, code.row().retryable && *code != Code::Deadline, "{}", code.row().code);
        }
    }

    #[test]
    fn the_budget_is_shared_and_runs_out() {
        let budget = RetryBudget::new(2);
        let error = AppError::new(Code::Unavailable, "");
        let waits: Vec<bool> = (0..3).map(|_| budget.wait(&error, 1, 0.5).is_some()).collect();
        assert_eq!(waits, [true, true, false]);
    }
}
