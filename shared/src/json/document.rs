//! A document that was parsed once, and its values as parts of its text.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::Raw;
use super::scan::{Node, Rules, scan};

/// Why a text is no document.
#[derive(Debug)]
pub enum ParseError {
    /// It is no JSON.
    Syntax(serde_json::Error),
    /// Arrays and objects nest deeper than this limit.
    TooDeep(usize),
    /// An object has a key twice; the path of the second one.
    Duplicate(String),
}

impl PartialEq for ParseError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => write!(f, "not JSON: {error}"),
            Self::TooDeep(limit) => write!(f, "arrays and objects nest deeper than {limit} levels"),
            Self::Duplicate(path) => write!(f, "{path}: duplicate field"),
        }
    }
}

impl std::error::Error for ParseError {}

/// A JSON text and where its values are.
///
/// ```
/// use shared::json::Document;
///
/// let document = Document::parse(r#"{"a": [1.0, "x"]}"#.to_owned(), 8).unwrap();
/// let items: Vec<&str> = document.root().get("a").unwrap().items().unwrap().map(|item| item.json()).collect();
/// assert_eq!(items, ["1.0", "\"x\""]);
/// assert!(Document::parse(r#"{"a":1,"\u0061":2}"#.to_owned(), 8).is_err());
/// ```
pub struct Document {
    text: Arc<String>,
    nodes: Vec<Node>,
}

impl Document {
    /// Parses `text`, which nests at most `max_depth` arrays and objects and has no duplicate key at any depth.
    ///
    /// # Errors
    /// [`ParseError`] if it is no JSON or breaks one of the two rules.
    pub fn parse(text: String, max_depth: usize) -> Result<Self, ParseError> {
        Self::read(text, Rules::Strict { max_depth })
    }

    /// Parses `text`, whatever its depth and its keys: what a service answers is not ours to reject.
    ///
    /// # Errors
    /// [`ParseError::Syntax`] if it is no JSON.
    pub fn parse_lenient(text: String) -> Result<Self, ParseError> {
        Self::read(text, Rules::Lenient)
    }

    fn read(text: String, rules: Rules) -> Result<Self, ParseError> {
        let nodes = scan(&text, rules)?;
        serde_json::from_str::<&RawValue>(&text).map_err(ParseError::Syntax)?;
        Ok(Self { text: Arc::new(text), nodes })
    }

    /// The whole value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, node: 0 }
    }

    fn node(&self, at: usize) -> Node {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.get(at).copied().unwrap_or(Node { start: 0, end: 0, next: end.max(1) })
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.text.len())
    }
}

/// What kind of value one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`.
    Object,
    /// `[…]`.
    Array,
    /// `"…"`.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        })
    }
}

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document,
    node: usize,
}

impl<'d> Value<'d> {
    /// Its JSON, as it stands in the document.
    pub fn json(&self) -> &'d str {
        let node = self.document.node(self.node);
        self.document.text.get(node.start as usize..node.end as usize).unwrap_or("null")
    }

    /// Its JSON as a part of the document's text, which it keeps alive.
    pub fn raw(&self) -> Raw {
        let node = self.document.node(self.node);
        Raw::part(&self.document.text, node.start, node.end)
    }

    /// Where it stands in the document's text.
    pub(super) fn span(&self) -> (usize, usize) {
        let node = self.document.node(self.node);
        (node.start as usize, node.end as usize)
    }

    /// The text that it is a part of.
    pub(super) fn document_text(&self) -> &'d str {
        &self.document.text
    }

    /// An object's members: from where to where each stands, its name and its value.
    pub(super) fn member_spans(&self) -> impl Iterator<Item = (usize, usize, Cow<'d, str>, Value<'d>)> + use<'d> {
        let keys = (self.kind() == Kind::Object).then(|| self.children().step_by(2)).into_iter().flatten();
        keys.zip(self.members().into_iter().flatten())
            .map(|(key, (name, value))| (key.span().0, value.span().1, name, value))
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self.json().as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// An array's items in order; none if it is no array.
    pub fn items(&self) -> Option<impl Iterator<Item = Value<'d>> + Clone + use<'d>> {
        (self.kind() == Kind::Array).then(|| self.children())
    }

    /// An object's members in order; none if it is no object.
    pub fn members(&self) -> Option<impl Iterator<Item = (Cow<'d, str>, Value<'d>)> + use<'d>> {
        (self.kind() == Kind::Object).then(|| Members(self.children()))
    }

    /// The member `name`; none if there is no such member, or this is no object.
    pub fn get(&self, name: &str) -> Option<Value<'d>> {
        self.members()?.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A string's text; none if it is no string, or holds half a surrogate pair.
    pub fn text(&self) -> Option<Cow<'d, str>> {
        let inside = self.json().strip_prefix('"')?.strip_suffix('"')?;
        match memchr::memchr(b'\\', inside.as_bytes()) {
            None => Some(Cow::Borrowed(inside)),
            Some(_) => serde_json::from_str(self.json()).ok().map(Cow::Owned),
        }
    }

    /// A string's text, with U+FFFD for half a surrogate pair; the JSON of what is no string.
    pub fn text_lossy(&self) -> Cow<'d, str> {
        self.text().unwrap_or_else(|| lossy(self.json()))
    }

    /// Whether `is` holds for this value or for one inside it.
    pub fn any(&self, is: &mut impl FnMut(Value<'d>) -> bool) -> bool {
        let last = self.document.node(self.node).next as usize;
        // Keys are nodes too: they hold nothing, and are strings.
        (self.node..last).any(|node| is(Value { document: self.document, node }))
    }

    /// The nodes one level below.
    fn children(&self) -> Children<'d> {
        Children { document: self.document, next: self.node + 1, end: self.document.node(self.node).next as usize }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({}, {} bytes)", self.kind(), self.json().len())
    }
}

