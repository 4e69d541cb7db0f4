//! A constraint on a text, and its sentence.

use regex_lite::Regex;

use crate::stand_in::validate::api::{ANY, Rule};

impl Rule {
    /// The sentence of the first part that `text` breaks.
    pub(super) fn broken_by(self, text: &str) -> Option<String> {
        match self {
            Self::OneOf(values) => {
                let known = values.split(", ").any(|value| value == text);
                (!known).then(|| self.every())
            }
            Self::Length(min, max, pattern) => {
                let length = text.chars().count();
                let matches = pattern.is_empty()
                    || Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(text));
                [(length >= min, least(min)), (length <= max, most(max)), (matches, like(pattern))]
                    .into_iter()
                    .find_map(|(holds, sentence)| (!holds).then_some(sentence))
            }
        }
    }

    /// All of it, as lists and maps say it.
    pub(super) fn every(self) -> String {
        match self {
            Self::OneOf(values) => format!("Member must satisfy enum value set: [{values}]"),
            Self::Length(min, max, pattern) => {
                let most = (max != ANY).then(|| most(max));
                let like = (!pattern.is_empty()).then(|| like(pattern));
                most.into_iter().chain([least(min)]).chain(like).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

fn least(min: usize) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn most(max: usize) -> String {
    format!("Member must have length less than or equal to {max}")
}

fn like(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}
