//! A place in a document, and the kinds of value that may stand there.

use std::borrow::Cow;
use std::fmt;

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeSliceError, Engine as _};

use super::{Kind, Value};
use crate::limits::{SHOWN_CHARS, STRING_BYTES};

/// Base64 is checked in pieces of so many characters, so that no media is held twice.
const BASE64_PIECE: usize = 4096;

/// A place in a document. It costs nothing until an error writes it down.
///
/// ```
/// use shared::json::JsonPath;
///
/// let messages = JsonPath::ROOT.field("messages");
/// assert_eq!(messages.index(0).field("role").to_string(), "messages[0].role");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct JsonPath<'p> {
    parent: Option<&'p JsonPath<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Index(usize),
}

/// A value that is rejected: its path, and what was expected. `Display` is one sentence for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

impl<'p> JsonPath<'p> {
    /// The document itself.
    pub const ROOT: JsonPath<'static> = JsonPath { parent: None, step: Step::Root };

    /// A member of the object here.
    pub fn field<'a>(&'a self, name: &'a str) -> JsonPath<'a> {
        JsonPath { parent: Some(self), step: Step::Field(name) }
    }

    /// An item of the array here.
    pub fn index<'a>(&'a self, index: usize) -> JsonPath<'a> {
        JsonPath { parent: Some(self), step: Step::Index(index) }
    }

    /// What is wrong with the value here.
    pub fn invalid(&self, problem: impl fmt::Display) -> Invalid {
        match self.step {
            Step::Root => Invalid(problem.to_string()),
            _ => Invalid(format!("{self}: {problem}")),
        }
    }

    /// The value here has another kind than `expected`.
    pub fn expected(&self, expected: &str, found: Value<'_>) -> Invalid {
        self.invalid(format_args!("expected {expected}, found {}", found.kind()))
    }

    /// An object's members, without those that are null: null is absent.
    ///
    /// # Errors
    /// [`Invalid`] if it is no object.
    pub fn members<'d>(
        &self,
        value: Value<'d>,
    ) -> Result<impl Iterator<Item = (Cow<'d, str>, Value<'d>)> + use<'d>, Invalid> {
        let members = value.members().ok_or_else(|| self.expected("an object", value))?;
        Ok(members.filter(|(_, value)| value.kind() != Kind::Null))
    }

    /// An object.
    ///
    /// # Errors
    /// [`Invalid`] if it is none.
    pub fn object(&self, value: Value<'_>) -> Result<(), Invalid> {
        self.members(value).map(drop)
    }

    /// An object with no other members than `known`.
    ///
    /// # Errors
    /// [`Invalid`] if it is none, or at the first other member; it names the one that was probably meant.
    pub fn only(&self, value: Value<'_>, known: &[&str]) -> Result<(), Invalid> {
        match self.members(value)?.find(|(name, _)| !known.contains(&name.as_ref())) {
            None => Ok(()),
            Some((name, _)) => {
                let likely = likely(&name, known.iter().copied()).map(|name| format!(" Is it {name}?"));
                let (likely, known) = (likely.unwrap_or_default(), known.join(", "));
                Err(self.invalid(format_args!("unknown field {}.{likely} Fields are {known}.", shown(&name))))
            }
        }
    }

    /// An array's items, at most `most`.
    ///
    /// # Errors
    /// [`Invalid`] if it is no array, or a longer one.
    pub fn items<'d>(
        &self,
        value: Value<'d>,
        most: usize,
    ) -> Result<impl Iterator<Item = Value<'d>> + use<'d>, Invalid> {
        let items = value.items().ok_or_else(|| self.expected("an array", value))?;
        match items.clone().count() {
            count if count > most => Err(self.invalid(format_args!("expected at most {most} items, found {count}"))),
            _ => Ok(items),
        }
    }

    /// A string that is no content, such as a name.
    ///
    /// # Errors
    /// [`Invalid`] if it is no string, or longer than [`STRING_BYTES`].
    pub fn string<'d>(&self, value: Value<'d>) -> Result<Cow<'d, str>, Invalid> {
        let text = self.text(value)?;
        if text.len() > STRING_BYTES {
            return Err(self.invalid(format_args!("expected at most {STRING_BYTES} bytes, found {}", text.len())));
        }
        Ok(text)
    }

    /// Content: as long as the body may be.
    ///
    /// # Errors
    /// [`Invalid`] if it is no string of Unicode characters.
    pub fn text<'d>(&self, value: Value<'d>) -> Result<Cow<'d, str>, Invalid> {
        match value.text() {
            Some(text) => Ok(text),
            None if value.kind() == Kind::String => Err(self.invalid("holds an escape that is no Unicode character")),
            None => Err(self.expected("a string", value)),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// [`Invalid`] if it is none.
    pub fn number(&self, value: Value<'_>) -> Result<(), Invalid> {
        if value.kind() == Kind::Number { Ok(()) } else { Err(self.expected("a number", value)) }
    }

    /// Bytes: a string in base64 (RFC 4648, with padding).
    ///
    /// # Errors
    /// [`Invalid`] if it is no string or no base64.
    pub fn base64(&self, value: Value<'_>) -> Result<(), Invalid> {
        let text = self.text(value)?;
        let mut bytes = [0; BASE64_PIECE];
        let pieces = text.as_bytes().chunks(BASE64_PIECE);
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.enumerate() {
            // Padding ends the text, so no piece but the last has any.
            let error = match STANDARD.decode_slice(piece, &mut bytes) {
                Ok(_) if at == last || !piece.contains(&b'=') => continue,
                Ok(_) => "padding inside".to_owned(),
                Err(DecodeSliceError::DecodeError(error)) if at == 0 => error.to_string(),
                Err(error) => format!("{error} (counted from offset {})", at * BASE64_PIECE),
            };
            return Err(self.invalid(format_args!("expected base64: {error}")));
        }
        Ok(())
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// [`Invalid`] if it is absent, or null.
    pub fn required<'d>(&self, object: Value<'d>, name: &str) -> Result<Value<'d>, Invalid> {
        self.optional(object, name).ok_or_else(|| self.field(name).invalid("missing"))
    }

    /// A member that may be there; null is absent.
    pub fn optional<'d>(&self, object: Value<'d>, name: &str) -> Option<Value<'d>> {
        object.get(name).filter(|value| value.kind() != Kind::Null)
    }

    /// An object with exactly one member, one of `kinds`.
    ///
    /// # Errors
    /// [`Invalid`] that lists the kinds and what was found.
    pub fn union<'d>(&self, value: Value<'d>, kinds: &[&'static str]) -> Result<(&'static str, Value<'d>), Invalid> {
        let mut members = self.members(value)?;
        let found = members.next();
        let known = match (&found, members.next()) {
            (Some((name, value)), None) => kinds.iter().find(|kind| *kind == name).map(|kind| (*kind, *value)),
            _ => None,
        };
        known.ok_or_else(|| {
            let names: Vec<String> =
                value.members().into_iter().flatten().take(8).map(|(name, _)| shown(&name)).collect();
            let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            self.invalid(format_args!("expected exactly one of {}; found {names}", kinds.join(", ")))
        })
    }
}

/// Which of `known` was probably meant by `name`; none if nothing comes close.
pub fn likely<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters = |name: &str| name.to_lowercase().replace(['_', '-'], "");
    let name = letters(name);
    let rated = known.into_iter().map(|known| (strsim::jaro_winkler(&name, &letters(known)), known));
    rated.filter(|(rating, _)| *rating > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// A number that is whole however it is written: `4096`, `4096.0`, `4.096e3`.
pub fn whole_number(value: Value<'_>) -> Option<u32> {
    if value.kind() != Kind::Number {
        return None;
    }
    let number: f64 = value.json().parse().ok()?;
    let whole = (0.0..=f64::from(u32::MAX)).contains(&number) && number.fract() == 0.0;
    whole.then_some(number as u32)
}

/// A text as an error may show it: short, quoted, and without control characters.
pub fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARS).collect();
    format!("{short:?}")
}

impl fmt::Display for JsonPath<'_> {
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
