//! Instructions, counted by callgrind: the same for the same binary and input, however busy the machine is.

use std::time::Duration;

use super::contender::{Contender, Measured};
use super::upstream::{Answer, Upstream};

/// What was counted, of `chat`.
#[derive(Debug)]
pub struct Instructions {
    /// From start to first poll.
    pub start: u64,
    /// For a token of a burst of 2,000.
    pub token: u64,
}

/// Counts; none where there is no valgrind.
pub async fn count() -> Option<Instructions> {
    std::process::Command::new("valgrind").arg("--version").output().ok().filter(|output| output.status.success())?;
    let start = run(0).await?;
    let (one, three) = (run(1).await?, run(3).await?);
    Some(Instructions { start, token: (three - one) / 2 / 2000 })
}

/// The instructions of a process that starts and answers so many bursts.
async fn run(answers: usize) -> Option<u64> {
    let upstream = Upstream::plain().await;
    upstream.answers(Answer::Burst(2000));
    let valgrind = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("valgrind"))
        .find(|file| file.is_file())?;
    let wrapper = [valgrind.to_str()?, "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let mut lambda = Contender::Ours.start_under(&wrapper, &upstream, &[]).await;
    while lambda.start_to_first_poll().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..answers {
        Measured::invoke(&mut lambda, 2000).await;
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
