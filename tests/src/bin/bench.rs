//! `make bench`: prints the table of figures, and fails where one is not reached. `QUICK=1` takes fewer samples;
//! `COUNT=0` leaves the counting of instructions out.
#![expect(clippy::print_stdout, reason = "a program for a person")]

use std::process::ExitCode;

use tests::bench::{figures, instructions};

#[tokio::main]
async fn main() -> ExitCode {
    let set = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    let rows = figures::all(set("QUICK", "1")).await;
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
    if !set("COUNT", "0") {
        match instructions::count().await {
            Some(counted) => println!(
                "\ninstructions of chat: {} from start to first poll, {} a token",
                counted.start, counted.token
            ),
            None => println!("\ninstructions were not counted: there is no valgrind"),
        }
    }
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
