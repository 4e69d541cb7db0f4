use super::*;

fn with<T>(event: &str, read: impl FnOnce(Option<HttpRequest<'_>>) -> T) -> T {
    let raw: &RawValue = serde_json::from_str(event).unwrap();
    read(HttpRequest::read(raw))
}

fn body(event: &str) -> Result<String, (Code, String)> {
    with(event, |request| request.unwrap().body().map_err(|error| (error.code(), error.detail().to_owned())))
}

#[test]
fn both_shapes_give_method_path_and_headers() {
    let rest = r#"{"resource":"/chat","path":"/v1/chat","httpMethod":"POST","headers":{"Accept":"a"},"multiValueHeaders":{"Accept":["a","b"]},"requestContext":{"stage":"prod"},"body":"{}","isBase64Encoded":false}"#;
    let url = r#"{"version":"2.0","rawPath":"/prod/chat","headers":{"accept":"a, b"},"requestContext":{"stage":"prod","http":{"method":"POST","path":"/prod/chat"}},"body":"{}"}"#;
    for event in [rest, url] {
        with(event, |request| {
            let request = request.unwrap();
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/chat"));
            assert_eq!(request.header("accept"), Some("a, b"));
            assert_eq!(request.body().unwrap(), "{}");
        });
    }
}

#[test]
fn a_stage_that_is_only_a_prefix_of_the_path_stays() {
    let event = r#"{"rawPath":"/chatter","requestContext":{"stage":"chat","http":{"method":"GET"}}}"#;
    with(event, |request| assert_eq!(request.unwrap().path, "/chatter"));
}

#[test]
fn what_is_no_http_event_is_none() {
    for event in ["{}", "[]", "null", "7", r#"{"requestContext":{"stage":"prod"}}"#, r#"{"Records":[]}"#] {
        assert!(with(event, |request| request.is_none()), "{event}");
    }
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(with(&nested, |request| request.is_none()));
}

fn rest(body: &str, base64: bool) -> String {
    format!(r#"{{"path":"/chat","httpMethod":"POST","body":{body},"isBase64Encoded":{base64}}}"#)
}

#[test]
fn a_base64_body_is_decoded() {
    assert_eq!(body(&rest(r#""e30=""#, true)), Ok("{}".into()));
    assert_eq!(body(&rest("null", false)), Ok(String::new()));
}

#[test]
fn a_body_that_is_no_base64_is_refused() {
    let refused = body(&rest(r#""e30*""#, true));
    assert!(matches!(refused, Err((Code::InvalidRequest, detail)) if detail.contains("marked as base64")));
}

#[test]
fn half_a_utf8_character_is_refused() {
    assert_eq!(
        body(&rest(r#""eyLi""#, true)),
        Err((Code::InvalidRequest, "the body is not valid UTF-8 from byte 2 on".into()))
    );
    assert!(matches!(body(&rest(r#""{\"\ud83d\"}""#, false)), Err((Code::InvalidRequest, _))));
}

#[test]
fn a_six_megabyte_body_is_refused() {
    let large = "a".repeat(6_000_000);
    for (body_json, base64) in
        [(format!(r#""{large}""#), false), (format!(r#""{large}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{large}""#), true)]
    {
        assert!(matches!(body(&rest(&body_json, base64)), Err((Code::BodyTooLarge, _))));
    }
}

#[test]
fn a_body_of_a_thousand_levels_is_refused() {
    for bracket in ["[", r#"{\"a\":"#] {
        let nested = format!("\"{}\"", bracket.repeat(1000));
        let refused = body(&rest(&nested, false));
        let expected = "the body nests arrays and objects deeper than 128 levels".to_owned();
        assert_eq!(refused, Err((Code::InvalidRequest, expected)));
    }
}