/// A string's text from bytes in which half a surrogate pair has three of its own; it becomes U+FFFD.
pub fn from_wtf8(bytes: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Owned(text) => Cow::Owned(text.replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}")),
        text => text,
    }
}

fn lossy(json: &str) -> Cow<'_, str> {
    match serde_json::from_str::<super::scan::Key>(json) {
        Ok(key) => Cow::Owned(from_wtf8(&key.0).into_owned()),
        Err(_) => Cow::Borrowed(json),
    }
}

#[derive(Clone)]
struct Children<'d> {
    document: &'d Document,
    next: usize,
    end: usize,
}

impl<'d> Iterator for Children<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Value<'d>> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { document: self.document, node: self.next };
        self.next = self.document.node(self.next).next as usize;
        Some(value)
    }
}

/// Keys and values in turn.
struct Members<'d>(Children<'d>);

impl<'d> Iterator for Members<'d> {
    type Item = (Cow<'d, str>, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = (self.0.next()?, self.0.next()?);
        // A key with half a surrogate pair is no name of ours; its spelling stands for it.
        Some((key.text().unwrap_or(Cow::Borrowed(key.json())), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document(text: &str) -> Document {
        Document::parse(text.to_owned(), 64).unwrap()
    }

    #[test]
    fn values_are_parts_of_the_text_as_they_came() {
        let document = document(r#" {"b" : {"z":1.0, "a":[]} ,"\u0061":[ 1e3,"x\n", {"y":null} ]} "#);
        let root = document.root();
        let names: Vec<_> = root.members().unwrap().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(root.get("b").unwrap().json(), r#"{"z":1.0, "a":[]}"#);
        let items: Vec<_> = root.get("a").unwrap().items().unwrap().collect();
        assert_eq!(items.iter().map(Value::json).collect::<Vec<_>>(), ["1e3", r#""x\n""#, r#"{"y":null}"#]);
        assert_eq!(items.iter().map(Value::kind).collect::<Vec<_>>(), [Kind::Number, Kind::String, Kind::Object]);
        assert_eq!(items[1].text().as_deref(), Some("x\n"));
        assert_eq!(items[2].raw().as_str(), r#"{"y":null}"#);
        assert!(items[0].items().is_none() && items[0].members().is_none() && items[0].get("y").is_none());
    }

    #[test]
    fn text_that_is_no_json_is_rejected() {
        for text in ["", " ", "{", "[1,]", "{\"a\"}", "nul", "1 2", "{} x", "\"\u{1}\""] {
            assert!(matches!(Document::parse(text.to_owned(), 8), Err(ParseError::Syntax(_))), "{text}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text_and_stays_in_the_json() {
        let document = document(r#"["\ud83d"]"#);
        let item = document.root().items().unwrap().next().unwrap();
        assert_eq!((item.text(), item.json()), (None, r#""\ud83d""#));
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value as Json;
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            "\\PC{0,6}".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
                proptest::collection::btree_map("\\PC{0,4}", inner, 0..5)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    fn read(value: Value<'_>) -> serde_json::Value {
        if let Some(items) = value.items() {
            return items.map(read).collect();
        }
        match value.members() {
            Some(members) => members.map(|(name, value)| (name.into_owned(), read(value))).collect(),
            None => serde_json::from_str(value.json()).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn any_document_is_read_back_whole(json in any_json()) {
            prop_assert_eq!(read(document(&format!("{json:#}")).root()), json);
        }
    }
}
