//! One pass over a document before anything of it is decided: how deep it nests, and whether a key stands twice.
//!
//! A duplicate key has no agreed meaning (RFC 8259, 4): one reader takes the first value, another the last. A limit that
//! is checked on one value and not on the other is no limit, so no document with a duplicate key passes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::limits::SHOWN_CHARS;

/// Keys of one object that are compared one by one; a larger object gets a set.
const COMPARED: usize = 16;
/// What a path shows at most, in characters: its end says the most.
const PATH_CHARS: usize = 300;

/// Why [`scan`] rejects a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejected {
    /// Arrays and objects nest deeper than the limit.
    TooDeep,
    /// An object has a key twice; the path of the second one.
    Duplicate(String),
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => f.write_str("nests arrays and objects too deep"),
            Self::Duplicate(path) => write!(f, "{path}: duplicate field"),
        }
    }
}

impl std::error::Error for Rejected {}

/// Checks that `text` nests at most `max_depth` arrays and objects and has no object with a duplicate key, however its
/// escapes are written.
///
/// Takes time linear in the text, whatever it holds. Whether the text is JSON at all is the parser's to say: what is no
/// JSON passes here or not, without a panic.
///
/// # Errors
/// [`Rejected`] at the first place that breaks a rule.
///
/// ```
/// use shared::json::scan::{Rejected, scan};
///
/// assert_eq!(scan(r#"{"a":[{"b":1},{"b":2}]}"#, 3), Ok(()));
/// assert_eq!(scan(r#"{"a":[{"b":1,"\u0062":2}]}"#, 3), Err(Rejected::Duplicate("a[0].b".to_owned())));
/// assert_eq!(scan("[[[]]]", 2), Err(Rejected::TooDeep));
/// ```
pub fn scan(text: &str, max_depth: usize) -> Result<(), Rejected> {
    let bytes = text.as_bytes();
    let mut open = Open::default();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let start = at;
                at = string_end(bytes, start);
                if open.expects_key() {
                    open.key(text.get(start - 1..at).unwrap_or_default())?;
                }
            }
            b'{' | b'[' if open.levels.len() >= max_depth => return Err(Rejected::TooDeep),
            b'{' => open.push(Kind::Object { expects_key: true, seen: None }),
            b'[' => open.push(Kind::Array { index: 0 }),
            b'}' | b']' => open.pop(),
            b',' => open.comma(),
            _ => {}
        }
    }
    Ok(())
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

/// The arrays and objects that are open.
#[derive(Default)]
struct Open<'t> {
    levels: Vec<Level<'t>>,
    /// The keys of every open object so far, the outermost object's first.
    keys: Vec<Cow<'t, [u8]>>,
}

struct Level<'t> {
    kind: Kind<'t>,
    /// Where this level's keys begin.
    first_key: usize,
}

enum Kind<'t> {
    Object { expects_key: bool, seen: Option<HashSet<Cow<'t, [u8]>>> },
    Array { index: usize },
}

impl<'t> Open<'t> {
    fn push(&mut self, kind: Kind<'t>) {
        self.levels.push(Level { kind, first_key: self.keys.len() });
    }

    fn pop(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.keys.truncate(level.first_key);
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

    fn key(&mut self, quoted: &'t str) -> Result<(), Rejected> {
        let key = unescaped(quoted);
        let Some(Level { kind: Kind::Object { expects_key, seen }, first_key }) = self.levels.last_mut() else {
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
        if duplicate { Err(Rejected::Duplicate(self.path())) } else { Ok(()) }
    }

    /// Where the last key stands, from the root.
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

/// A string's bytes, as serde_json gives them where no UTF-8 is asked for.
struct Key(Vec<u8>);

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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn duplicate(text: &str) -> String {
        match scan(text, 128) {
            Err(Rejected::Duplicate(path)) => path,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn duplicate_key_at_any_depth_is_named_by_its_path() {
        assert_eq!(duplicate(r#"{"a":1,"a":2}"#), "a");
        assert_eq!(duplicate(r#"{"x":{},"a":[0,[{"b":{"c d":1, "c d":1}}]]}"#), r#"a[1][0].b["c d"]"#);
        assert_eq!(duplicate(r#"[{},{"a":"}","b":[],"a":0}]"#), "[1].a");
        assert_eq!(duplicate(r#"{"":1,"":2}"#), r#"[""]"#);
    }

    #[test]
    fn duplicate_key_written_with_escapes_is_the_same_key() {
        assert_eq!(duplicate(r#"{"maxTokens":5,"max\u0054okens":6}"#), "maxTokens");
        assert_eq!(duplicate(r#"{"\/":1,"/":2}"#), r#"["/"]"#);
        assert_eq!(duplicate(r#"{"\uD83D\uDE00":1,"😀":2}"#), r#"["😀"]"#);
        // Half a surrogate pair is no character, and the same key all the same.
        duplicate(r#"{"\ud800":1,"\uD800":2}"#);
        assert_eq!(scan(r#"{"\\u0061":1,"a":2}"#, 8), Ok(()));
    }

    #[test]
    fn same_key_in_other_objects_passes() {
        assert_eq!(scan(r#"{"a":{"a":{"a":"a"}},"b":[{"a":1},{"a":1}],"c":"a"}"#, 8), Ok(()));
    }

    #[test]
    fn object_with_many_keys_is_scanned_in_linear_time() {
        let mut members: Vec<String> = (0..200_000).map(|n| format!("\"k{n}\":0")).collect();
        assert_eq!(scan(&format!("{{{}}}", members.join(",")), 8), Ok(()));
        members.push("\"k17\":0".to_owned());
        assert_eq!(duplicate(&format!("{{{}}}", members.join(","))), "k17");
    }

    #[test]
    fn long_path_is_cut_at_its_beginning() {
        let deep = format!("{}{{\"a\":1,\"a\":2}}", "{\"a_rather_long_name\":".repeat(100));
        let path = duplicate(&deep);
        assert!(path.chars().count() == PATH_CHARS + 1 && path.starts_with('…') && path.ends_with(".a"), "{path}");
    }

    #[test]
    fn depth_counts_outside_strings_only() {
        assert_eq!(scan(r#"{"a":["[[[[[\"[["]}"#, 2), Ok(()));
        assert_eq!(scan("[[[]]]", 2), Err(Rejected::TooDeep));
        assert_eq!(scan(&"[".repeat(100_000), 128), Err(Rejected::TooDeep));
    }

    proptest! {
        #[test]
        fn document_without_duplicates_passes(keys in proptest::collection::btree_set("\\PC{0,4}", 0..40)) {
            let object: serde_json::Map<String, Value> = keys.into_iter().map(|key| (key, Value::from(1))).collect();
            prop_assert_eq!(scan(&Value::Object(object).to_string(), 8), Ok(()));
        }

        #[test]
        fn any_text_is_scanned_without_a_panic(text in "[\\[\\]{}\",:\\\\u0aé ]{0,60}") {
            let _ = scan(&text, 8);
        }
    }
}
