//! The floors of `shared`: a module uses floors below its own and, without a circle, modules of its own floor.

use std::collections::BTreeSet;
use std::path::Path;

use tests::tools::root;

/// What only the floors above `prepare` may name: waits, clocks, tasks, HTTP, AWS.
const EFFECTS: &[&str] =
    &["async", "async_*", "await", "tokio", "futures*", "spawn", "Instant", "SystemTime", "http", "aws_*", "lambda_*"];

/// The modules of each floor, from the lowest, and the names that none of them may use; `*` stands for any ending.
const FLOORS: [(&[&str], &[&[&str]]); 7] = [
    (&["json", "limits"], &[EFFECTS, &["tracing"]]),
    (&["converse", "invoke", "model"], &[EFFECTS, &["tracing"]]),
    (&["error"], &[EFFECTS]),
    (&["prepare"], &[EFFECTS, &["tracing"]]),
    (&["engine"], &[&["aws_*", "http", "lambda_*"]]),
    (&["aws"], &[&["lambda_http", "lambda_runtime"]]),
    (&["service"], &[&["aws_*"]]),
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|(modules, _)| modules.contains(&module))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The code of a file: without comments that stand on lines of their own, and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first name of each path in `rest`, which begins with one path, or with several in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |path: &str| path.trim().chars().take_while(|c| is_name(*c) || *c == '*').collect();
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut names, mut depth, mut path) = (Vec::new(), 0, String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&std::mem::take(&mut path))),
            _ => path.push(c),
        }
    }
    names.push(name(&path));
    names.retain(|name: &String| !name.is_empty());
    names
}

/// What `code` names of the crate's root, by `crate::` or, since its file is `depth` modules deep, by as many `super::`.
fn top_modules(code: &str, depth: usize) -> BTreeSet<String> {
    let supers = "super::".repeat(depth);
    ["crate::", &supers]
        .into_iter()
        .flat_map(|prefix| code.split(prefix).skip(1).flat_map(first_names))
        .filter(|name| !["super", "self"].contains(&name.as_str()))
        .collect()
}

/// What `code`, `depth` modules deep in the module `own`, names that its floor may not.
fn breaches(own: &str, depth: usize, code: &str) -> Vec<String> {
    let Some(own_floor) = floor(own) else { return vec![format!("{own} stands on no floor")] };
    let is_above = |name: &String| floor(name).is_none_or(|floor| floor > own_floor);
    let above = top_modules(code, depth).into_iter().filter(is_above);
    let forbidden = |name: &&str| {
        let is = |never: &str| never.strip_suffix('*').map_or(*name == never, |begin| name.starts_with(begin));
        FLOORS[own_floor].1.iter().flat_map(|list| list.iter()).any(|never| is(never))
    };
    above.chain(code.split(|c| !is_name(c)).filter(forbidden).map(str::to_owned)).collect()
}

/// The edges that are part of a circle, or lead into one.
fn circles(mut edges: BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    loop {
        let count = edges.len();
        let begins: BTreeSet<String> = edges.iter().map(|(from, _)| from.clone()).collect();
        edges.retain(|(_, to)| begins.contains(to));
        if edges.len() == count {
            return edges;
        }
    }
}

/// The Rust files below `folder` but for tests beside the code, by their paths from it.
pub(super) fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            files.extend(sources(&path).into_iter().map(|(file, text)| (format!("{name}/{file}"), text)));
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

#[test]
fn module_of_shared_names_only_what_its_floor_may() {
    let files = sources(&root().join("shared/src"));
    assert!(files.len() > 50);
    let mut sideways = BTreeSet::new();
    for (file, text) in files.iter().filter(|(file, _)| file != "lib.rs") {
        let (code, depth) = (code(text), file.split('/').count());
        let own = file.split(['/', '.']).next().unwrap();
        assert_eq!(breaches(own, depth, &code), [""; 0], "{file}");
        let beside = top_modules(&code, depth).into_iter().filter(|name| name != own && floor(name) == floor(own));
        sideways.extend(beside.map(|other| (own.to_owned(), other)));
    }
    assert_eq!(circles(sideways), BTreeSet::new());
}

#[test]
fn shared_is_its_floors_and_nothing_beside_them() {
    let entries = std::fs::read_dir(root().join("shared/src")).unwrap();
    let found: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let modules = FLOORS.iter().flat_map(|(modules, _)| modules.iter());
    let mut expected: BTreeSet<String> =
        modules.flat_map(|module| [(*module).to_owned(), format!("{module}.rs")]).collect();
    expected.remove("limits");
    expected.insert("lib.rs".to_owned());
    assert_eq!(found, expected);
}

#[test]
fn line_that_breaks_a_floor_is_found() {
    for (own, depth, code, found) in [
        ("json", 2, "use crate::converse::message::Message;", "converse"),
        ("converse", 2, "use crate::{\n    json::{Raw, Value},\n    error::Code,\n};", "error"),
        ("converse", 1, "use super::engine::deadline::Deadline;", "engine"),
        ("model", 3, "let error = super::super::super::error::Code::ALL;", "error"),
        ("error", 2, "use crate::*;", "*"),
        ("invoke", 2, "fn read() -> crate::service::problem::Problem {}", "service"),
        ("model", 2, "pub async fn load() {}", "async"),
        ("json", 2, "use tracing::debug;", "tracing"),
        ("invoke", 2, "use futures_util::Stream;", "futures_util"),
        ("prepare", 2, "let now = std::time::Instant::now();", "Instant"),
        ("engine", 2, "use aws_sdk_bedrockruntime::Client;", "aws_sdk_bedrockruntime"),
        ("engine", 2, "fn status() -> http::StatusCode {}", "http"),
        ("aws", 2, "use lambda_http::Request;", "lambda_http"),
        ("service", 3, "use aws_config::SdkConfig;", "aws_config"),
        ("helpers", 1, "", "helpers stands on no floor"),
    ] {
        assert_eq!(breaches(own, depth, code), [found], "{own}: {code}");
    }
}

#[test]
fn line_that_keeps_its_floor_passes() {
    for (own, depth, code) in [
        ("engine", 2, "use crate::{json::Raw, prepare::{Additions, prepare}};\nuse super::super::error::Code;"),
        ("invoke", 2, "use crate::model::id::ModelId;\nuse super::vector::Vector;"),
        ("service", 3, "use crate::aws::client::Access;\nuse super::{ConfigError, Env};"),
        ("aws", 2, "use aws_smithy_types::body::SdkBody;\nuse http::Uri;"),
        ("error", 2, "use tracing::Level;"),
    ] {
        assert_eq!(breaches(own, depth, code), [""; 0], "{own}: {code}");
    }
    assert_eq!(
        code("//! See [`engine`](crate::engine).\nuse a;\n#[cfg(test)]\nmod tests {\n    use tokio;\n}"),
        "use a;"
    );
}

#[test]
fn circle_within_a_floor_is_found_and_one_way_is_none() {
    let edges = |names: &[(&str, &str)]| -> BTreeSet<(String, String)> {
        names.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    };
    assert_eq!(circles(edges(&[("invoke", "model"), ("converse", "model")])), BTreeSet::new());
    let circle = edges(&[("converse", "invoke"), ("invoke", "model"), ("model", "converse")]);
    assert_eq!(circles(circle.clone()), circle);
}
