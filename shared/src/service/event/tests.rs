use std::fmt::Write as _;

use http::Method;
use serde_json::json;

use super::*;
use crate::error::Code;
use crate::service::request::{header, is_payload_2, json_body};

fn read(event: &Value) -> Option<Request> {
    match serde_json::from_str(&event.to_string()).unwrap() {
        Event::Http(request) => Some(*request),
        Event::Other => None,
    }
}

fn rest(body: Value, base64: bool) -> Value {
    json!({
        "resource": "/chat", "path": "/chat", "httpMethod": "POST", "body": body, "isBase64Encoded": base64,
        "requestContext": { "stage": "v1", "httpMethod": "POST" },
    })
}

fn url(path: &str, stage: &str, method: &str) -> Value {
    json!({
        "version": "2.0", "rawPath": path, "body": "{}",
        "requestContext": { "stage": stage, "http": { "method": method, "path": path } },
    })
}

fn path(request: &Request) -> &str {
    &request.extensions().get::<RoutePath>().unwrap().0
}

fn rejection(event: &Value) -> (Code, String) {
    let error = json_body(read(event).unwrap()).unwrap_err();
    (error.code(), error.detail().to_owned())
}

#[test]
fn both_shapes_give_method_path_headers_and_body() {
    let mut rest = rest(json!("{}"), false);
    rest["headers"] = json!({ "Accept": "b" });
    rest["multiValueHeaders"] = json!({ "accept": ["a", "b"] });
    let mut url = url("/prod/chat", "prod", "POST");
    url["headers"] = json!({ "ACCEPT": "a, b" });
    for (event, payload_2) in [(rest, false), (url, true)] {
        let request = read(&event).unwrap();
        assert_eq!((request.method(), path(&request), is_payload_2(&request)), (&Method::POST, "/chat", payload_2));
        assert_eq!(header(&request, "accept").as_deref(), Some("a, b"));
        assert_eq!(json_body(request).unwrap().root().json(), "{}");
    }
}

#[test]
fn event_written_by_hand_is_read() {
    for event in [
        json!({ "httpMethod": "POST", "path": "/chat", "body": "{}" }),
        json!({ "httpMethod": "POST", "path": "/chat", "body": {}, "requestContext": null }),
        json!({ "httpMethod": "POST", "path": "/chat", "body": "{}", "headers": { "accept": null }, "requestContext": {} }),
        json!({ "rawPath": "/chat", "body": "{}", "requestContext": { "http": { "method": "POST" } } }),
    ] {
        let request = read(&event).unwrap_or_else(|| panic!("{event}"));
        assert_eq!((request.method(), path(&request)), (&Method::POST, "/chat"), "{event}");
        assert_eq!(json_body(request).unwrap().root().json(), "{}", "{event}");
    }
    for event in [json!({}), json!({ "path": "/chat" }), json!({ "httpMethod": 7 }), json!([]), json!("httpMethod")] {
        assert!(read(&event).is_none(), "{event}");
    }
}

#[test]
fn stage_that_is_only_a_prefix_of_the_path_stays() {
    assert_eq!(path(&read(&url("/chatter", "chat", "GET")).unwrap()), "/chatter");
}

#[test]
fn event_that_is_no_http_request_is_other() {
    let nested = "[".repeat(1000) + &"]".repeat(1000);
    for event in ["{}", "[]", "null", "7", r#"{"requestContext":{"stage":"prod"}}"#, r#"{"Records":[]}"#, &nested] {
        assert!(matches!(serde_json::from_str(event).unwrap(), Event::Other), "{event}");
    }
}

#[test]
fn base64_body_is_decoded_and_an_absent_one_is_empty() {
    assert_eq!(json_body(read(&rest(json!("e30="), true)).unwrap()).unwrap().root().json(), "{}");
    let (code, detail) = rejection(&rest(Value::Null, false));
    assert_eq!(code, Code::InvalidRequest);
    assert!(detail.starts_with("the body is not a JSON object: EOF while parsing"), "{detail}");
}

