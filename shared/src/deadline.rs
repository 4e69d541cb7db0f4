//! How long a request may wait, derived from the time Lambda leaves it.

use std::time::Duration;

use tokio::time::Instant;

/// Kept back from Lambda's deadline, so that the terminal event still leaves.
const RESERVE: Duration = Duration::from_secs(2);
/// A deadline that has passed on arrival is unknown (cargo-lambda sends one of 1970): this counts instead.
const UNKNOWN: Duration = Duration::from_secs(60);
/// Longest wait for a model's first event: slow reasoning models begin within minutes.
const FIRST_EVENT: Duration = Duration::from_secs(300);
/// Longest silence inside a stream that has begun.
const IDLE: Duration = Duration::from_secs(120);

/// Longest run of one tool.
const TOOL: Duration = Duration::from_secs(60);
/// A model call that has less time than this is not begun.
const ROUND: Duration = Duration::from_secs(1);

/// The moment a request must be over, and the budgets of the waits within it.
///
/// | wait | budget |
/// |---|---|
/// | whole | Lambda's remaining time less a reserve of 2 s (a tenth where less than 20 s remain) |
/// | first event | two thirds of the whole, 300 s at most |
/// | between two events | half of the whole, 120 s at most |
/// | one tool | half of what is left, 60 s at most |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    ends: Instant,
    first_event: Duration,
    idle: Duration,
}

impl Deadline {
    /// The deadline of an invocation. `deadline_unix_ms` is Lambda's, `now_unix_ms` the clock's, both in
    /// milliseconds since 1970; `now` is the same moment on the clock that waits are measured with.
    pub fn of_invocation(deadline_unix_ms: u64, now_unix_ms: u64, now: Instant) -> Self {
        match deadline_unix_ms.checked_sub(now_unix_ms) {
            Some(left) if left > 0 => Self::after(Duration::from_millis(left), now),
            _ => Self::after(UNKNOWN, now),
        }
    }

    /// A deadline for an invocation that has `left` to run.
    pub fn after(left: Duration, now: Instant) -> Self {
        Self::whole(left - RESERVE.min(left / 10), now)
    }

    fn whole(whole: Duration, now: Instant) -> Self {
        Self { ends: now + whole, first_event: FIRST_EVENT.min(whole * 2 / 3), idle: IDLE.min(whole / 2) }
    }

    /// The same, but over `cap` from `now` at the latest.
    pub fn capped(self, cap: Duration, now: Instant) -> Self {
        if self.ends - now > cap { Self::whole(cap, now) } else { self }
    }

    /// When everything must be over.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// How long the model may take to its first event.
    pub fn first_event(&self) -> Duration {
        self.first_event
    }

    /// How long a tool that begins now may run.
    pub fn tool(&self, now: Instant) -> Duration {
        TOOL.min(self.ends.saturating_duration_since(now) / 2)
    }

    /// Whether there is time left to begin a model call.
    pub fn leaves_time_for_a_round(&self, now: Instant) -> bool {
        self.ends.saturating_duration_since(now) >= ROUND
    }

    /// How long a stream may be silent.
    pub fn idle(&self) -> Duration {
        self.idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_minutes_leave_the_caps() {
        let now = Instant::now();
        let deadline = Deadline::of_invocation(1_000_000 + 900_000, 1_000_000, now);
        assert_eq!(deadline.ends(), now + Duration::from_secs(898));
        assert_eq!((deadline.first_event(), deadline.idle()), (FIRST_EVENT, IDLE));
    }

    #[test]
    fn a_short_invocation_keeps_a_tenth() {
        let now = Instant::now();
        let deadline = Deadline::of_invocation(3_000, 0, now);
        assert_eq!(deadline.ends(), now + Duration::from_millis(2_700));
        assert_eq!(deadline.first_event(), Duration::from_millis(1_800));
        assert_eq!(deadline.idle(), Duration::from_millis(1_350));
    }

    #[test]
    fn a_deadline_in_the_past_counts_as_unknown() {
        let now = Instant::now();
        assert_eq!(Deadline::of_invocation(600_000, 1_800_000_000_000, now).ends(), now + Duration::from_secs(58));
    }

    #[test]
    fn a_cap_shortens_and_never_lengthens() {
        let now = Instant::now();
        let deadline = Deadline::after(Duration::from_secs(900), now).capped(Duration::from_secs(270), now);
        assert_eq!(deadline.ends(), now + Duration::from_secs(270));
        assert_eq!(deadline.capped(Duration::from_secs(600), now), deadline);
    }
}
