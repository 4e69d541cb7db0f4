//! Where the tests' tools and the built binaries are.

use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A tool that `make tools` puts into the checkout.
///
/// # Panics
/// Where it is not there: a test that cannot run is not a test that passed.
pub fn tool(path: &str) -> PathBuf {
    let tool = root().join(path);
    assert!(tool.exists(), "{path} is missing: run `make tools`");
    tool
}

/// A program of the machine's.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A binary of the workspace that was built by `cargo build --workspace --bins`, with the profile of this test.
///
/// # Panics
/// Where it was not built.
pub fn binary(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    // A test is in `deps/`, a program beside the binaries.
    let beside = exe.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|binary| binary.is_file());
    let binary = beside.unwrap_or_else(|| PathBuf::from(name));
    assert!(binary.exists(), "{} is missing: run `make test`, or cargo build --workspace --bins", binary.display());
    binary
}
