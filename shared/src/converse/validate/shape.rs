//! The vocabulary of the checks: a place in the request, and the kinds of value that may stand there.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use serde_json::value::RawValue;

use crate::json::{self, Object};
use crate::limits::{SHOWN_CHARS, STRING_BYTES};

/// A place in the request. It costs nothing until a refusal writes it down.
#[derive(Debug, Clone, Copy)]
pub struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Index(usize),
}

/// A refused value: where, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

impl<'p> At<'p> {
    /// The request itself.
    pub const ROOT: At<'static> = At { parent: None, step: Step::Root };

    /// A member of the object here.
    pub fn field<'a>(&'a self, name: &'a str) -> At<'a> {
        At { parent: Some(self), step: Step::Field(name) }
    }

    /// An item of the array here.
    pub fn index<'a>(&'a self, index: usize) -> At<'a> {
        At { parent: Some(self), step: Step::Index(index) }
    }

    /// A refusal of what stands here.
    pub fn invalid(&self, problem: impl fmt::Display) -> Invalid {
        match self.step {
            Step::Root => Invalid(problem.to_string()),
            _ => Invalid(format!("{self}: {problem}")),
        }
    }

    fn expected(&self, expected: &str, found: &RawValue) -> Invalid {
        self.invalid(format_args!("expected {expected}, found {}", json::kind(found)))
    }

    /// An object.
    pub(super) fn object<'a>(&self, raw: &'a RawValue) -> Result<Object<'a>, Invalid> {
        Object::read(raw).ok_or_else(|| self.expected("an object", raw))
    }

    /// An array.
    pub(super) fn array<'a>(&self, raw: &'a RawValue) -> Result<Vec<&'a RawValue>, Invalid> {
        json::array(raw).ok_or_else(|| self.expected("an array", raw))
    }

    /// An array of no more than `most` items.
    pub(super) fn array_of<'a>(&self, raw: &'a RawValue, most: usize) -> Result<Vec<&'a RawValue>, Invalid> {
        let items = self.array(raw)?;
        if items.len() > most {
            return Err(self.invalid(format_args!("expected {most} items at the most, found {}", items.len())));
        }
        Ok(items)
    }

    /// A string that is no content, such as a name.
    pub(super) fn string<'a>(&self, raw: &'a RawValue) -> Result<Cow<'a, str>, Invalid> {
        let text = self.text(raw)?;
        if text.len() > STRING_BYTES {
            return Err(self.invalid(format_args!("expected {STRING_BYTES} bytes at the most, found {}", text.len())));
        }
        Ok(text)
    }

    /// Content: as long as the body may be.
    pub(super) fn text<'a>(&self, raw: &'a RawValue) -> Result<Cow<'a, str>, Invalid> {
        match json::string(raw) {
            Some(text) => Ok(text),
            None if raw.get().starts_with('"') => Err(self.invalid("holds an escape that is no Unicode character")),
            None => Err(self.expected("a string", raw)),
        }
    }

    /// A number.
    pub(super) fn number(&self, raw: &RawValue) -> Result<(), Invalid> {
        if json::kind(raw) == "a number" { Ok(()) } else { Err(self.expected("a number", raw)) }
    }

    /// Bytes: a string in base64 (RFC 4648, with padding).
    pub(super) fn base64(&self, raw: &RawValue) -> Result<(), Invalid> {
        let text = self.text(raw)?;
        match base64::engine::general_purpose::STANDARD.decode(text.as_bytes()) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.invalid(format_args!("expected base64: {error}"))),
        }
    }

    /// A member that must be there.
    pub(super) fn required<'a>(&self, object: &Object<'a>, name: &str) -> Result<&'a RawValue, Invalid> {
        object.get(name).ok_or_else(|| self.field(name).invalid("missing"))
    }

    /// An object with exactly one member, one of `kinds`.
    pub(super) fn union<'a>(
        &self,
        raw: &'a RawValue,
        kinds: &[&'static str],
    ) -> Result<(&'static str, &'a RawValue), Invalid> {
        let object = self.object(raw)?;
        let names = || {
            let names: Vec<_> = object.entries().iter().take(8).map(|(name, _)| shown(name)).collect();
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        };
        let known = match object.entries() {
            [(name, value)] => kinds.iter().find(|kind| *kind == name).map(|kind| (*kind, *value)),
            _ => None,
        };
        known.ok_or_else(|| {
            self.invalid(format_args!("expected exactly one of {}; found {}", kinds.join(", "), names()))
        })
    }
}

/// A name as it may be shown: short, and without control characters.
pub(super) fn shown(name: &str) -> String {
    let short: String = name.chars().take(SHOWN_CHARS).collect();
    format!("{short:?}")
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nested = match self.parent {
            Some(parent) if !matches!(parent.step, Step::Root) => {
                fmt::Display::fmt(parent, f)?;
                true
            }
            _ => false,
        };
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if nested => write!(f, ".{name}"),
            Step::Field(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}
