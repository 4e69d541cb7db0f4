//! The tools a local run needs, found or installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version installed where the machine has none.
const CARGO_LAMBDA: &str = "cargo-lambda==1.9.2";

/// cargo-lambda: the machine's, else the one in `.venv`, which is made from PyPI if need be.
///
/// # Errors
/// One line that says how to get it.
pub(super) fn cargo_lambda() -> Result<PathBuf, String> {
    let in_venv = PathBuf::from(".venv/bin/cargo-lambda");
    if let Some(found) = [PathBuf::from("cargo-lambda"), in_venv.clone()].into_iter().find(|path| works(path)) {
        return Ok(found);
    }
    eprintln!("cargo-lambda is not installed: installing {CARGO_LAMBDA} into .venv");
    run("python3", &["-m", "venv", ".venv"])?;
    run(".venv/bin/pip", &["install", "--quiet", CARGO_LAMBDA])?;
    if works(&in_venv) {
        Ok(in_venv)
    } else {
        Err("cargo-lambda cannot be run from .venv: remove .venv and try again".to_owned())
    }
}

/// A function's binary beside this one.
///
/// # Errors
/// One line where it was not built.
pub(crate) fn built(name: &str) -> Result<PathBuf, String> {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|folder| folder.join(name)));
    beside
        .filter(|path| path.is_file())
        .ok_or_else(|| format!("{name} is not built: run `make run`, or cargo build --workspace first"))
}

fn works(path: &Path) -> bool {
    let quiet = Command::new(path).args(["lambda", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let line = format!("{program} {}", args.join(" "));
    match Command::new(program).args(args).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(format!("`{line}` failed ({status}); install cargo-lambda by hand: pip install {CARGO_LAMBDA}"))
        }
        Err(error) => Err(format!("`{line}` cannot be run ({error}); Python 3 or cargo-lambda is needed")),
    }
}
