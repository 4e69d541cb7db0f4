//! How long a request may wait, derived from the time Lambda leaves it. Every wait's length is in this file.

use std::time::Duration;

use tokio::time::Instant;

/// Longest wait for a connection, TLS included. The call's own budget holds if it is shorter.
pub const CONNECT: Duration = Duration::from_secs(3);
/// Longest wait for the connection that is opened at start. Lambda ends a start after 10 s, and a request can do without.
pub const CONNECT_AT_START: Duration = Duration::from_secs(1);
/// Silence that is filled with a ping, before the first event as well. The status of a streamed answer is out then.
pub const PING_AFTER: Duration = Duration::from_secs(10);
/// Longest wait for `metadata` after `messageStop`, and for the connection's end after `metadata`: the answer is
/// whole by then, and a connection read to its end is used again.
pub const TAIL: Duration = Duration::from_secs(2);

/// Kept back from Lambda's deadline, so that the terminal event still leaves.
const RESERVE: Duration = Duration::from_secs(2);
/// A deadline that has passed on arrival is unknown (cargo-lambda sends one of 1970): this counts instead.
const UNKNOWN: Duration = Duration::from_secs(60);
/// A whole answer sends nothing until it is there, and API Gateway closes what is idle for five minutes.
const WHOLE_ANSWER: Duration = Duration::from_secs(270);
/// Longest wait for a model's first event: slow reasoning models begin within minutes.
const FIRST_EVENT: Duration = Duration::from_secs(300);
/// Longest silence inside a stream that has begun.
const IDLE: Duration = Duration::from_secs(120);
/// Longest run of one tool.
const TOOL: Duration = Duration::from_secs(60);
/// A model call that has less time than this is not begun.
const ROUND: Duration = Duration::from_secs(1);
/// Trying again ends this long after a round's begin, before the first ping fixes the status at 200.
const RETRY: Duration = Duration::from_secs(8);

/// The moment a request must be over, and the budgets of the waits within it.
///
/// | wait | budget |
/// |---|---|
/// | whole | Lambda's remaining time less a reserve of 2 s (a tenth if less than 20 s remain); 270 s for an answer that is not streamed |
/// | connection | 3 s, within the first event's |
/// | first event | two thirds of what is left, 300 s at most |
/// | between two events | half of the whole, 120 s at most |
/// | after `messageStop` | 2 s |
/// | before another try | see [`retry`](Self::retry) |
/// | one tool | half of what is left, 60 s at most |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    ends: Instant,
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
        Self::within(left - RESERVE.min(left / 10), now)
    }

    fn within(whole: Duration, now: Instant) -> Self {
        Self { ends: now + whole, idle: IDLE.min(whole / 2) }
    }

    /// The same for an answer that is not streamed: 270 s at most.
    pub fn of_whole_answer(self, now: Instant) -> Self {
        if self.left(now) > WHOLE_ANSWER { Self::within(WHOLE_ANSWER, now) } else { self }
    }

    /// When everything must be over.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    fn left(&self, now: Instant) -> Duration {
        self.ends.saturating_duration_since(now)
    }

    /// How long a model that is called now may take to its first event. Two thirds, so that time is left to call another
    /// one.
    pub fn first_event(&self, now: Instant) -> Duration {
        FIRST_EVENT.min(self.left(now) * 2 / 3)
    }

    /// How long a stream may be silent.
    pub fn idle(&self) -> Duration {
        self.idle
    }

    /// How long a tool that begins now may run.
    pub fn tool(&self, now: Instant) -> Duration {
        TOOL.min(self.left(now) / 2)
    }

    /// Whether there is time left to begin a model call.
    pub fn leaves_time_for_a_round(&self, now: Instant) -> bool {
        self.left(now) >= ROUND
    }

    /// How long one may wait now before the model is called again, in a round that began at `began`; none if it is
    /// too late. While the HTTP status is open, all trying ends 8 s after the begin, so that the true status can still
    /// be sent. A call that was silent for long has cost the status already (a ping went out), and then, as in later
    /// rounds and in whole answers, one wait is 8 s at most. There must be time left for the call.
    pub fn retry(&self, began: Instant, status_open: bool, now: Instant) -> Option<Duration> {
        let window_ends = if status_open && now < began + PING_AFTER { began + RETRY } else { now + RETRY };
        window_ends.min(self.ends.checked_sub(ROUND)?).checked_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn fifteen_minutes_leave_the_caps() {
        let now = Instant::now();
        let deadline = Deadline::of_invocation(1_000_000 + 900_000, 1_000_000, now);
        assert_eq!(deadline.ends(), now + seconds(898));
        assert_eq!((deadline.first_event(now), deadline.idle()), (FIRST_EVENT, IDLE));
    }

    #[test]
    fn a_short_invocation_keeps_a_tenth() {
        let now = Instant::now();
        let deadline = Deadline::of_invocation(3_000, 0, now);
        assert_eq!(deadline.ends(), now + Duration::from_millis(2_700));
        assert_eq!(deadline.first_event(now), Duration::from_millis(1_800));
        assert_eq!(deadline.idle(), Duration::from_millis(1_350));
    }

    #[test]
    fn a_deadline_in_the_past_counts_as_unknown() {
        let now = Instant::now();
        assert_eq!(Deadline::of_invocation(600_000, 1_800_000_000_000, now).ends(), now + seconds(58));
    }

    #[test]
    fn a_whole_answer_is_capped_and_never_gets_longer() {
        let now = Instant::now();
        assert_eq!(Deadline::after(seconds(900), now).of_whole_answer(now).ends(), now + seconds(270));
        let short = Deadline::after(seconds(60), now);
        assert_eq!(short.of_whole_answer(now), short);
    }

    #[test]
    fn a_model_that_is_asked_later_has_less_time_to_begin() {
        let now = Instant::now();
        let deadline = Deadline::after(seconds(92), now);
        assert_eq!(deadline.first_event(now), seconds(60));
        assert_eq!(deadline.first_event(now + seconds(60)), seconds(20));
    }

    #[test]
    fn trying_again_ends_before_the_status_is_fixed_and_goes_on_once_it_is() {
        let now = Instant::now();
        let deadline = Deadline::after(seconds(900), now);
        let retry = |status_open, at| deadline.retry(now, status_open, now + seconds(at));
        assert_eq!([0, 5, 8].map(|at| retry(true, at)), [Some(seconds(8)), Some(seconds(3)), Some(Duration::ZERO)]);
        assert_eq!((retry(true, 9), retry(true, 10)), (None, Some(seconds(8))));
        assert_eq!((retry(false, 9), retry(false, 600)), (Some(seconds(8)), Some(seconds(8))));
        assert_eq!((retry(false, 894), retry(false, 898)), (Some(seconds(3)), None));
    }
}
