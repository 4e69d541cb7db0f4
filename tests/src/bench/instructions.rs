//! Instructions, counted by callgrind: the same for the same binary and input, however busy the machine is.

use std::time::Duration;

use super::contender::{Contender, Measured};
use super::upstream::{Answer, Upstream};
use crate::tools::on_path;

/// What was counted.
#[derive(Debug)]
pub struct Instructions {
    /// From start to first poll.
    pub start: u64,
    /// For a request whose answer is one token.
    pub request: u64,
    /// For a further token of the same burst.
    pub token: u64,
    /// For a further token, each in an HTTP chunk of its own.
    pub chunked_token: u64,
}

/// Counts of a build of `chat`; none if there is no valgrind.
pub async fn count(contender: Contender) -> Option<Instructions> {
    let start = run(contender, 0, Answer::Burst(1)).await?;
    let request = an_answer(contender, Answer::Burst(1)).await?;
    let burst = an_answer(contender, Answer::Burst(2001)).await?;
    let chunked = an_answer(contender, Answer::Chunked(2001)).await?;
    let chunked_request = an_answer(contender, Answer::Chunked(1)).await?;
    let (token, chunked_token) = ((burst - request) / 2000, (chunked - chunked_request) / 2000);
    Some(Instructions { start, request, token, chunked_token })
}

/// The instructions of an answer, those of the process's first ones and of its start left out.
async fn an_answer(contender: Contender, answer: Answer) -> Option<u64> {
    Some((run(contender, 30, answer.clone()).await? - run(contender, 10, answer).await?) / 20)
}

/// The instructions of a process that starts and gives so many answers.
async fn run(contender: Contender, answers: usize, answer: Answer) -> Option<u64> {
    let (upstream, tokens) = (Upstream::plain().await, answer.tokens());
    upstream.answers(answer);
    let valgrind = on_path("valgrind")?;
    let wrapper = [valgrind.to_str()?, "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let mut lambda = contender.start_under(&wrapper, &upstream, &[]).await;
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
