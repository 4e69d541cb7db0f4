//! Every link in every document leads somewhere, and the README's map names every page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{document, documents};
use tests::tools::root;

/// The lines that are no fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// Where the links lead: `[text](target)` and `[name]: target`.
fn targets(text: &str) -> Vec<&str> {
    let found = prose(text).flat_map(|line| {
        let named = line.strip_prefix('[').and_then(|line| line.split_once("]: ")).map(|(_, target)| target);
        let inline = line.split("](").skip(1).filter_map(|after| after.split([')', ' ']).next());
        named.into_iter().chain(inline)
    });
    found.collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let headings = prose(text).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    for heading in headings {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        let anchor = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let numbered = (0..).map(|n| if n == 0 { anchor.clone() } else { format!("{anchor}-{n}") });
        anchors.extend(numbered.into_iter().find(|anchor| !anchors.contains(anchor)));
    }
    anchors
}

/// What is wrong with a link of the document at `path`, if anything is.
fn fault(path: &Path, text: &str, target: &str) -> Option<&'static str> {
    if ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let linked = root().join(path.parent()?).join(file);
    if !file.is_empty() && !linked.exists() {
        return Some("no such file");
    }
    let text = if file.is_empty() { text.to_owned() } else { std::fs::read_to_string(linked).unwrap_or_default() };
    let leads = anchor.is_none_or(|anchor| anchors(&text).contains(anchor));
    (!leads).then_some("no such heading")
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let documents = documents();
    let faults: Vec<String> = documents
        .iter()
        .flat_map(|(path, text)| targets(text).into_iter().map(move |target| (path, text, target)))
        .filter_map(|(path, text, target)| {
            Some(format!("{}: {target}: {}", path.display(), fault(path, text, target)?))
        })
        .collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "# A page\n## `GET /a_b`, twice?\n## A page\n```\n# no heading, [no link](nowhere)\n```\n";
    assert_eq!(anchors(text), ["a-page", "a-page-1", "get-a_b-twice"].map(str::to_owned).into());
    let links = "[a](README.md) and [`b`](../SECURITY.md \"title\")\n[c]: #a-page\n```\n[no link](nowhere)\n```";
    assert_eq!(targets(links), ["README.md", "../SECURITY.md", "#a-page"]);
    let page = Path::new("docs/page.md");
    for (target, expected) in [
        ("https://example.org/nowhere", None),
        ("../README.md", None),
        ("../README.md#speed", None),
        ("../tests", None),
        ("#a-page-1", None),
        ("#a-page-2", Some("no such heading")),
        ("../README.md#nowhere", Some("no such heading")),
        ("README.md", Some("no such file")),
    ] {
        assert_eq!(fault(page, text, target), expected, "{target}");
    }
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let is_file = |name: &&str| [".rs", ".txt", ".tsv", ".json", ".py"].iter().any(|end| name.ends_with(end));
    let is_whole =
        |name: &&str| ["shared/", "local/", "tests/", "functions/"].iter().any(|start| name.starts_with(start));
    // ARCHITECTURE.md shortens the folders that it is about.
    let folders = ["", "shared/src", "tests/suite", "functions/chat/src"].map(|folder| root().join(folder));
    let mut missing = Vec::new();
    for (path, text) in documents() {
        let shortens = path == Path::new("ARCHITECTURE.md");
        let names = prose(&text).flat_map(|line| line.split('`').skip(1).step_by(2));
        let files: Vec<&str> = names.filter(is_file).filter(|name| shortens || is_whole(name)).collect();
        assert!(!shortens || files.len() > 50, "{files:?}");
        let gone = files.into_iter().filter(|name| !folders.iter().any(|folder| folder.join(name).is_file()));
        missing.extend(gone.map(|name| format!("{}: {name}", path.display())));
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_map_of_the_readme_names_every_page() {
    let readme = document("README.md");
    let (_, map) = readme.split_once("\n## Documentation\n").unwrap();
    let map = map.split("\n## ").next().unwrap();
    let named: BTreeSet<PathBuf> = targets(map).into_iter().map(PathBuf::from).collect();
    let pages: Vec<PathBuf> = documents().into_keys().filter(|path| path.starts_with("docs")).collect();
    assert!(!pages.is_empty());
    for page in pages {
        assert!(named.contains(&page), "the map has no row for {}", page.display());
    }
}
