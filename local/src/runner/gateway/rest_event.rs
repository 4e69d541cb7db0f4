//! A request as the event that a REST API of API Gateway makes of it (payload 1.0).

use std::collections::BTreeMap;

use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::runner::routes::{Route, STAGE};

/// The event of a request. A body that is no text is base64.
pub(super) fn of(parts: &Parts, route: &Route<'_>, body: &[u8], request_id: &str) -> Value {
    let (body, is_base64) = match std::str::from_utf8(body) {
        Ok("") => (Value::Null, false),
        Ok(text) => (Value::from(text), false),
        Err(_) => (Value::from(STANDARD.encode(body)), true),
    };
    let method = parts.method.as_str();
    let header = |name: &str| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let headers = parts.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let (headers, multi_value_headers) = by_name(headers);
    let (query, multi_value_query) = by_name(query.map(|(name, value)| (name.into(), value.into())));
    json!({
        "resource": route.resource,
        "path": route.path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": multi_value_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": multi_value_query,
        "pathParameters": (!route.parameters.is_empty()).then_some(&route.parameters),
        "stageVariables": null,
        "requestContext": {
            "resourcePath": route.resource,
            "httpMethod": method,
            "path": format!("/{STAGE}{}", route.path),
            "stage": STAGE,
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "identity": { "sourceIp": "127.0.0.1", "userAgent": header("user-agent") },
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The last value of each name, and all of them; null if there is none.
fn by_name(pairs: impl Iterator<Item = (String, String)>) -> (Value, Value) {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).or_default().push(value);
    }
    if all.is_empty() {
        return (Value::Null, Value::Null);
    }
    let last: BTreeMap<&String, Option<&String>> = all.iter().map(|(name, values)| (name, values.last())).collect();
    (json!(last), json!(all))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::runner::routes;

    fn event(uri: &str, body: &[u8]) -> Value {
        let request = Request::builder().method("POST").uri(uri).header("accept", "a/b").header("accept", "c/d");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        of(&parts, &routes::find(parts.uri.path()).unwrap(), body, "request-1")
    }

    #[test]
    fn request_is_an_event_of_its_route_within_the_stage() {
        let event = event("/v1/chat/?a=1&a=%202&b", "{\"ä\":1}".as_bytes());
        assert_eq!((&event["resource"], &event["path"]), (&json!("/chat"), &json!("/chat/")));
        assert_eq!(event["requestContext"]["path"], "/v1/chat/");
        assert_eq!(event["requestContext"]["requestId"], "request-1");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{\"ä\":1}"), &json!(false)));
        assert_eq!(event["headers"], json!({ "accept": "c/d" }));
        assert_eq!(event["multiValueHeaders"], json!({ "accept": ["a/b", "c/d"] }));
        assert_eq!(event["queryStringParameters"], json!({ "a": " 2", "b": "" }));
        assert_eq!(event["multiValueQueryStringParameters"], json!({ "a": ["1", " 2"], "b": [""] }));
        assert_eq!(event["pathParameters"], Value::Null);
    }

    #[test]
    fn body_that_is_no_text_is_base64() {
        let event = event("/chat", &[0xff, 0x00]);
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
    }
}
