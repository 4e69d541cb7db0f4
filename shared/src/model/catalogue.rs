//! The catalogue: a table in a file, read for the models that are requested.
//!
//! `catalogue.txt` says how its lines are written, where they come from, and where sources disagree. A family's line
//! has what holds for all of its models, a model's line what differs. Nothing is read ahead: a look-up scans the text
//! once for the model, once for its family.

use super::capabilities::Capabilities;
use super::families::Family;

#[cfg(test)]
mod check;
mod field;

const TABLE: &str = include_str!("catalogue.txt");

/// What the catalogue has of the model `base_id`: the line whose start of an id is the longest that fits.
pub fn find(base_id: &str) -> Option<(Family, Capabilities)> {
    let (_, family_name, fields) = line_of(TABLE, base_id)?;
    let of_family = entries(TABLE).find_map(|entry| match entry {
        Entry::Family { name, fields } if name == family_name => Some(fields),
        Entry::Family { .. } | Entry::Model { .. } => None,
    })?;
    let mut capabilities = Capabilities::default();
    for field in of_family.split_whitespace().chain(fields.split_whitespace()) {
        // What cannot be read counts as not known; the strict check of the tests lets no such field in.
        field::set(&mut capabilities, field).ok();
    }
    Some((Family::from_name(family_name)?, capabilities))
}

/// The start of an id on the line that [`find`] reads for `base_id`. One that ends with `-` or `.` is a group's.
pub fn start_of(base_id: &str) -> Option<&'static str> {
    line_of(TABLE, base_id).map(|(start, ..)| start)
}

/// The start of an id on each model's line.
pub fn starts() -> impl Iterator<Item = &'static str> {
    entries(TABLE).filter_map(|entry| match entry {
        Entry::Model { start, .. } => Some(start),
        Entry::Family { .. } => None,
    })
}

/// A line of the table; `fields` are `name=value`, apart by spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry<'a> {
    Family { name: &'a str, fields: &'a str },
    Model { start: &'a str, family: &'a str, fields: &'a str },
}

impl<'a> Entry<'a> {
    /// Reads a line that is neither empty nor a comment.
    fn parse(line: &'a str) -> Option<Self> {
        let (kind, rest) = split_word(line);
        let (name, rest) = split_word(rest);
        match kind {
            "family" if !name.is_empty() => Some(Self::Family { name, fields: rest }),
            "model" => {
                let (family, fields) = split_word(rest);
                (!family.is_empty()).then_some(Self::Model { start: name, family, fields })
            }
            _ => None,
        }
    }
}

fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// The lines that say something, each with its number.
fn lines(table: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(table.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn entries(table: &str) -> impl Iterator<Item = Entry<'_>> {
    lines(table).filter_map(|(_, line)| Entry::parse(line))
}

/// Whether `base_id` begins with `start`, and not in the midst of a part: `openai.gpt-6` is not the start of
/// `openai.gpt-6.1-sol`, `openai.gpt-6.` is.
fn fits(start: &str, base_id: &str) -> bool {
    base_id
        .strip_prefix(start)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':']) || start.ends_with(['-', '.']))
}

/// The line of the model `base_id`: its start, its family's name, its fields.
fn line_of<'a>(table: &'a str, base_id: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let models = entries(table).filter_map(|entry| match entry {
        Entry::Model { start, family, fields } if fits(start, base_id) => Some((start, family, fields)),
        Entry::Model { .. } | Entry::Family { .. } => None,
    });
    models.max_by_key(|(start, ..)| start.len())
}
