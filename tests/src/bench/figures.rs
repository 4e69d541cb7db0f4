//! The figures: what is measured, against whom, and what must be reached.

use std::time::Duration;

use super::contender::{Contender, Measured, event};
use super::upstream::{Answer, Upstream};
use crate::lambda::Lambda;

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

/// Samples of one contender.
#[derive(Debug, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value that so large a share of all does not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let at = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len());
        self.0[at - 1]
    }

    fn p50(&self) -> f64 {
        self.quantile(0.5)
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn row(figure: &str, unit: &str, ours: f64, against: Contender, theirs: f64, reach: f64) -> Row {
    let values = format!("{ours:.2} / {theirs:.2} {unit}");
    Row { figure: format!("{figure}, against {}", against.name()), values, ratio: ours / theirs, reach }
}

/// Starts each contender so many times, interleaved: milliseconds from start to first poll.
pub async fn starts(upstream: &Upstream, contenders: &[Contender], times: usize) -> Vec<Samples> {
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
    samples.into_iter().map(Samples::new).collect()
}

/// Invokes each contender so many times, interleaved: milliseconds to the first byte, and to the last.
pub async fn answers(
    upstream: &Upstream,
    contenders: &[Contender],
    tokens: usize,
    times: usize,
) -> Vec<(Samples, Samples)> {
    upstream.answers(Answer::Burst(tokens));
    let mut lambdas = started(upstream, contenders, tokens).await;
    let mut samples = vec![(Vec::new(), Vec::new()); contenders.len()];
    for _ in 0..times {
        for (lambda, (first, whole)) in lambdas.iter_mut().zip(&mut samples) {
            let measured = Measured::invoke(lambda, tokens).await;
            first.push(ms(measured.first_byte));
            whole.push(ms(measured.whole));
        }
    }
    samples.into_iter().map(|(first, whole)| (Samples::new(first), Samples::new(whole))).collect()
}

/// Milliseconds that each contender adds to a token, over so many answers of a paced upstream.
pub async fn delays(upstream: &Upstream, contenders: &[Contender], times: usize) -> Vec<Samples> {
    let (tokens, pause) = (100, Duration::from_millis(12));
    upstream.answers(Answer::Burst(1));
    let mut lambdas = started(upstream, contenders, 1).await;
    upstream.answers(Answer::Paced(tokens, pause));
    let mut samples = vec![Vec::new(); contenders.len()];
    for _ in 0..times {
        for (lambda, samples) in lambdas.iter_mut().zip(&mut samples) {
            let measured = Measured::invoke(lambda, tokens).await;
            samples.extend(measured.delays(&upstream.sent()).into_iter().map(ms));
        }
    }
    samples.into_iter().map(Samples::new).collect()
}

/// Milliseconds of CPU that an answer costs each contender, and the most memory it had, in MiB.
pub async fn costs(upstream: &Upstream, contenders: &[Contender], answer: Answer, times: usize) -> Vec<(f64, f64)> {
    let (Answer::Burst(tokens) | Answer::Paced(tokens, _) | Answer::Tool(tokens)) = answer;
    upstream.answers(answer);
    let mut lambdas = started(upstream, contenders, tokens).await;
    let before: Vec<Duration> = lambdas.iter().map(Lambda::cpu).collect();
    for _ in 0..times {
        for lambda in &mut lambdas {
            Measured::invoke(lambda, tokens).await;
        }
    }
    let cost = |(lambda, before): (&Lambda, Duration)| {
        (ms(lambda.cpu() - before) / times as f64, lambda.memory_peak() as f64 / 1024.0 / 1024.0)
    };
    lambdas.iter().zip(before).map(cost).collect()
}

/// Milliseconds from a process's start to the first byte of its first answer, over TLS.
pub async fn cold(upstream: &Upstream, contenders: &[Contender], trust: &[(&str, &str)], times: usize) -> Vec<Samples> {
    upstream.answers(Answer::Burst(10));
    let mut samples = vec![Vec::new(); contenders.len()];
    for _ in 0..times {
        for (contender, samples) in contenders.iter().zip(&mut samples) {
            let mut lambda = contender.start(upstream, trust).await;
            let measured = Measured::invoke(&mut lambda, 10).await;
            samples.push(ms(measured.first_byte_at() - lambda.started()));
        }
    }
    samples.into_iter().map(Samples::new).collect()
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
    let absolute =
        Row { figure: "the same, in MiB".into(), values: format!("{:.1} MiB", ours.1), ratio: ours.1, reach: 14.0 };
    rows.push(absolute);

    let costs_of = costs(&upstream, &[PlainNodelay, Ours], Answer::Tool(50), times(100)).await;
    let [nodelay, ours] = <[(f64, f64); 2]>::try_from(costs_of).expect("two");
    rows.push(row("CPU of a tool round", "ms", ours.0, PlainNodelay, nodelay.0, 1.0));

    rows.extend(over_tls(times(40)).await);
    rows.push(zipped());
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
        std::fs::read_to_string(crate::tools::root().join("shared/src/client/amazon-roots.pem")).expect("Amazon's");
    let (theirs, ours) = (write("machine.pem", machine), write("ours.pem", amazons));
    let trust = [("SSL_CERT_FILE", theirs.as_str()), ("AWS_CA_BUNDLE", ours.as_str())];
    let samples = cold(&upstream, &[Plain, PlainNodelay, Ours], &trust, times).await;
    let [plain, nodelay, ours] = <[Samples; 3]>::try_from(samples).expect("three");
    let _ = std::fs::remove_dir_all(folder);
    let figure = "cold start to first token over TLS, p50";
    vec![
        row(figure, "ms", ours.p50(), Plain, plain.p50(), 0.6),
        row(figure, "ms", ours.p50(), PlainNodelay, nodelay.p50(), f64::INFINITY),
    ]
}

fn zipped() -> Row {
    let (binary, archive) = (crate::tools::binary("chat"), std::env::temp_dir().join("bedrock-lambda-bench.zip"));
    let _ = std::fs::remove_file(&archive);
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[1], 'bootstrap')";
    let made = std::process::Command::new("python3").arg("-c").arg(script).arg(binary).arg(&archive).status();
    assert!(made.is_ok_and(|status| status.success()), "an archive");
    let megabytes = std::fs::metadata(&archive).expect("an archive").len() as f64 / 1e6;
    Row {
        figure: "zipped bootstrap of chat".into(),
        values: format!("{megabytes:.2} MB"),
        ratio: megabytes,
        reach: 4.0,
    }
}

/// The event of every invocation, for who counts instructions.
pub fn sample_event() -> String {
    event().to_string()
}
