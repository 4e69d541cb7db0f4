//! A value's JSON as it came: a part of a shared text, never copied.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// What serde_json calls its own raw values when it writes them as they are.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// The JSON of one value, key order and number spelling as they came. Cloning shares the text.
///
/// It is written out by serde_json as it stands, like its own `RawValue`, which cannot be a part of a shared text.
///
/// ```
/// use shared::json::Raw;
///
/// let raw = Raw::of(&[0.5, 1.0]);
/// assert_eq!(serde_json::to_string(&vec![raw]).unwrap(), "[[0.5,1.0]]");
/// ```
#[derive(Clone)]
pub struct Raw {
    text: Arc<String>,
    start: u32,
    end: u32,
}

impl Raw {
    /// The JSON of `value`. A value that has none (a map with keys that are no strings) is null.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
        let end = u32::try_from(json.len()).unwrap_or(u32::MAX);
        Self { text: Arc::new(json), start: 0, end }
    }

    /// The part of `text` from `start` to `end`, which is one value's JSON.
    pub(super) fn part(text: &Arc<String>, start: u32, end: u32) -> Self {
        Self { text: Arc::clone(text), start, end }
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        self.text.get(self.start as usize..self.end as usize).unwrap_or("null")
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut raw = serializer.serialize_struct(RAW_VALUE, 1)?;
        raw.serialize_field(RAW_VALUE, self.as_str())?;
        raw.end()
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Raw {}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.as_str().len())
    }
}
