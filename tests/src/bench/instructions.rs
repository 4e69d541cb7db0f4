//! Instructions, counted by callgrind: the same for the same binary and input, however busy the machine is.

use std::time::Duration;

use super::contender::{Contender, Measured};
use super::upstream::{Answer, Upstream};
use crate::tools::on_path;

/// What was counted, of `chat`.
#[derive(Debug)]
pub struct Instructions {
    /// From start to first poll.
    pub start: u64,
    /// For a request whose answer is one token.
    pub request: u64,
    /// For a further token of the same burst.
    pub token: u64,
}

/// Counts; none where there is no valgrind.
pub async fn count() -> Option<Instructions> {
    let start = run(0, 1).await?;
    let request = (run(30, 1).await? - run(10, 1).await?) / 20;
    let burst = (run(30, 2001).await? - run(10, 2001).await?) / 20;
    Some(Instructions { start, request, token: (burst - request) / 2000 })
}

/// The instructions of a process that starts and gives so many answers, each a burst of so many tokens.
async fn run(answers: usize, tokens: usize) -> Option<u64> {
    let upstream = Upstream::plain().await;
    upstream.answers(Answer::Burst(tokens));
    let valgrind = on_path("valgrind")?;
    let wrapper = [valgrind.to_str()?, "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let mut lambda = Contender::Ours.start_under(&wrapper, &upstream, &[]).await;
    while lambda.start_to_first_poll().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..answers {
        Measured::invoke(&mut lambda, tokens).await;
    }
    lambda.signal("TERM").await;
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let log = lambda.log();
        if let Some((_, count)) = log.split_once("Collected : ") {
            return count.split_whitespace().next()?.parse().ok();
        }
    }
    None
}
