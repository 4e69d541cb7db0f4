//! Prints the specifications of all tools: `make tools-json` puts them into `shared/tools.json`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    println!("{:#}", tool_executor::tools::specs());
}
