//! `make bench`: prints the table of figures, and fails where one is not reached. `QUICK=1` takes fewer samples;
//! `FIGURES=0` leaves the table out, and `COUNT=0` the counting of instructions.
#![expect(clippy::print_stdout, reason = "a program for a person")]

use std::process::{Command, ExitCode};

use tests::bench::figures::{self, Row};
use tests::bench::instructions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let set = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    println!("{}\n", machine());
    let mut reached = true;
    if !set("FIGURES", "0") {
        reached = print(figures::all(set("QUICK", "1")).await);
    }
    if !set("COUNT", "0") {
        match instructions::count().await {
            Some(counted) => println!(
                "\ninstructions of chat: {} from start to first poll, {} a request, {} a token",
                counted.start, counted.request, counted.token
            ),
            None => println!("\ninstructions were not counted: there is no valgrind"),
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
