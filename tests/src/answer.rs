//! An HTTP answer, read the way a client does.

use http::HeaderMap;
use serde_json::Value;

/// Status, headers and body of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// What API Gateway makes of a buffered function's `{statusCode, headers, body}`.
    pub fn of_proxy(response: &Value) -> Self {
        let headers: std::collections::HashMap<String, String> =
            serde_json::from_value(response.get("headers").cloned().unwrap_or_default()).expect("headers");
        Self {
            status: response.get("statusCode").and_then(Value::as_u64).expect("a status") as u16,
            headers: HeaderMap::try_from(&headers).expect("headers"),
            body: response.get("body").and_then(Value::as_str).expect("a body").as_bytes().to_vec(),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a body in UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap_or_default()).unwrap_or_default()
    }

    /// The events of a body of server-sent events; comments are left out.
    pub fn events(&self) -> Vec<(String, Value)> {
        assert_eq!(self.header("content-type"), "text/event-stream; charset=utf-8", "{}", self.text());
        let text = self.text();
        assert!(text.ends_with("\n\n"), "a body that ends with a whole event: {text:?}");
        let blocks = text.split("\n\n").filter(|block| !block.is_empty() && !block.starts_with(':'));
        let read = |block: &str| {
            let mut lines = block.lines();
            let name = lines.next().and_then(|line| line.strip_prefix("event: ")).expect("an event's name");
            let data: Vec<&str> = lines.map(|line| line.strip_prefix("data: ").expect("an event's data")).collect();
            (name.to_owned(), serde_json::from_str(&data.join("\n")).expect("data in JSON"))
        };
        blocks.map(read).collect()
    }

    /// The one terminal event: `done` or `error`, the last event and the only one of its kind.
    pub fn end(&self) -> (String, Value) {
        let events = self.events();
        let terminal = events.iter().filter(|(name, _)| name == "done" || name == "error").count();
        assert_eq!(terminal, 1, "exactly one terminal event: {}", self.text());
        let last = events.last().cloned().expect("an event");
        assert!(last.0 == "done" || last.0 == "error", "the terminal event is last: {}", self.text());
        last
    }

    /// The text of all text deltas.
    pub fn said(&self) -> String {
        let events = self.events();
        events.iter().filter_map(|(_, data)| data.pointer("/delta/text")?.as_str()).collect()
    }
}
