//! The rule of the house: `functions/* → shared → aws-sdk-*`, nothing the other way, nothing around it; and inside
//! `shared`, its floors.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

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

/// The floors of `shared`, from the lowest, and what none of their modules may name.
const FLOORS: [(&[&str], &[&str]); 7] = [
    (&["json", "limits"], &["async ", "tokio::", "tracing::", "http::", "aws_", "lambda_"]),
    (&["converse", "invoke", "model"], &["async ", "tokio::", "tracing::", "http::", "aws_", "lambda_"]),
    (&["error"], &["async ", "tokio::", "http::", "aws_", "lambda_"]),
    (&["prepare"], &["async ", "tokio::", "tracing::", "http::", "aws_", "lambda_"]),
    (&["engine"], &["http::", "aws_", "lambda_"]),
    (&["aws"], &["lambda_http", "lambda_runtime"]),
    (&["service"], &["aws_"]),
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|(modules, _)| modules.contains(&module))
}

/// The Rust files below a folder, with their text up to the tests in them.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(sources(&path).into_iter().map(|(file, text)| (format!("{name}/{file}"), text)));
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap().lines();
            files.push((name, code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")));
        }
    }
    files
}

/// What `code`, of the module `own`, names that its floor may not.
fn breaches(own: &str, code: &str) -> Vec<String> {
    let floor_of_own = floor(own).unwrap();
    let named = code.split("crate::").skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    let above = named.flatten().filter(|module| floor(module).is_some_and(|floor| floor > floor_of_own));
    let forbidden = FLOORS[floor_of_own].1.iter().filter(|word| code.contains(**word)).copied();
    above.chain(forbidden).map(str::to_owned).collect()
}

#[test]
fn module_names_only_floors_below_its_own() {
    let mut sideways = BTreeSet::new();
    let files = sources(&tests::tools::root().join("shared/src"));
    assert!(files.len() > 50);
    for (file, code) in files.iter().filter(|(file, _)| file != "lib.rs") {
        let own = file.split(['/', '.']).next().unwrap();
        assert!(floor(own).is_some(), "{file} stands on no floor");
        assert_eq!(breaches(own, code), Vec::<String>::new(), "{file}");
        for (modules, _) in FLOORS {
            let beside =
                modules.iter().filter(|module| **module != own && code.contains(&format!("crate::{module}::")));
            sideways
                .extend(beside.filter(|_| modules.contains(&own)).map(|module| (own.to_owned(), (*module).to_owned())));
        }
    }
    for (one, other) in &sideways {
        assert!(!sideways.contains(&(other.clone(), one.clone())), "{one} and {other} name each other");
    }
}

#[test]
fn line_that_breaks_a_floor_is_found() {
    for (own, code) in [
        ("json", "use crate::converse::message::Message;"),
        ("converse", "use crate::{error::AppError};\nuse crate::error::Code;"),
        ("prepare", "let now = tokio::time::Instant::now();"),
        ("model", "pub async fn load() {}"),
        ("engine", "use aws_sdk_bedrockruntime::Client;"),
        ("engine", "use crate::service::problem::Problem;"),
        ("service", "use aws_config::SdkConfig;"),
        ("aws", "use crate::service::event::Event;"),
    ] {
        assert!(!breaches(own, code).is_empty(), "{own}: {code}");
    }
    assert!(breaches("engine", "use crate::prepare::prepare;").is_empty());
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
