//! Bedrock pads every payload with a member `p` of letters, so that the length of a frame does not tell what it says. Our
//! callers do not get it.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::json::Raw;

/// Where the padding is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Here, with the comma that belongs to it; nowhere if the range is empty.
    At(Range<usize>),
    /// Not in a place that can be cut out: its key holds escapes, or it stands twice.
    Nested,
}

/// Finds the member whose value is `value`, a part of `payload`.
pub(super) fn find(payload: &[u8], value: Option<&RawValue>) -> Found {
    let Some(value) = value.map(RawValue::get) else { return Found::At(0..0) };
    locate(payload, value).map_or(Found::Nested, Found::At)
}

fn locate(payload: &[u8], value: &str) -> Option<Range<usize>> {
    let start = (value.as_ptr() as usize).checked_sub(payload.as_ptr() as usize)?;
    let end = start + value.len();
    let before = trimmed_end(payload.get(..start)?).strip_suffix(b":")?;
    let before = trimmed_end(trimmed_end(before).strip_suffix(b"\"p\"")?);
    if let Some(before) = before.strip_suffix(b",") {
        return Some(before.len()..end);
    }
    let first = before.strip_suffix(b"{")?.len() + 1;
    let after = payload.get(end..)?;
    let blanks = after.len() - after.trim_ascii_start().len();
    let comma = usize::from(after.get(blanks) == Some(&b','));
    Some(first..end + (blanks + 1) * comma)
}

fn trimmed_end(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_end()
}

/// The payload without its padding, written anew; every other member as it came.
pub(super) fn removed(payload: &[u8]) -> Result<Bytes, serde_json::Error> {
    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
    use serde::ser::{SerializeMap as _, Serializer as _};

    #[derive(serde::Deserialize)]
    struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
    struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);
    impl<'de> Deserialize<'de> for Members<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct All;
            impl<'de> Visitor<'de> for All {
                type Value = Members<'de>;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some((Key(name), value)) = map.next_entry()? {
                        members.push((name, value));
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(All)
        }
    }

    let Members(members) = serde_json::from_slice(payload)?;
    let mut out = Vec::with_capacity(payload.len());
    let mut serializer = serde_json::Serializer::new(&mut out);
    let mut map = serializer.serialize_map(None)?;
    for (name, value) in members.iter().filter(|(name, _)| name != "p") {
        map.serialize_entry(name, &Raw::of(*value))?;
    }
    map.end()?;
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converse::stream_event::StreamEvent;
    use proptest::prelude::*;

    fn without_padding(payload: &str) -> String {
        let event = StreamEvent::parse("other", Bytes::copy_from_slice(payload.as_bytes())).unwrap();
        String::from_utf8(event.payload().concat()).unwrap()
    }

    #[test]
    fn padding_is_cut_out_and_every_other_byte_stays() {
        for (payload, expected) in [
            (r#"{"b":1.0,"p":"abc","a":{"p":2,"z":0.80}}"#, r#"{"b":1.0,"a":{"p":2,"z":0.80}}"#),
            (r#"{"p":"abc","role":"assistant"}"#, r#"{"role":"assistant"}"#),
            (r#"{ "p" : "abc" , "a":1}"#, r#"{ "a":1}"#),
            (r#"{"a":1 , "p" : "abc" }"#, r#"{"a":1  }"#),
            (r#"{"p":"abc"}"#, "{}"),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1.0,"\u0070":"abc"}"#, r#"{"a":1.0}"#),
            (r#"{"p":1,"a":1.0,"p":2}"#, r#"{"a":1.0}"#),
            (r#"{"p":null,"a":1}"#, r#"{"a":1}"#),
        ] {
            assert_eq!(without_padding(payload).replace(' ', ""), expected.replace(' ', ""), "{payload}");
        }
    }

    #[test]
    fn what_is_no_object_is_no_event() {
        for payload in ["", "[]", "1", "{", "{} x", "{\"a\":}"] {
            for name in ["other", "contentBlockDelta", "messageStop"] {
                let event = StreamEvent::parse(name, Bytes::copy_from_slice(payload.as_bytes()));
                assert!(event.is_err(), "{name} {payload}: {event:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn removing_padding_leaves_the_others_as_they_were(members in proptest::collection::btree_map("[a-zp\"\\\\\u{e9}]{1,3}", "\\PC{0,8}", 0..5)) {
            let whole = serde_json::to_string(&members).unwrap();
            let mut expected = members;
            expected.remove("p");
            let rest: serde_json::Value = serde_json::from_str(&without_padding(&whole)).unwrap();
            prop_assert_eq!(rest, serde_json::to_value(&expected).unwrap());
        }
    }
}
