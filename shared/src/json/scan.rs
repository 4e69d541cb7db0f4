//! One pass over a text: how deep it nests, whether a key stands twice, and where each of its values is.
//!
//! A duplicate key has no agreed meaning (RFC 8259, 4): one reader takes the first value, another the last. A limit that
//! is checked on one value and not on the other is no limit, so no document with a duplicate key passes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Visitor};

use super::ParseError;
use crate::limits::SHOWN_CHARS;

/// Keys of one object that are compared one by one; a larger object gets a set.
const COMPARED: usize = 16;
/// What a path shows at most, in characters: its end says the most.
const PATH_CHARS: usize = 300;

/// A value in the text, or a key. The nodes of an array are its items; those of an object a key and its value in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    /// The offset of its first byte.
    pub(super) start: u32,
    /// The offset behind its last byte.
    pub(super) end: u32,
    /// The index of the node behind all that is inside this one.
    pub(super) next: u32,
}

/// What a document must keep to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rules {
    /// At most so many arrays and objects inside each other, and no duplicate key.
    Strict { max_depth: usize },
    /// Nothing but JSON.
    Lenient,
}

/// Finds the values of `text`, in the order they stand.
///
/// Takes time linear in the text, whatever it holds. Whether the text is JSON is a parser's to say: for what is not, the
/// nodes mean nothing.
///
/// # Errors
/// [`ParseError::TooDeep`] or [`ParseError::Duplicate`] at the first place that breaks the rule.
pub(super) fn scan(text: &str, rules: Rules) -> Result<Vec<Node>, ParseError> {
    let (max_depth, strict) = match rules {
        Rules::Strict { max_depth } => (max_depth, true),
        Rules::Lenient => (usize::MAX, false),
    };
    let bytes = text.as_bytes();
    let mut open = Open::default();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                open.leaf(start, at);
                if strict && open.expects_key() {
                    open.key(text.get(start..at).unwrap_or_default())?;
                }
            }
            b'{' | b'[' if open.levels.len() >= max_depth => return Err(ParseError::TooDeep(max_depth)),
            b'{' => open.push(start, Kind::Object { expects_key: true, seen: None }),
            b'[' => open.push(start, Kind::Array { index: 0 }),
            b'}' | b']' => open.pop(at),
            b',' => open.comma(),
            b':' | b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => {
                at = scalar_end(bytes, at);
                open.leaf(start, at);
            }
        }
    }
    Ok(open.nodes)
}

/// The offset behind the closing quote of a string whose inside begins at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// The offset behind a number or a word.
fn scalar_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| b",]}: \n\r\t".contains(byte)).unwrap_or(rest.len())
}

fn offset(at: usize) -> u32 {
    // No text is longer: bodies and frames are limited far below.
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The nodes so far, and the arrays and objects that are open.
#[derive(Default)]
struct Open<'t> {
    nodes: Vec<Node>,
    levels: Vec<Level<'t>>,
    /// The keys of every open object so far, the outermost object's first.
    keys: Vec<Cow<'t, [u8]>>,
}

struct Level<'t> {
    kind: Kind<'t>,
    /// The index of its node.
    node: usize,
    /// Where its keys begin.
    first_key: usize,
}

enum Kind<'t> {
    Object { expects_key: bool, seen: Option<HashSet<Cow<'t, [u8]>>> },
    Array { index: usize },
}

impl<'t> Open<'t> {
    fn leaf(&mut self, start: usize, end: usize) {
        let next = offset(self.nodes.len() + 1);
        self.nodes.push(Node { start: offset(start), end: offset(end), next });
    }

    fn push(&mut self, start: usize, kind: Kind<'t>) {
        self.levels.push(Level { kind, node: self.nodes.len(), first_key: self.keys.len() });
        self.leaf(start, start);
    }

    fn pop(&mut self, end: usize) {
        let Some(level) = self.levels.pop() else { return };
        self.keys.truncate(level.first_key);
        let next = offset(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(level.node) {
            (node.end, node.next) = (offset(end), next);
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.levels.last(), Some(Level { kind: Kind::Object { expects_key: true, .. }, .. }))
    }

    fn comma(&mut self) {
        match self.levels.last_mut().map(|level| &mut level.kind) {
            Some(Kind::Object { expects_key, .. }) => *expects_key = true,
            Some(Kind::Array { index }) => *index += 1,
            None => {}
        }
    }

    fn key(&mut self, quoted: &'t str) -> Result<(), ParseError> {
        let key = unescaped(quoted);
        let Some(Level { kind: Kind::Object { expects_key, seen }, first_key, .. }) = self.levels.last_mut() else {
            return Ok(());
        };
        *expects_key = false;
        let before = self.keys.get(*first_key..).unwrap_or_default();
        let duplicate = match seen {
            Some(seen) => !seen.insert(key.clone()),
            None if before.len() < COMPARED => before.contains(&key),
            None => {
                let mut all: HashSet<_> = before.iter().cloned().collect();
                let duplicate = !all.insert(key.clone());
                *seen = Some(all);
                duplicate
            }
        };
        self.keys.push(key);
        if duplicate { Err(ParseError::Duplicate(self.path())) } else { Ok(()) }
    }

    /// The place of the last key, from the root.
    fn path(&self) -> String {
        let mut path = String::new();
        let key_ends = self.levels.iter().skip(1).map(|level| level.first_key).chain([self.keys.len()]);
        for (level, key_end) in self.levels.iter().zip(key_ends) {
            match &level.kind {
                Kind::Array { index } => path.push_str(&format!("[{index}]")),
                Kind::Object { .. } => {
                    let key = key_end.checked_sub(1).and_then(|last| self.keys.get(last));
                    write_key(&mut path, key.map(AsRef::as_ref).unwrap_or_default());
                }
            }
        }
        let chars = path.chars().count();
        if chars <= PATH_CHARS {
            path
        } else {
            format!("…{}", path.chars().skip(chars - PATH_CHARS).collect::<String>())
        }
    }
}

/// `.name`, or `["…"]` for a key that would not read as a name.
fn write_key(path: &mut String, key: &[u8]) {
    let key = String::from_utf8_lossy(key);
    let is_name = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let shown: String = key.chars().take(SHOWN_CHARS).collect();
    match is_name {
        true if path.is_empty() => path.push_str(&shown),
        true => path.push_str(&format!(".{shown}")),
        false => path.push_str(&format!("[{shown:?}]")),
    }
}

/// The key that `quoted` is the JSON of, in bytes: half a surrogate pair has no UTF-8. What is no JSON string stands for
/// itself.
fn unescaped(quoted: &str) -> Cow<'_, [u8]> {
    if !quoted.contains('\\') {
        return Cow::Borrowed(quoted.trim_matches('"').as_bytes());
    }
    serde_json::from_str::<Key>(quoted).map_or(Cow::Borrowed(quoted.as_bytes()), |key| Cow::Owned(key.0))
}

/// A string's bytes, as serde_json gives them to whom does not ask for UTF-8.
pub(super) struct Key(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Key, E> {
                Ok(Key(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests;
