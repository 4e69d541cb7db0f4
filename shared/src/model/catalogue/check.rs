//! The strict reading of the table: what a wrong line would silently lose at run time is an error here.

use std::collections::HashSet;

use super::field::{self, Fault};
use super::{Entry, TABLE, lines};
use crate::model::capabilities::{Capabilities, Reasoning, Sampling, TopK};
use crate::model::families::Family;

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong<'a> {
    /// Neither `family <name> …` nor `model <start> <family> …`.
    Form,
    /// The family or the start of an id has a line already.
    Duplicate,
    /// No such family, or its line comes later.
    Family,
    /// A model's key that holds a version, or is no start of an id.
    Start,
    Field(&'a str, Fault),
    /// The field comes twice in the line.
    Twice(&'a str),
    /// The field says what holds without it.
    Redundant(&'a str),
    /// Two fields that cannot both hold.
    Contradiction(&'static str),
}

/// The faults of a table, each with the number of its line.
fn check(table: &str) -> Vec<(usize, Wrong<'_>)> {
    let mut families: Vec<(&str, Capabilities)> = Vec::new();
    let mut starts = HashSet::new();
    let mut faults = Vec::new();
    for (number, line) in lines(table) {
        let read = (|| match Entry::parse(line).ok_or(Wrong::Form)? {
            Entry::Family { name, fields } => {
                Family::from_name(name).ok_or(Wrong::Family)?;
                if families.iter().any(|(known, _)| *known == name) {
                    return Err(Wrong::Duplicate);
                }
                families.push((name, read_fields(Capabilities::default(), fields)?));
                Ok(())
            }
            Entry::Model { start, family, fields } => {
                if !start.contains('.') || start.contains(':') || start.ends_with("-v1") {
                    return Err(Wrong::Start);
                }
                let (_, inherited) = families.iter().find(|(name, _)| *name == family).ok_or(Wrong::Family)?;
                if !starts.insert(start) {
                    return Err(Wrong::Duplicate);
                }
                read_fields(inherited.clone(), fields).map(drop)
            }
        })();
        faults.extend(read.err().map(|wrong| (number, wrong)));
    }
    faults
}

fn read_fields(mut capabilities: Capabilities, fields: &str) -> Result<Capabilities, Wrong<'_>> {
    let mut names = HashSet::new();
    for text in fields.split_whitespace() {
        let before = capabilities.clone();
        field::set(&mut capabilities, text).map_err(|fault| Wrong::Field(text, fault))?;
        if !names.insert(text.split('=').next()) {
            return Err(Wrong::Twice(text));
        }
        if capabilities == before {
            return Err(Wrong::Redundant(text));
        }
    }
    contradiction(&capabilities).map_or(Ok(capabilities), |what| Err(Wrong::Contradiction(what)))
}

fn contradiction(model: &Capabilities) -> Option<&'static str> {
    let too_long = matches!((model.context_tokens, model.max_output_tokens), (Some(all), Some(output)) if output > all);
    let cases = [
        (too_long, "more output than context"),
        (model.always_reasons && model.reasoning == Reasoning::No, "always reasons, and does not"),
        (model.sampling == Sampling::No && matches!(model.top_k, TopK::Flat | TopK::Nested), "top-k without sampling"),
        (!model.system && model.system_turns, "system turns without a system prompt"),
        (model.caching.as_ref().is_some_and(|caching| caching.max_points == 0), "cache points, none of them allowed"),
    ];
    cases.into_iter().find(|(holds, _)| *holds).map(|(_, what)| what)
}

#[test]
fn the_table_has_no_fault() {
    assert_eq!(check(TABLE), []);
}

#[test]
fn every_family_has_a_line() {
    let with_line: Vec<&str> = super::entries(TABLE)
        .filter_map(|entry| match entry {
            Entry::Family { name, .. } => Some(name),
            Entry::Model { .. } => None,
        })
        .collect();
    assert_eq!(with_line, Family::NAMES.map(|(name, _)| name));
}

#[test]
fn a_wrong_line_is_named() {
    let family = "# a comment\n\nfamily nova context=1000 output=100 cache-1h=no\n";
    assert_eq!(check(family), []);
    for (line, wrong) in [
        ("amazon.nova-lite nova", Wrong::Form),
        ("model amazon.nova-lite", Wrong::Form),
        ("family", Wrong::Form),
        ("family nova images=no", Wrong::Duplicate),
        ("family novae images=no", Wrong::Family),
        ("model amazon.nova-lite nova2", Wrong::Family),
        ("model nova-lite nova", Wrong::Start),
        ("model amazon.nova-lite-v1:0 nova", Wrong::Start),
        ("model amazon.nova-lite-v1 nova", Wrong::Start),
        ("model amazon.nova-lite nova pictures=no", Wrong::Field("pictures=no", Fault::Name)),
        ("model amazon.nova-lite nova images", Wrong::Field("images", Fault::Name)),
        ("model amazon.nova-lite nova images=n", Wrong::Field("images=n", Fault::Value)),
        ("model amazon.nova-lite nova context=lots", Wrong::Field("context=lots", Fault::Value)),
        ("model amazon.nova-lite nova context=0", Wrong::Field("context=0", Fault::Value)),
        ("model amazon.nova-lite nova reasoning=yes", Wrong::Field("reasoning=yes", Fault::Value)),
        ("model amazon.nova-lite nova forced-choice=yes", Wrong::Field("forced-choice=yes", Fault::Value)),
        ("model amazon.nova-lite nova cache=tool", Wrong::Field("cache=tool", Fault::Value)),
        ("model amazon.nova-lite nova cache-points=300", Wrong::Field("cache-points=300", Fault::Value)),
        ("model amazon.nova-lite nova end-of-life=2027-02-30", Wrong::Field("end-of-life=2027-02-30", Fault::Value)),
        ("model amazon.nova-lite nova tools=no streamed-tools=yes", Wrong::Field("streamed-tools=yes", Fault::NoTools)),
        ("model amazon.nova-lite nova tools=no strict-tools=no", Wrong::Field("strict-tools=no", Fault::NoTools)),
        ("model amazon.nova-lite nova cache=no cache-minimum=1", Wrong::Field("cache-minimum=1", Fault::NoCaching)),
        ("model amazon.nova-lite nova images=no images=yes", Wrong::Twice("images=yes")),
        ("model amazon.nova-lite nova context=1000", Wrong::Redundant("context=1000")),
        ("model amazon.nova-lite nova images=yes", Wrong::Redundant("images=yes")),
        ("model amazon.nova-lite nova output=1001", Wrong::Contradiction("more output than context")),
        (
            "model amazon.nova-lite nova reasoning=no always-reasons=yes",
            Wrong::Contradiction("always reasons, and does not"),
        ),
        ("model amazon.nova-lite nova sampling=no top-k=top_k", Wrong::Contradiction("top-k without sampling")),
        ("model amazon.nova-lite nova system=no", Wrong::Contradiction("system turns without a system prompt")),
        ("model amazon.nova-lite nova cache-points=0", Wrong::Contradiction("cache points, none of them allowed")),
    ] {
        let table = format!("{family}{line}\n");
        assert_eq!(check(&table), [(4, wrong)], "{line}");
    }
    let twice = format!("{family}model amazon.nova-lite nova\nmodel amazon.nova-lite nova images=no\n");
    assert_eq!(check(&twice), [(5, Wrong::Duplicate)]);
}
