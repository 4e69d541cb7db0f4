//! Writes the seeds of every property into a folder: `cargo run --package tests --example corpus -- <folder>`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| std::io::Error::other("usage: corpus <folder>"))?;
    for (name, _) in tests::properties::ALL {
        let folder = Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder)?;
        for (at, seed) in tests::corpus::seeds(name).into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{at:03}")), seed)?;
        }
    }
    Ok(())
}
