//! The documents and the code say the same: the error table, the variables, the scenarios, the commands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use local::stand_in::scenario::Scenario;
use shared::error::Code;
use tests::tools::root;

mod links;

/// The text of the document at `path`, from the root.
pub(crate) fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The project's documents, in whatever folder, by their paths from the root.
fn documents() -> BTreeMap<PathBuf, String> {
    let installed = |name: &str| name.starts_with('.') || ["node_modules", "target"].contains(&name);
    let mut found = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if path.is_dir() {
                folders.extend((!installed(&name)).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    assert!(found.contains_key(Path::new("README.md")), "{:?}", found.keys());
    found
}

/// The cells of the rows of the table that follows `heading`.
pub(crate) fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, after) = text.split_once(heading).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let rows = after.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

#[test]
fn the_documented_error_table_is_the_codes() {
    let rows = table(&document("docs/errors.md"), "# Errors\n");
    let found: Vec<Vec<String>> = rows.into_iter().map(|row| row[..4].to_vec()).collect();
    let expected: Vec<Vec<String>> = Code::ALL
        .iter()
        .map(|code| {
            let row = code.row();
            let word = |holds: bool| match code {
                Code::UpstreamError => "by status".to_owned(),
                _ if holds => "yes".to_owned(),
                _ => "no".to_owned(),
            };
            vec![format!("`{}`", row.code), row.status.to_string(), word(row.retryable), word(row.fails_over)]
        })
        .collect();
    assert_eq!(found, expected);
}

/// The names of environment variables that stand in code, those of AWS left out.
pub(crate) fn variables(code: &str) -> BTreeSet<String> {
    let named = |word: &&str| word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    code.split('"').filter(named).filter(|word| !word.starts_with("AWS_")).map(str::to_owned).collect()
}

#[test]
fn the_documented_variables_are_those_the_code_reads() {
    let documented: BTreeSet<String> = table(&document("docs/configuration.md"), "# Configuration\n")
        .iter()
        .flat_map(|row| row[0].split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>())
        .filter(|name| !name.starts_with("AWS_"))
        .collect();
    let code = [
        "functions/chat/src/settings.rs",
        "functions/embed/src/settings.rs",
        "functions/tool-executor/src/settings.rs",
        "shared/src/service/router.rs",
        "shared/src/service/telemetry.rs",
    ]
    .map(|path| {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
    });
    assert_eq!(documented, variables(&code.join("")));
}

#[test]
fn every_documented_scenario_is_one() {
    let all = documents();
    let lines = all.values().flat_map(|text| text.lines());
    let in_commands: Vec<&str> = lines.filter_map(|line| line.split("_local/scenario -d ").nth(1)).collect();
    let rows = table(&document("docs/stand-in.md"), "# The stand-in\n");
    let in_table: Vec<&str> =
        rows.iter().flat_map(|row| row[0].split(", ").map(|text| text.trim_matches('`'))).collect();
    assert!(!in_commands.is_empty() && !in_table.is_empty());
    for text in in_commands.into_iter().chain(in_table) {
        let scenario = Scenario::parse(text);
        assert!(scenario.is_ok(), "{scenario:?}");
    }
}

#[test]
fn every_documented_target_is_in_the_makefile() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let all = documents();
    let named = |text: &str| {
        let commands = text.split(['`', '\n']).filter_map(|part| part.strip_prefix("make "));
        commands.filter_map(|command| command.split(' ').next()).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert!(named(&all[Path::new("README.md")]).contains("test"));
    for (path, text) in &all {
        for target in named(text) {
            assert!(makefile.contains(&format!("\n{target}:")), "{}: make {target}", path.display());
        }
    }
}

#[test]
fn make_fuzz_tries_every_property() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let names = tests::properties::ALL.map(|(name, _)| name).join(" ");
    assert!(makefile.contains(&format!("for property in {names}; do")), "{names}");
}
