//! The documents and the code say the same: the error table, the variables, the scenarios.

use std::collections::BTreeSet;

use shared::error::Code;
use tests::tools::root;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The cells of the rows of the table that follows `heading`.
pub(crate) fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, after) = text.split_once(heading).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let rows = after.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

#[test]
fn the_error_table_of_the_readme_is_the_codes() {
    let found: Vec<Vec<String>> = table(&readme(), "\n## Errors\n").into_iter().map(|row| row[..4].to_vec()).collect();
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
fn the_variables_of_the_readme_are_those_the_code_reads() {
    let documented: BTreeSet<String> = table(&readme(), "\n## Configuration\n")
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
fn every_scenario_of_the_readme_is_one() {
    let text = readme();
    let texts: Vec<&str> = text.lines().filter_map(|line| line.split("_local/scenario -d ").nth(1)).collect();
    assert!(!texts.is_empty());
    for text in texts {
        let scenario = local::stand_in::scenario::Scenario::parse(text);
        assert!(scenario.is_ok(), "{scenario:?}");
    }
}

#[test]
fn every_target_that_the_readme_names_is_in_the_makefile() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let text = readme();
    let named = text.split(['`', '\n']).filter_map(|part| part.strip_prefix("make ")?.split([' ', '`']).next());
    let named: BTreeSet<&str> = named.collect();
    assert!(named.len() >= 3, "{named:?}");
    for target in named {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
}

#[test]
fn make_fuzz_tries_every_property() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let names = tests::properties::ALL.map(|(name, _)| name).join(" ");
    assert!(makefile.contains(&format!("for property in {names}; do")), "{names}");
}
