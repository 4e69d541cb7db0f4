//! Trying again: what, how often, after how long, and what it costs. One policy for every call of a model.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{AppError, Code};

/// Tries of one call of one model, the first included.
pub const MAX_ATTEMPTS: u32 = 4;
/// Before the second try, at the most; doubled before each next one.
const BASE: Duration = Duration::from_millis(200);

/// What a full bucket holds: 16 retries.
const CAPACITY: u32 = 80;
/// What a retry costs. It comes back if the call succeeds in the end.
const COST: u32 = 5;
/// What a call that succeeds at once gives back, so that in the long run one call in five may be a retry.
const GAIN: u32 = 1;
/// A token comes back after this long as well, so that a process that is seldom called is not stuck without.
const REFILL_EVERY: Duration = Duration::from_secs(2);

/// The retries that all calls of a process share, so that an outage is not answered with a storm: where the bucket is
/// empty, a call is tried once. Cloning shares it.
///
/// The costs are those of the AWS SDKs' standard mode; the bucket is smaller than theirs, since Lambda has a process
/// for each request in flight.
#[derive(Debug, Clone)]
pub struct RetryTokens(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: u32,
    refilled: Instant,
}

impl Default for RetryTokens {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Bucket { tokens: CAPACITY, refilled: Instant::now() })))
    }
}

impl RetryTokens {
    fn with<T>(&self, now: Instant, change: impl FnOnce(&mut u32) -> T) -> T {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let periods = now.saturating_duration_since(bucket.refilled).as_secs() / REFILL_EVERY.as_secs();
        let periods = u32::try_from(periods).unwrap_or(CAPACITY).min(CAPACITY);
        if periods > 0 {
            bucket.tokens += periods;
            bucket.refilled = now;
        }
        let changed = change(&mut bucket.tokens);
        bucket.tokens = bucket.tokens.min(CAPACITY);
        changed
    }
}

/// The tries of one call of one model.
#[derive(Debug)]
pub struct Tries {
    tokens: RetryTokens,
    tries: u32,
}

impl Tries {
    /// The first try begins.
    pub fn new(tokens: &RetryTokens) -> Self {
        Self { tokens: tokens.clone(), tries: 1 }
    }

    /// The last attempt failed with `error`: the wait before the next one, or none if there is to be no next one.
    ///
    /// The wait is full jitter under a growing bound, so that calls that failed together do not come back together,
    /// and never shorter than what the service asked for (`Retry-After`). One that is longer than `longest` is not
    /// waited for: [`Deadline::retry`](crate::engine::deadline::Deadline::retry) says how long there is. `random` is from 0 up
    /// to 1.
    pub fn retry(&mut self, error: &AppError, longest: Duration, random: f64, now: Instant) -> Option<Duration> {
        if !may_pass(error) || self.tries >= MAX_ATTEMPTS {
            return None;
        }
        let bound = BASE * 2_u32.pow(self.tries - 1);
        let wait = bound.mul_f64(random.clamp(0.0, 1.0)).max(error.retry_after().unwrap_or_default());
        if wait > longest {
            return None;
        }
        self.tokens.with(now, |tokens| tokens.checked_sub(COST).map(|left| *tokens = left))?;
        self.tries += 1;
        Some(wait)
    }

    /// The last try succeeded.
    pub fn succeeded(&self, now: Instant) {
        let gain = if self.tries > 1 { COST } else { GAIN };
        self.tokens.with(now, |tokens| *tokens += gain);
    }
}

/// Whether `error` may be gone at the next try of the same model. What the table calls retryable, but for time that ran
/// out: it does not come back, and a model that was silent for its whole budget has cost enough.
fn may_pass(error: &AppError) -> bool {
    error.retryable()
        && match error.code() {
            Code::Deadline | Code::StreamStalled => false,
            Code::ModelTimeout => error.exception().is_some(),
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BedrockError, CallId, Exception, Failure, GuardrailOwner};
    use crate::model::id::ModelId;

    const LONG: Duration = Duration::from_secs(8);

    fn failing(exception: Exception, retry_after_s: Option<u64>) -> AppError {
        let call = CallId { operation: "Converse", model_id: ModelId::for_tests(), request_id: None };
        let failure = Failure::Exception { exception, status: None, message: None };
        let error = BedrockError::new(failure, call).retry_after(retry_after_s.map(Duration::from_secs));
        AppError::from_bedrock(error, &GuardrailOwner::Caller, false)
    }

    fn throttled() -> AppError {
        failing(Exception::Throttling, None)
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_with_full_jitter_and_end_after_four_tries() {
        let (tokens, now) = (RetryTokens::default(), Instant::now());
        let waits = |random| {
            let mut tries = Tries::new(&tokens);
            let mut wait = || tries.retry(&throttled(), LONG, random, now).map(|wait| wait.as_millis());
            [wait(), wait(), wait(), wait()]
        };
        assert_eq!(waits(1.0), [Some(200), Some(400), Some(800), None]);
        assert_eq!(waits(0.0), [Some(0), Some(0), Some(0), None]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_asking_again_does_not_mend_is_not_tried_again() {
        for code in Code::ALL {
            let tokens = RetryTokens::default();
            let again = Tries::new(&tokens).retry(&AppError::new(*code, ""), LONG, 0.5, Instant::now());
            let time_ran_out = matches!(code, Code::Deadline | Code::StreamStalled | Code::ModelTimeout);
            assert_eq!(again.is_some(), code.row().retryable && !time_ran_out, "{}", code.row().code);
        }
        // Bedrock's own timeout is an answer, and not our patience.
        let tokens = RetryTokens::default();
        let again = Tries::new(&tokens).retry(&failing(Exception::ModelTimeout, None), LONG, 0.5, Instant::now());
        assert!(again.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn the_service_is_given_the_time_it_asks_for_or_not_asked_again() {
        let (tokens, now) = (RetryTokens::default(), Instant::now());
        let asked = |seconds| Tries::new(&tokens).retry(&failing(Exception::Throttling, Some(seconds)), LONG, 0.5, now);
        assert_eq!((asked(3), asked(9)), (Some(Duration::from_secs(3)), None));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_empties_the_bucket_and_success_and_time_fill_it() {
        let (tokens, now) = (RetryTokens::default(), Instant::now());
        let retries =
            |now| (0..100).filter(|_| Tries::new(&tokens).retry(&throttled(), LONG, 0.5, now).is_some()).count();
        assert_eq!(retries(now), 16);
        for _ in 0..10 {
            Tries::new(&tokens).succeeded(now);
        }
        assert_eq!(retries(now), 2, "ten calls that succeed at once pay for two retries");
        let mut tries = Tries::new(&tokens);
        assert_eq!(tries.retry(&throttled(), LONG, 0.5, now), None);
        let later = now + Duration::from_secs(10);
        assert!(tries.retry(&throttled(), LONG, 0.5, later).is_some(), "ten seconds pay for one");
        tries.succeeded(later);
        assert_eq!(retries(later), 1, "a retry that helps costs nothing");
        assert_eq!(retries(now + Duration::from_secs(100_000)), 16, "and never more than a full bucket");
    }
}
