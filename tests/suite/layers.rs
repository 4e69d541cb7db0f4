//! The rule of the house: `functions/* → shared → aws-sdk-*`, nothing the other way, nothing around it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

mod floors;

/// The names of a member's direct dependencies, those for tests left out.
fn dependencies(metadata: &Value, member: &str) -> Vec<String> {
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == member).unwrap();
    let all = package["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn functions_depend_on_shared_and_shared_on_the_sdk() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(tests::tools::root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members: Vec<&str> =
        metadata["packages"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    let functions: Vec<&&str> = members.iter().filter(|name| !["shared", "local", "tests"].contains(name)).collect();
    assert!(!functions.is_empty());
    for function in &functions {
        for dependency in dependencies(&metadata, function) {
            // A tool may use the SDK of what it talks to.
            let sdk = dependency.starts_with("aws-") && **function != "tool-executor";
            let sideways = dependency != "shared" && members.contains(&dependency.as_str());
            assert!(!sdk && !sideways, "{function} depends on {dependency}");
        }
    }
    for dependency in dependencies(&metadata, "shared") {
        assert!(!members.contains(&dependency.as_str()), "shared depends on {dependency}");
    }
    for dependency in dependencies(&metadata, "local") {
        assert!(dependency == "shared" || !members.contains(&dependency.as_str()), "local depends on {dependency}");
    }
}

/// The SDK is most of what there is to compile, and to load at start.
#[test]
fn function_that_needs_no_bedrock_compiles_no_bedrock_sdk() {
    let names = |function: &str| {
        let tree = ["tree", "--offline", "--edges", "normal", "--prefix", "none", "--package", function];
        let output = Command::new(env!("CARGO")).args(tree).current_dir(tests::tools::root()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(names("chat").contains("aws-sdk-bedrockruntime "));
    assert!(!names("embed").contains("aws-sdk-lambda "));
    let executor = names("tool-executor");
    assert!(
        executor.contains("shared ")
            && !executor.contains("aws-sdk-bedrockruntime ")
            && !executor.contains("aws-sdk-lambda ")
    );
}

/// The environment is read in one module.
#[test]
fn the_environment_is_read_in_one_place() {
    let mut readers = Vec::new();
    let mut folders = vec![tests::tools::root().join("shared/src"), tests::tools::root().join("functions")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains("env::var") {
                    readers.push(path.file_name().unwrap().to_string_lossy().into_owned());
                }
            }
        }
    }
    assert_eq!(readers, ["config.rs"]);
}

/// `make test-unit` runs on a machine without Python and Node.
#[test]
fn fast_tier_leaves_out_the_modules_that_need_tools() {
    let makefile = std::fs::read_to_string(tests::tools::root().join("Makefile")).unwrap();
    let (_, list) = makefile.split_once("\nNEEDS_TOOLS := ").unwrap();
    let left_out: BTreeSet<String> = list.lines().next().unwrap().split(' ').map(str::to_owned).collect();
    let needs_tools = |text: &str| text.contains("tool(\".") || text.contains(concat!("Process::", "under_"));
    let suite = floors::sources(&tests::tools::root().join("tests/suite")).into_iter();
    let needing = suite.filter(|(_, text)| needs_tools(text));
    let modules: BTreeSet<String> =
        needing.filter_map(|(file, _)| file.split(['/', '.']).next().map(str::to_owned)).collect();
    assert_eq!(left_out, modules);
}
