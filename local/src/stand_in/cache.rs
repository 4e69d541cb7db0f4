//! Prompt caching: what was written once is read the next time.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::models::Model;

/// The prefixes this stand-in has seen.
#[derive(Debug, Default)]
pub(super) struct Cache(HashSet<String>);

/// A request's input tokens, apart by what the cache did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cached {
    fresh: usize,
    read: usize,
    written: usize,
    asked: bool,
}

impl Cache {
    /// Counts a request's tokens, four letters each, and remembers its prefix up to the last cache point.
    pub(super) fn count(&mut self, request: &Value, model: &Model<'_>) -> Cached {
        let (mut all, mut prefix, mut asked) = (String::new(), 0, false);
        for block in blocks(request) {
            if block.get("cachePoint").is_some() {
                (prefix, asked) = (all.len(), true);
            } else {
                all.push_str(&block.to_string());
            }
        }
        let tokens = prefix / 4;
        let cached = if tokens < model.cache_minimum { 0 } else { tokens };
        let key = format!("{} {}", model.base_id, all.get(..prefix).unwrap_or_default());
        let known = cached > 0 && !self.0.insert(key);
        let (read, written) = if known { (cached, 0) } else { (0, cached) };
        Cached { fresh: (all.len() / 4).saturating_sub(cached).max(1), read, written, asked }
    }
}

/// Everything that counts, in the order of the cached prefix: tools, system, messages.
fn blocks(request: &Value) -> impl Iterator<Item = &Value> {
    let list = |pointer: &str| request.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let messages = list("/messages").filter_map(|message| message.get("content")?.as_array()).flatten();
    list("/toolConfig/tools").chain(list("/system")).chain(messages)
}

impl Cached {
    /// Bedrock's `usage`: `inputTokens` leaves cached tokens out, `totalTokens` is the sum of all.
    pub(super) fn usage(self, output_tokens: usize) -> Value {
        let total = self.fresh + self.read + self.written + output_tokens;
        let usage = json!({ "inputTokens": self.fresh, "outputTokens": output_tokens, "totalTokens": total });
        let mut usage = usage.as_object().cloned().unwrap_or_default();
        if self.asked {
            usage.insert("cacheReadInputTokens".to_owned(), json!(self.read));
            usage.insert("cacheWriteInputTokens".to_owned(), json!(self.written));
        }
        Value::Object(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prefix_is_written_once_and_read_after() {
        let model = Model::find("anthropic.claude-sonnet-4-20250514-v1:0").unwrap();
        let request = |system: &str| {
            json!({ "system": [{ "text": system }, { "cachePoint": { "type": "default" } }],
                "messages": [{ "role": "user", "content": [{ "text": "hi" }] }] })
        };
        let (long, mut cache) = ("word ".repeat(1000), Cache::default());
        let first = cache.count(&request(&long), &model);
        let second = cache.count(&request(&long), &model);
        assert!(first.written > 1024 && first.read == 0, "{first:?}");
        assert_eq!((second.read, second.written), (first.written, 0));
        let short = cache.count(&request("short"), &model);
        assert_eq!((short.read, short.written), (0, 0));
        let usage = second.usage(10);
        assert_eq!(usage["totalTokens"], json!(second.fresh + second.read + 10));
    }
}
