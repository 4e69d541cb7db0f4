//! `make bench`: prints the table of figures, and fails if one is not reached.
//!
//! `QUICK=1` takes fewer samples. `ONLY=<part of a name>` measures only the sections whose names contain it: start,
//! burst answer, chunked answer, paced delay, burst CPU, chunked CPU, tool CPU, largest request CPU, TLS start, zipped
//! size, instructions. `COUNT=0` leaves the instructions out. `BEFORE=<path>` adds an older build of `chat`, and a row
//! against it wherever this one is measured.
#![expect(clippy::print_stdout, reason = "a program for a person")]

use std::process::{Command, ExitCode};

use tests::bench::contender::Contender;
use tests::bench::figures;
use tests::bench::instructions::{self, Instructions};
use tests::bench::rows::Row;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let set = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    println!("{}\n", machine());
    let only = std::env::var("ONLY").unwrap_or_default();
    let wanted = |section: &str| section.contains(&only);
    let rows = figures::measure(set("QUICK", "1"), wanted).await;
    if rows.is_empty() && !wanted("instructions") {
        println!("no section's name contains {only}");
        return ExitCode::FAILURE;
    }
    let reached = rows.is_empty() || print(rows);
    if wanted("instructions") && !set("COUNT", "0") {
        for contender in Contender::with_chat(&[]) {
            match instructions::count(contender).await {
                Some(Instructions { start, request, token, chunked_token }) => println!(
                    "\ninstructions of {}: {start} from start to first poll, {request} a request, {token} a token, \
                     {chunked_token} a token in a chunk of its own",
                    contender.name()
                ),
                None => println!("\ninstructions were not counted: there is no valgrind"),
            }
        }
    }
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the table; whether every row reached what it must.
fn print(rows: Vec<Row>) -> bool {
    println!("| figure | ours / theirs | ratio | reach | reached |\n|---|---|---|---|---|");
    let mut reached = true;
    for row in rows {
        let (limit, holds) = match row.reach.is_finite() {
            true => (format!("≤ {:.3}", row.reach), if row.ratio <= row.reach { "yes" } else { "NO" }),
            false => ("–".to_owned(), "–"),
        };
        reached &= holds != "NO";
        println!("| {} | {} | {:.3} | {limit} | {holds} |", row.figure, row.values, row.ratio);
    }
    reached
}

/// What is measured on, and with which versions.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, name)| name);
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output().map(|output| output.stdout);
        String::from_utf8_lossy(&output.unwrap_or_default()).trim().to_owned()
    };
    let python = tests::tools::root().join("bench/peers/python/.venv/bin/python3");
    let (rust, node, python) = (version("rustc"), version("node"), version(&python.to_string_lossy()));
    format!("{model}, {cores} cores; {rust}; Node {node}; {python}")
}
