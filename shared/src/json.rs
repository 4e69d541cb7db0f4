//! JSON read without a tree: objects and arrays as borrowed raw parts, in the order they came.
//!
//! What passes through us to Bedrock, or from it to the caller, must keep its key order and the
//! spelling of its numbers. `RawValue` does both; these readers open just the levels we act on.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

pub mod scan;

/// An object's entries in the order they came, duplicates included.
pub struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Reads `raw`, or `None` where it is no object.
    pub fn read(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// The entries in order.
    pub fn entries(&self) -> &[(Cow<'a, str>, &'a RawValue)] {
        &self.0
    }

    /// The value of the first entry called `name`.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} entries)", self.0.len())
    }
}

/// A key that borrows where it holds no escape. (`Cow` alone always owns.)
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// An array's items in order, or `None` where `raw` is no array.
pub fn array(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// A string's value, or `None` where `raw` is no string (or holds half a surrogate pair).
pub fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Key<'_>>(raw.get()).ok().map(|key| key.0)
}

/// `text` as JSON writes it, quotes and escapes included.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What kind of value `raw` is, in JSON's words, for a message.
pub fn kind(raw: &RawValue) -> &'static str {
    match raw.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// `payload`, an object, without its top-level member `name`; every other byte as it came.
///
/// # Errors
/// Where `payload` is no JSON object.
pub fn without_member(payload: &[u8], name: &str) -> Result<Vec<u8>, serde_json::Error> {
    struct Rest<'n>(&'n str, usize);
    impl<'de> serde::de::DeserializeSeed<'de> for Rest<'_> {
        type Value = Vec<u8>;
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
            deserializer.deserialize_map(self)
        }
    }
    impl<'de> Visitor<'de> for Rest<'_> {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u8>, A::Error> {
            let mut out = Vec::with_capacity(self.1);
            out.push(b'{');
            while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &RawValue>()? {
                if key == self.0 {
                    continue;
                }
                if out.len() > 1 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut out, &key).map_err(serde::de::Error::custom)?;
                out.push(b':');
                out.extend_from_slice(value.get().as_bytes());
            }
            out.push(b'}');
            Ok(out)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let out = serde::de::DeserializeSeed::deserialize(Rest(name, payload.len()), &mut deserializer)?;
    deserializer.end()?;
    Ok(out)
}

/// Writes items of raw JSON as one array.
pub fn raw_array<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(item);
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn removing_a_member_leaves_the_others_as_they_were(members in proptest::collection::btree_map("[a-zp\"\\\\\u{e9}]{1,3}", "\\PC{0,8}", 0..5)) {
            let whole = serde_json::to_value(&members).unwrap();
            let rest = without_member(whole.to_string().as_bytes(), "p").unwrap();
            let mut expected = members;
            expected.remove("p");
            prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&rest).unwrap(), serde_json::to_value(&expected).unwrap());
        }

        #[test]
        fn any_bytes_are_taken_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(rest) = without_member(&bytes, "p") {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&rest).is_ok());
            }
        }
    }

    #[test]
    fn removing_a_member_keeps_order_and_number_spelling() {
        let payload = br#"{"b":1.0,"p":"abc","a":{"p":2,"z":0.80},"c":1e2}"#;
        let rest = without_member(payload, "p").ok();
        assert_eq!(rest.as_deref(), Some(&br#"{"b":1.0,"a":{"p":2,"z":0.80},"c":1e2}"#[..]));
    }

    #[test]
    fn removing_a_member_refuses_what_is_no_object() {
        for payload in ["", "[]", "1", "{", "{} x", "{\"a\":}"] {
            assert!(without_member(payload.as_bytes(), "p").is_err(), "{payload}");
        }
    }

    #[test]
    fn an_object_keeps_duplicates_and_order() {
        let raw: &RawValue = serde_json::from_str(r#"{"b":1,"a":2,"b":3}"#).unwrap();
        let object = Object::read(raw).map(|o| o.entries().iter().map(|(k, _)| k.to_string()).collect::<Vec<_>>());
        assert_eq!(object, Some(vec!["b".to_owned(), "a".to_owned(), "b".to_owned()]));
    }
}
