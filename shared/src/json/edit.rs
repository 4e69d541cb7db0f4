//! Changes to a value's JSON: parts replaced and members removed, every other byte as it came.

use super::{Raw, Value};

/// Changes to one value.
#[derive(Debug)]
pub struct Edit<'d> {
    whole: Value<'d>,
    /// Which parts become what, by their place in the document's text.
    changes: Vec<(usize, usize, String)>,
}

impl<'d> Edit<'d> {
    /// No change of `whole` yet.
    pub fn of(whole: Value<'d>) -> Self {
        Self { whole, changes: Vec::new() }
    }

    /// Replaces `part`, a value inside, by `with`.
    pub fn replace(&mut self, part: Value<'_>, with: &Raw) {
        let (start, end) = part.span();
        self.changes.push((start, end, with.as_str().to_owned()));
    }

    /// Removes the members of `object`, a value inside, that `which` picks.
    pub fn remove_members(&mut self, object: Value<'_>, which: impl Fn(&str, Value<'_>) -> bool) {
        let members: Vec<_> = object.member_spans().collect();
        let kept: Vec<bool> = members.iter().map(|(_, _, name, value)| !which(name, *value)).collect();
        let first_kept = kept.iter().position(|kept| *kept);
        for (at, (start, end, _, _)) in members.iter().enumerate().filter(|(at, _)| kept.get(*at) == Some(&false)) {
            // With the comma before it; the members before the first that stays, with the comma behind.
            let before = at.checked_sub(1).and_then(|before| members.get(before)).map(|member| member.1);
            let behind = members.get(at + 1).map(|member| member.0);
            let (from, to) = match (first_kept, before, behind) {
                (Some(first), Some(before), _) if at > first => (before, *end),
                (Some(_), _, Some(behind)) => (*start, behind),
                _ => (*start, behind.unwrap_or(*end)),
            };
            self.changes.push((from, to, String::new()));
        }
    }

    /// Whether there is a change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The JSON with the changes made; a change inside another one is lost.
    pub fn apply(mut self) -> String {
        self.changes.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let (start, end) = self.whole.span();
        let text = self.whole.document_text();
        let (mut out, mut at) = (String::with_capacity(end - start), start);
        for (from, to, with) in self.changes {
            if from >= at {
                out.push_str(text.get(at..from).unwrap_or_default());
                out.push_str(&with);
                at = to;
            }
        }
        out.push_str(text.get(at..end).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Kind};
    use proptest::prelude::*;

    fn stripped(json: &str) -> String {
        let document = Document::parse(json.to_owned(), 32).unwrap();
        let mut edit = Edit::of(document.root());
        edit.remove_members(document.root(), |_, value| value.kind() == Kind::Null);
        edit.apply()
    }

    #[test]
    fn removed_members_leave_every_other_byte() {
        for (json, expected) in [
            (r#"{"a":null}"#, "{}"),
            (r#"{"a":null,"b":1.0}"#, r#"{"b":1.0}"#),
            (r#"{"a":1.0,"b":null}"#, r#"{"a":1.0}"#),
            (r#"{"a":null,"b":null,"c":1,"d":null,"e":2,"f":null}"#, r#"{"c":1,"e":2}"#),
            (r#"{ "a" : null , "b" : 1 }"#, r#"{ "b" : 1 }"#),
        ] {
            assert_eq!(stripped(json), expected, "{json}");
        }
    }

    #[test]
    fn replaced_parts_stand_in_their_places() {
        let document = Document::parse(r#"{"a":[1,"x"],"b":{"c":"y"}}"#.to_owned(), 8).unwrap();
        let root = document.root();
        let mut edit = Edit::of(root);
        edit.replace(root.get("b").unwrap().get("c").unwrap(), &Raw::of("z"));
        edit.replace(root.get("a").unwrap().items().unwrap().next().unwrap(), &Raw::of(&[7]));
        assert_eq!(edit.apply(), r#"{"a":[[7],"x"],"b":{"c":"z"}}"#);
    }

    proptest! {
        #[test]
        fn what_is_left_is_the_same_without_nulls(members in proptest::collection::btree_map("[a-z]{1,2}", proptest::option::of(0..9), 0..8)) {
            let json = serde_json::to_string(&members).unwrap();
            let expected: std::collections::BTreeMap<_, _> = members.into_iter().filter(|(_, value)| value.is_some()).collect();
            prop_assert_eq!(stripped(&json), serde_json::to_string(&expected).unwrap());
        }
    }
}