#[test]
fn body_that_is_no_base64_is_rejected_without_a_panic() {
    for (text, shape) in [("e30*", rest(json!("e30*"), true)), ("e3", rest(json!("e3"), true))] {
        let (code, detail) = rejection(&shape);
        assert_eq!(code, Code::InvalidRequest);
        assert!(detail.starts_with("the body is marked as base64 and is not: "), "{text}: {detail}");
    }
    let mut url = url("/chat", "$default", "POST");
    (url["body"], url["isBase64Encoded"]) = (json!("*"), json!(true));
    assert_eq!(rejection(&url).0, Code::InvalidRequest);
}

#[test]
fn half_a_utf8_character_is_rejected() {
    let expected = "the body is not valid UTF-8 from byte 2 on".to_owned();
    assert_eq!(rejection(&rest(json!("eyLi"), true)), (Code::InvalidRequest, expected));
}

#[test]
fn six_megabyte_body_is_rejected() {
    let large = "a".repeat(6_000_000);
    assert_eq!(rejection(&rest(json!(large), false)).0, Code::BodyTooLarge);
    assert_eq!(rejection(&rest(json!(large.repeat(2)), true)).0, Code::BodyTooLarge);
}

#[test]
fn body_of_a_thousand_levels_or_with_a_duplicate_key_is_rejected() {
    let expected = "the body nests arrays and objects deeper than 128 levels".to_owned();
    for bracket in ["[", r#"{"a":"#] {
        let found = rejection(&rest(json!(bracket.repeat(1000)), false));
        assert_eq!(found, (Code::InvalidRequest, expected.clone()));
    }
    let found = rejection(&rest(json!(r#"{"a":[{"b":1,"b":2}]}"#), false));
    assert_eq!(found, (Code::InvalidRequest, "a[0].b: duplicate field".to_owned()));
}

#[test]
fn media_type_that_is_not_json_is_rejected() {
    for (media_type, taken) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/problem+json", true),
        ("application/json, application/json", true),
        ("text/plain", false),
    ] {
        let mut event = rest(json!("{}"), false);
        event["headers"] = json!({ "content-type": media_type });
        let code = json_body(read(&event).unwrap()).map_err(|error| error.code()).err();
        assert_eq!(code, (!taken).then_some(Code::UnsupportedMediaType), "{media_type}");
    }
}

#[test]
fn compressed_body_is_rejected_and_identity_is_not() {
    for (coding, code) in
        [("gzip", Some(Code::UnsupportedMediaType)), ("br", Some(Code::UnsupportedMediaType)), ("identity", None)]
    {
        let mut event = rest(json!("{}"), false);
        event["headers"] = json!({ "Content-Encoding": coding });
        let error = json_body(read(&event).unwrap()).err();
        assert_eq!(error.as_ref().map(|error| error.code()), code, "{coding}");
        assert!(error.is_none_or(|error| error.detail().contains(coding)));
    }
}

#[test]
fn header_that_came_twice_counts_once_if_its_values_agree() {
    let mut event = rest(json!("{}"), false);
    event["multiValueHeaders"] = json!({ "Content-Type": ["application/json", "Application/JSON"] });
    assert_eq!(json_body(read(&event).unwrap()).unwrap().root().json(), "{}");
    event["multiValueHeaders"] = json!({ "Content-Type": ["application/json", "text/plain"] });
    assert_eq!(json_body(read(&event).unwrap()).unwrap_err().code(), Code::UnsupportedMediaType);
}

#[test]
fn byte_order_mark_is_skipped() {
    assert_eq!(json_body(read(&rest(json!("\u{feff}{}"), false)).unwrap()).unwrap().root().json(), "{}");
    assert_eq!(json_body(read(&rest(json!("77u/e30="), true)).unwrap()).unwrap().root().json(), "{}");
}

#[test]
fn debug_shows_no_body() {
    let mut shown = String::new();
    let event: Event = serde_json::from_str(&rest(json!("secret"), false).to_string()).unwrap();
    write!(shown, "{event:?}").unwrap();
    assert!(shown.contains("POST") && !shown.contains("secret"), "{shown}");
}
