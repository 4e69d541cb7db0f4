use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn strict(text: &str, max_depth: usize) -> Result<Vec<Node>, ParseError> {
    scan(text, Rules::Strict { max_depth })
}

fn passes(text: &str) -> bool {
    strict(text, 128).is_ok()
}

fn duplicate(text: &str) -> String {
    match strict(text, 128) {
        Err(ParseError::Duplicate(path)) => path,
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
    assert!(passes(r#"{"\\u0061":1,"a":2}"#));
}

#[test]
fn same_key_in_other_objects_passes() {
    assert!(passes(r#"{"a":{"a":{"a":"a"}},"b":[{"a":1},{"a":1}],"c":"a"}"#));
}

#[test]
fn object_with_many_keys_is_scanned_in_linear_time() {
    let mut members: Vec<String> = (0..200_000).map(|n| format!("\"k{n}\":0")).collect();
    assert!(passes(&format!("{{{}}}", members.join(","))));
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
    assert!(strict(r#"{"a":["[[[[[\"[["]}"#, 2).is_ok());
    assert_eq!(strict("[[[]]]", 2), Err(ParseError::TooDeep(2)));
    assert_eq!(strict(&"[".repeat(100_000), 128), Err(ParseError::TooDeep(128)));
}

proptest! {
    #[test]
    fn document_without_duplicates_passes(keys in proptest::collection::btree_set("\\PC{0,4}", 0..40)) {
        let object: serde_json::Map<String, Value> = keys.into_iter().map(|key| (key, Value::from(1))).collect();
        prop_assert!(passes(&Value::Object(object).to_string()));
    }

    #[test]
    fn any_text_is_scanned_without_a_panic(text in "[\\[\\]{}\",:\\\\u0aé ]{0,60}") {
        let _ = strict(&text, 8);
    }
}
