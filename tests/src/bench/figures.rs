//! The figures: what is measured, against whom, and what must be reached.

use shared::limits::BODY_BYTES;

use super::contender::{Contender, Measured};
use super::samples::{Samples, answers, cold, costs, delays, ms, starts};
use super::upstream::{Answer, Upstream};

use Contender::{Hello, Node, Ours, Plain, PlainNodelay, Python};

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// What is measured.
    pub figure: String,
    /// Ours and theirs, with their unit.
    pub values: String,
    /// Ours by theirs, or ours alone.
    pub ratio: f64,
    /// What the ratio must not exceed.
    pub reach: f64,
}

fn row(figure: &str, unit: &str, ours: f64, against: Contender, theirs: f64, reach: f64) -> Row {
    let values = format!("{ours:.2} / {theirs:.2} {unit}");
    Row { figure: format!("{figure}, against {}", against.name()), values, ratio: ours / theirs, reach }
}

fn alone(figure: &str, value: f64, unit: &str, reach: f64) -> Row {
    Row { figure: figure.into(), values: format!("{value:.2} {unit}"), ratio: value, reach }
}

/// Everything, as rows. `quick` takes fewer samples.
pub async fn all(quick: bool) -> Vec<Row> {
    let times = |full: usize| if quick { full.div_ceil(5) } else { full };
    let upstream = Upstream::plain().await;
    let mut rows = Vec::new();

    let contenders = [Hello, Plain, Ours];
    let [hello, plain, ours] =
        <[Samples; 3]>::try_from(starts(&upstream, &contenders, times(60)).await).expect("three");
    rows.push(row("start to first poll, p50", "ms", ours.p50(), Hello, hello.p50(), 1.7));
    rows.push(row("start to first poll, p50", "ms", ours.p50(), Plain, plain.p50(), f64::INFINITY));

    let contenders = [Plain, PlainNodelay, Node, Python, Ours];
    let [plain, nodelay, node, python, ours] =
        <[(Samples, Samples); 5]>::try_from(answers(&upstream, &contenders, 200, times(100)).await).expect("five");
    rows.push(row("first byte, p50", "ms", ours.0.p50(), Plain, plain.0.p50(), 1.0 / 50.0));
    rows.push(row("first byte, p50", "ms", ours.0.p50(), Node, node.0.p50(), 1.0 / 5.0));
    rows.push(row("first byte, p50", "ms", ours.0.p50(), Python, python.0.p50(), f64::INFINITY));
    rows.push(row("first byte, p50", "ms", ours.0.p50(), PlainNodelay, nodelay.0.p50(), 1.1));
    rows.push(row(
        "first byte, p99",
        "ms",
        ours.0.quantile(0.99),
        PlainNodelay,
        nodelay.0.quantile(0.99),
        f64::INFINITY,
    ));
    rows.push(row("whole answer of 200 tokens, p50", "ms", ours.1.p50(), Plain, plain.1.p50(), 1.0 / 20.0));

    let [plain, ours] = <[Samples; 2]>::try_from(delays(&upstream, &[Plain, Ours], times(10)).await).expect("two");
    rows.push(row("delay of a token, paced, p50", "ms", ours.p50(), Plain, plain.p50(), 1.0));
    rows.push(row("delay of a token, paced, p99", "ms", ours.quantile(0.99), Plain, plain.quantile(0.99), 1.0));

    let contenders = [Plain, PlainNodelay, Node, Python, Ours];
    let costs_of = costs(&upstream, &contenders, Answer::Burst(2000), times(50)).await;
    let [plain, nodelay, node, python, ours] = <[(f64, f64); 5]>::try_from(costs_of).expect("five");
    rows.push(row("CPU of 2,000 tokens at once", "ms", ours.0, Plain, plain.0, 0.6));
    rows.push(row("CPU of 2,000 tokens at once", "ms", ours.0, PlainNodelay, nodelay.0, 0.5));
    rows.push(row("CPU of 2,000 tokens at once", "ms", ours.0, Node, node.0, f64::INFINITY));
    rows.push(row("CPU of 2,000 tokens at once", "ms", ours.0, Python, python.0, f64::INFINITY));
    rows.push(row("memory's peak under it", "MiB", ours.1, Plain, plain.1, 1.2));
    rows.push(alone("the same, alone", ours.1, "MiB", 14.0));

    let costs_of = costs(&upstream, &[PlainNodelay, Ours], Answer::Tool(50), times(100)).await;
    let [nodelay, ours] = <[(f64, f64); 2]>::try_from(costs_of).expect("two");
    rows.push(row("CPU of a tool round", "ms", ours.0, PlainNodelay, nodelay.0, 1.0));

    rows.extend(largest(&upstream, times(20)).await);
    rows.extend(over_tls(times(40)).await);
    rows.push(zipped());
    rows
}

/// The largest request there is, without a peer: what it costs decides the memory that the function is given.
async fn largest(upstream: &Upstream, times: usize) -> Vec<Row> {
    upstream.answers(Answer::Burst(1));
    let question = "x".repeat(BODY_BYTES - 1024);
    let mut lambda = Ours.start(upstream, &[]).await;
    Measured::invoke(&mut lambda, 1).await;
    let before = lambda.cpu();
    for _ in 0..times {
        Measured::ask(&mut lambda, &question, 1).await;
    }
    let cpu = ms(lambda.cpu() - before) / times as f64;
    let peak = lambda.memory_peak() as f64 / 1024.0 / 1024.0;
    vec![
        alone("CPU of a request of 5 MiB", cpu, "ms", f64::INFINITY),
        alone("memory's peak under it", peak, "MiB", f64::INFINITY),
    ]
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
    let samples = cold(&upstream, &[Plain, PlainNodelay, Ours], &trust, times).await;
    let [plain, nodelay, ours] = <[(Samples, Samples); 3]>::try_from(samples).expect("three");
    let _ = std::fs::remove_dir_all(folder);
    let figure = "cold start to first token over TLS, p50";
    vec![
        row(figure, "ms", ours.0.p50(), Plain, plain.0.p50(), 0.6),
        row(figure, "ms", ours.0.p50(), PlainNodelay, nodelay.0.p50(), f64::INFINITY),
        row("the same, from the request on", "ms", ours.1.p50(), PlainNodelay, nodelay.1.p50(), f64::INFINITY),
    ]
}

fn zipped() -> Row {
    let (binary, archive) = (crate::tools::binary("chat"), std::env::temp_dir().join("bedrock-lambda-bench.zip"));
    let _ = std::fs::remove_file(&archive);
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[1], 'bootstrap')";
    let made = std::process::Command::new("python3").arg("-c").arg(script).arg(binary).arg(&archive).status();
    assert!(made.is_ok_and(|status| status.success()), "an archive");
    let megabytes = std::fs::metadata(&archive).expect("an archive").len() as f64 / 1e6;
    alone("zipped bootstrap of chat", megabytes, "MB", 4.0)
}
