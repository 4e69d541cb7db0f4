//! Samples: contenders started and invoked in turn.

use std::time::Duration;

use super::contender::{Contender, Measured};
use super::rows::Results;
use super::upstream::{Answer, Upstream};
use crate::lambda::Lambda;

/// How often a contender is invoked before it is the next one's turn: a function has its machine to itself, and its own
/// work in the caches.
const TURN: usize = 5;

/// Samples of one contender.
#[derive(Debug, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value that so large a share of all does not exceed.
    fn quantile(&self, share: f64) -> f64 {
        let at = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len());
        self.0[at - 1]
    }

    /// The median.
    pub fn p50(&self) -> f64 {
        self.quantile(0.5)
    }

    /// What one in a hundred exceeds.
    pub fn p99(&self) -> f64 {
        self.quantile(0.99)
    }
}

/// In milliseconds.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Starts `peers` and `chat` so many times, interleaved: milliseconds from start to first poll.
pub async fn starts(upstream: &Upstream, peers: &[Contender], times: usize) -> Results<Samples> {
    let contenders = Contender::with_chat(peers);
    let mut samples = vec![Vec::new(); contenders.len()];
    for _ in 0..times {
        for (at, contender) in contenders.iter().enumerate() {
            let lambda = contender.start(upstream, &[]).await;
            while lambda.start_to_first_poll().is_none() {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            samples[at].push(lambda.start_to_first_poll().map(ms).unwrap_or_default());
        }
    }
    Results::new(contenders, samples.into_iter().map(Samples::new))
}

/// Invokes `peers` and `chat` so many times, in turns: milliseconds to the first byte, and to the last.
pub async fn answers(
    upstream: &Upstream,
    peers: &[Contender],
    answer: Answer,
    times: usize,
) -> Results<(Samples, Samples)> {
    let (contenders, tokens) = (Contender::with_chat(peers), answer.tokens());
    upstream.answers(answer);
    let mut lambdas = started(upstream, &contenders, tokens).await;
    let mut samples = vec![(Vec::new(), Vec::new()); contenders.len()];
    for _ in 0..times.div_ceil(TURN) {
        for (lambda, (first, whole)) in lambdas.iter_mut().zip(&mut samples) {
            for _ in 0..TURN {
                let measured = Measured::invoke(lambda, tokens).await;
                first.push(ms(measured.first_byte));
                whole.push(ms(measured.whole));
            }
        }
    }
    Results::new(contenders, samples.into_iter().map(|(first, whole)| (Samples::new(first), Samples::new(whole))))
}

/// Milliseconds that `peers` and `chat` add to a token, over so many answers of a paced upstream.
pub async fn delays(upstream: &Upstream, peers: &[Contender], times: usize) -> Results<Samples> {
    let contenders = Contender::with_chat(peers);
    let (tokens, pause) = (100, Duration::from_millis(12));
    upstream.answers(Answer::Burst(1));
    let mut lambdas = started(upstream, &contenders, 1).await;
    upstream.answers(Answer::Paced(tokens, pause));
    let mut samples = vec![Vec::new(); contenders.len()];
    for _ in 0..times {
        for (lambda, samples) in lambdas.iter_mut().zip(&mut samples) {
            let measured = Measured::invoke(lambda, tokens).await;
            samples.extend(measured.delays(&upstream.sent()).into_iter().map(ms));
        }
    }
    Results::new(contenders, samples.into_iter().map(Samples::new))
}

/// Milliseconds of CPU that an answer to `question` costs `peers` and `chat`, and the most memory they had, in MiB.
pub async fn costs(
    upstream: &Upstream,
    peers: &[Contender],
    question: &str,
    answer: Answer,
    times: usize,
) -> Results<(f64, f64)> {
    let (contenders, tokens) = (Contender::with_chat(peers), answer.tokens());
    upstream.answers(answer);
    let mut lambdas = started(upstream, &contenders, tokens).await;
    let before: Vec<Duration> = lambdas.iter().map(Lambda::cpu).collect();
    let turns = times.div_ceil(TURN);
    for _ in 0..turns {
        for lambda in &mut lambdas {
            for _ in 0..TURN {
                Measured::ask(lambda, question, tokens).await;
            }
        }
    }
    let cost = |(lambda, before): (&Lambda, Duration)| {
        let cpu = ms(lambda.cpu() - before) / (turns * TURN) as f64;
        (cpu, lambda.memory_peak() as f64 / 1024.0 / 1024.0)
    };
    Results::new(contenders, lambdas.iter().zip(before).map(cost))
}

/// Milliseconds to the first byte of a process's first answer: from its start, and from the request.
pub async fn cold(
    upstream: &Upstream,
    peers: &[Contender],
    trust: &[(&str, &str)],
    times: usize,
) -> Results<(Samples, Samples)> {
    let contenders = Contender::with_chat(peers);
    upstream.answers(Answer::Burst(10));
    let mut samples = vec![(Vec::new(), Vec::new()); contenders.len()];
    for _ in 0..times {
        for (contender, (from_start, from_request)) in contenders.iter().zip(&mut samples) {
            let mut lambda = contender.start(upstream, trust).await;
            let measured = Measured::invoke(&mut lambda, 10).await;
            from_start.push(ms(measured.first_byte_at() - lambda.started()));
            from_request.push(ms(measured.first_byte));
        }
    }
    Results::new(contenders, samples.into_iter().map(|(start, request)| (Samples::new(start), Samples::new(request))))
}

async fn started(upstream: &Upstream, contenders: &[Contender], tokens: usize) -> Vec<Lambda> {
    let mut lambdas = Vec::new();
    for contender in contenders {
        let mut lambda = contender.start(upstream, &[]).await;
        for _ in 0..5 {
            Measured::invoke(&mut lambda, tokens).await;
        }
        lambdas.push(lambda);
    }
    lambdas
}
