//! The figures: what is measured, against whom, and what must be reached.

use shared::limits::BODY_BYTES;

use super::contender::{Contender, QUESTION};
use super::rows::{Results, Row};
use super::samples::{Samples, answers, cold, costs, delays, starts};
use super::upstream::{Answer, Upstream};

use Contender::{Hello, Node, Plain, PlainNodelay, Python};

/// Nothing must be reached.
const ANY: f64 = f64::INFINITY;

/// The rows of each section whose name is `wanted`. `quick` takes fewer samples.
pub async fn measure(quick: bool, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let times = |full: usize| if quick { full.div_ceil(5) } else { full };
    let upstream = Upstream::plain().await;
    let mut rows = Vec::new();
    if wanted("start") {
        let found = starts(&upstream, &[Hello, Plain], times(60)).await;
        rows.extend(found.against("start to first poll, p50", "ms", Samples::p50, &[(Hello, 1.7), (Plain, ANY)]));
    }
    if wanted("burst answer") {
        rows.extend(burst_answer(&upstream, times(100)).await);
    }
    if wanted("chunked answer") {
        rows.extend(chunked_answer(&upstream, times(100)).await);
    }
    if wanted("paced delay") {
        let found = delays(&upstream, &[Plain], times(10)).await;
        rows.extend(found.against("delay of a token, paced, p50", "ms", Samples::p50, &[(Plain, 1.0)]));
        rows.extend(found.against("delay of a token, paced, p99", "ms", Samples::p99, &[(Plain, 1.0)]));
    }
    if wanted("burst CPU") {
        let (figure, answer) = ("CPU of 2,000 tokens at once", Answer::Burst(2000));
        rows.extend(cost_of_tokens(&upstream, figure, answer, times(50), [0.6, 0.5], [1.2, 14.0]).await);
    }
    if wanted("chunked CPU") {
        let (figure, answer) = ("CPU of 2,000 tokens, a chunk a frame", Answer::Chunked(2000));
        rows.extend(cost_of_tokens(&upstream, figure, answer, times(50), [ANY, ANY], [ANY, ANY]).await);
    }
    if wanted("tool CPU") {
        let found = costs(&upstream, &[PlainNodelay], QUESTION, Answer::Tool(50), times(100)).await;
        rows.extend(found.against("CPU of a tool round", "ms", |(cpu, _)| *cpu, &[(PlainNodelay, 1.0)]));
    }
    if wanted("largest request CPU") {
        rows.extend(largest(&upstream, times(20)).await);
    }
    if wanted("TLS start") {
        rows.extend(over_tls(times(40)).await);
    }
    if wanted("zipped size") {
        rows.extend(zipped());
    }
    rows
}

async fn burst_answer(upstream: &Upstream, times: usize) -> Vec<Row> {
    let found = answers(upstream, &[Plain, PlainNodelay, Node, Python], Answer::Burst(200), times).await;
    let first = [(Plain, 1.0 / 50.0), (Node, 1.0 / 5.0), (Python, ANY), (PlainNodelay, 1.1)];
    let mut rows = found.against("first byte, p50", "ms", |(first, _)| first.p50(), &first);
    rows.extend(found.against("first byte, p99", "ms", |(first, _)| first.p99(), &[(PlainNodelay, ANY)]));
    let whole = [(Plain, 1.0 / 20.0)];
    rows.extend(found.against("whole answer of 200 tokens, p50", "ms", |(_, whole)| whole.p50(), &whole));
    rows
}

async fn chunked_answer(upstream: &Upstream, times: usize) -> Vec<Row> {
    let found = answers(upstream, &[PlainNodelay], Answer::Chunked(200), times).await;
    let peers = [(PlainNodelay, ANY)];
    let mut rows = found.against("first byte, a chunk a frame, p50", "ms", |(first, _)| first.p50(), &peers);
    rows.extend(found.against("first byte, a chunk a frame, p99", "ms", |(first, _)| first.p99(), &peers));
    let figure = "whole answer of 200 tokens, a chunk a frame, p50";
    rows.extend(found.against(figure, "ms", |(_, whole)| whole.p50(), &peers));
    rows
}

