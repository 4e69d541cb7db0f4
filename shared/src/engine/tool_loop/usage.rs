//! Bedrock's `usage` over several rounds.

use serde_json::{Map, Value};

use crate::json::Raw;

/// A sum of `usage` objects.
#[derive(Debug, Default)]
pub(super) struct UsageSum {
    /// One round's stays as it came.
    first: Option<Raw>,
    sum: Map<String, Value>,
    rounds: u32,
    known: u32,
}

impl UsageSum {
    /// Adds a round's: counts are summed, lists joined, anything else is the last round's.
    pub(super) fn add(&mut self, usage: Option<&Raw>) {
        self.rounds += 1;
        let Some(usage) = usage else { return };
        self.known += 1;
        self.first.get_or_insert_with(|| usage.clone());
        let object: Map<String, Value> = serde_json::from_str(usage.as_str()).unwrap_or_default();
        for (name, value) in object {
            let before = self.sum.remove(&name);
            let sum = match (before, value) {
                (Some(Value::Number(a)), Value::Number(b)) => {
                    Value::from(a.as_u64().unwrap_or_default().saturating_add(b.as_u64().unwrap_or_default()))
                }
                (Some(Value::Array(a)), Value::Array(b)) => Value::from([a, b].concat()),
                (_, value) => value,
            };
            self.sum.insert(name, sum);
        }
    }

    /// The sum; none if a round had none: it would be too small then.
    pub(super) fn whole(&self) -> Option<Raw> {
        if self.known == self.rounds { self.so_far() } else { None }
    }

    /// The sum of what is known.
    pub(super) fn so_far(&self) -> Option<Raw> {
        match self.known {
            0 => None,
            1 => self.first.clone(),
            _ => Some(Raw::of(&self.sum)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(usages: &[Option<&str>]) -> (Option<String>, Option<String>) {
        let mut sum = UsageSum::default();
        for usage in usages {
            let document = usage.map(|usage| crate::json::Document::parse(usage.to_owned(), 8).unwrap());
            sum.add(document.map(|document| document.root().raw()).as_ref());
        }
        (sum.whole().map(|raw| raw.as_str().to_owned()), sum.so_far().map(|raw| raw.as_str().to_owned()))
    }

    #[test]
    fn one_round_is_as_it_came_and_several_are_summed_with_cache_tokens_apart() {
        let one = r#"{"outputTokens":2,"inputTokens":1,"serverToolUsage":{}}"#;
        assert_eq!(sum(&[Some(one)]).0.as_deref(), Some(one));
        let two = r#"{"inputTokens":10,"cacheReadInputTokens":5,"outputTokens":20}"#;
        let expected = r#"{"cacheReadInputTokens":5,"inputTokens":11,"outputTokens":22,"serverToolUsage":{}}"#;
        assert_eq!(sum(&[Some(one), Some(two)]).0.as_deref(), Some(expected));
    }

    #[test]
    fn a_round_without_usage_makes_the_sum_unknown_but_keeps_what_is_known() {
        let one = r#"{"inputTokens":1}"#;
        assert_eq!(sum(&[Some(one), None]), (None, Some(one.to_owned())));
        assert_eq!(sum(&[]), (None, None));
    }
}
