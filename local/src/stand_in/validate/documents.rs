//! Documents: a name that is legal and of their own, and a text beside them.

use std::collections::HashSet;

use serde_json::Value;

use super::{blocks, ensure, has, messages, part, result_parts};
use crate::stand_in::error::Rejection;

pub(super) fn check(request: &Value) -> Result<(), Rejection> {
    let mut names = HashSet::new();
    for (_, block) in blocks(request) {
        let in_results = result_parts(block).iter().filter_map(|part| part.get("document"));
        for document in part(block, "document").into_iter().chain(in_results) {
            let name = document.get("name").and_then(Value::as_str).unwrap_or_default();
            ensure(is_legal(name), || {
                "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.".to_owned()
            })?;
            ensure(names.insert(name), || "Messages can not contain duplicate document names.".to_owned())?;
        }
    }
    for (_, _, content) in messages(request) {
        let holds = |kind: &str| content.iter().any(|block| has(block, kind));
        ensure(!holds("document") || holds("text") || holds("guardContent"), || {
            "A text block must be included when using documents.".to_owned()
        })?;
    }
    Ok(())
}

/// Letters, digits, single spaces, hyphens, parentheses and square brackets; `_` was seen to pass, and a space of
/// another width was not.
fn is_legal(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || " -()[]_".contains(c)) && !name.contains("  ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    fn document(name: &str) -> Value {
        json!({ "document": { "name": name, "format": "txt", "source": { "bytes": "aGk=" } } })
    }

    #[test]
    fn a_document_without_text_in_its_turn_is_rejected() {
        let text = json!({ "text": "x" });
        assert_eq!(answer(CLAUDE, &asks(json!([document("a"), text]))), "accepted");
        let sentence = "A text block must be included when using documents.";
        assert_eq!(answer(CLAUDE, &asks(json!([document("a")]))), sentence);
        assert_eq!(answer(CLAUDE, &after_calls(json!([call("a")]), json!([result("a"), document("a")]))), sentence);
    }

    #[test]
    fn a_name_has_legal_letters_and_is_not_given_twice() {
        let asked = |names: &[&str]| {
            let text = json!({ "text": "x" });
            let all: Vec<Value> = names.iter().map(|name| document(name)).chain([text]).collect();
            answer(CLAUDE, &asks(Value::from(all)))
        };
        assert_eq!(asked(&["company_policy", "Document 1 (a) [b]-c"]), "accepted");
        for name in ["a.pdf", "a  b", "a\u{3000}b", "r\u{e9}sum\u{e9}", "a\tb"] {
            assert!(asked(&[name]).starts_with("The document file name can only contain"), "{name}");
        }
        assert_eq!(asked(&["a", "a"]), "Messages can not contain duplicate document names.");
    }

    #[test]
    fn a_name_in_a_result_counts() {
        let part = json!({ "toolResult": { "toolUseId": "a", "content": [document("a.txt")] } });
        let request = after_calls(json!([call("a")]), json!([part]));
        assert!(answer(CLAUDE, &request).starts_with("The document file name can only contain"));
    }
}
