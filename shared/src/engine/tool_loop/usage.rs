//! Bedrock's `usage` over several rounds.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A sum of `usage` objects.
#[derive(Debug, Default)]
pub(super) struct UsageSum {
    /// One round's stays as it came.
    first: Option<Box<RawValue>>,
    sum: Map<String, Value>,
    rounds: u32,
    known: u32,
}

impl UsageSum {
    /// Adds a round's: counts are summed, lists joined, anything else is the last round's.
    pub(super) fn add(&mut self, usage: Option<&RawValue>) {
        self.rounds += 1;
        let Some(usage) = usage else { return };
        self.known += 1;
        self.first.get_or_insert_with(|| usage.to_owned());
        let object: Map<String, Value> = serde_json::from_str(usage.get()).unwrap_or_default();
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

    /// The sum; none where a round had none, since it would be too small then.
    pub(super) fn whole(&self) -> Option<Box<RawValue>> {
        if self.known == self.rounds { self.so_far() } else { None }
    }

    /// The sum of what is known.
    pub(super) fn so_far(&self) -> Option<Box<RawValue>> {
        match self.known {
            0 => None,
            1 => self.first.clone(),
            _ => RawValue::from_string(Value::Object(self.sum.clone()).to_string()).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(usages: &[Option<&str>]) -> (Option<String>, Option<String>) {
        let mut sum = UsageSum::default();
        for usage in usages {
            sum.add(usage.map(|usage| serde_json::from_str(usage).unwrap()));
        }
        (sum.whole().map(|raw| raw.get().to_owned()), sum.so_far().map(|raw| raw.get().to_owned()))
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