/// `cpu` is to be reached against plain Rust without and with `TCP_NODELAY`; of memory's peak, `peak` against plain
/// Rust and by itself.
async fn cost_of_tokens(
    upstream: &Upstream,
    figure: &str,
    answer: Answer,
    times: usize,
    cpu: [f64; 2],
    peak: [f64; 2],
) -> Vec<Row> {
    let found = costs(upstream, &[Plain, PlainNodelay, Node, Python], QUESTION, answer, times).await;
    let peers = [(Plain, cpu[0]), (PlainNodelay, cpu[1]), (Node, ANY), (Python, ANY)];
    let mut rows = found.against(figure, "ms", |(cpu, _)| *cpu, &peers);
    rows.extend(found.against("memory's peak under it", "MiB", |(_, peak)| *peak, &[(Plain, peak[0])]));
    rows.extend(found.alone("the same, alone", "MiB", |(_, peak)| *peak, peak[1]));
    rows
}

/// The largest request there is, without a peer: what it costs decides the memory that the function is given.
async fn largest(upstream: &Upstream, times: usize) -> Vec<Row> {
    let question = "x".repeat(BODY_BYTES - 1024);
    let found = costs(upstream, &[], &question, Answer::Burst(1), times).await;
    let mut rows = Vec::new();
    rows.extend(found.alone("CPU of a request of 5 MiB", "ms", |(cpu, _)| *cpu, ANY));
    rows.extend(found.against("CPU of a request of 5 MiB", "ms", |(cpu, _)| *cpu, &[]));
    rows.extend(found.alone("memory's peak under it", "MiB", |(_, peak)| *peak, ANY));
    rows.extend(found.against("memory's peak under it", "MiB", |(_, peak)| *peak, &[]));
    rows
}

/// Each trusts as many roots as it would in Lambda, and one more: the upstream's.
async fn over_tls(times: usize) -> Vec<Row> {
    let upstream = Upstream::tls().await;
    let root = upstream.root().unwrap_or_default();
    let folder = std::env::temp_dir().join(format!("bedrock-lambda-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, known: String| {
        let file = folder.join(name);
        std::fs::write(&file, known + root).expect("a file");
        file.to_string_lossy().into_owned()
    };
    let machine = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").expect("the machine's roots");
    let amazons =
        std::fs::read_to_string(crate::tools::root().join("shared/src/aws/client/amazon-roots.pem")).expect("Amazon's");
    let (theirs, ours) = (write("machine.pem", machine), write("ours.pem", amazons));
    let trust = [("SSL_CERT_FILE", theirs.as_str()), ("AWS_CA_BUNDLE", ours.as_str())];
    let found = cold(&upstream, &[Plain, PlainNodelay], &trust, times).await;
    let _ = std::fs::remove_dir_all(folder);
    let peers = [(Plain, 0.6), (PlainNodelay, ANY)];
    let mut rows = found.against("cold start to first token over TLS, p50", "ms", |(start, _)| start.p50(), &peers);
    let request = [(PlainNodelay, ANY)];
    rows.extend(found.against("the same, from the request on", "ms", |(_, request)| request.p50(), &request));
    rows
}

/// In megabytes, as a deployment would.
fn zipped() -> Vec<Row> {
    let archive = std::env::temp_dir().join(format!("bedrock-lambda-bench-{}.zip", std::process::id()));
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[1], 'bootstrap')";
    let size = |contender: &Contender| {
        let mut python = std::process::Command::new("python3");
        let made = python.arg("-c").arg(script).arg(contender.program()).arg(&archive).status();
        assert!(made.is_ok_and(|status| status.success()), "an archive");
        std::fs::metadata(&archive).expect("an archive").len() as f64 / 1e6
    };
    let contenders = Contender::with_chat(&[]);
    let sizes: Vec<f64> = contenders.iter().map(size).collect();
    let _ = std::fs::remove_file(&archive);
    let found = Results::new(contenders, sizes);
    let ours = found.alone("zipped bootstrap of chat", "MB", |megabytes| *megabytes, 4.0);
    ours.into_iter().chain(found.against("zipped bootstrap of chat", "MB", |megabytes| *megabytes, &[])).collect()
}
