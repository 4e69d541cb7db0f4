use super::*;
use crate::json::Document;
use crate::model::id::ModelId;

fn request(body: &str) -> Request {
    let document = Document::parse(body.to_owned(), 32).unwrap();
    let mut request = Request::default();
    for (name, value) in document.root().members().unwrap() {
        assert_eq!(request.decode_field(&name, value), Ok(true), "{name}");
    }
    request
}

fn additions() -> Additions {
    Additions { max_tokens: MaxTokens { default: 100, limit: 200 }, ..Additions::default() }
}

fn sent(body: &str, additions: &Additions, later_round: bool) -> String {
    let model = Model::new(ModelId::for_tests());
    let body = prepare(&request(body), additions, &model, later_round);
    String::from_utf8(body.to_vec()).unwrap().replace(r#""messages":[],"#, "")
}

#[test]
fn max_tokens_is_always_sent_and_capped() {
    let of = |config: &str| sent(&format!(r#"{{"inferenceConfig":{config}}}"#), &additions(), false);
    assert_eq!(of(r#"{"maxTokens": 200}"#), r#"{"inferenceConfig":{"maxTokens": 200}}"#);
    assert_eq!(of(r#"{"maxTokens":201,"topP":1}"#), r#"{"inferenceConfig":{"topP":1,"maxTokens":200}}"#);
    assert_eq!(of("{}"), r#"{"inferenceConfig":{"maxTokens":100}}"#);
    let high = Additions { max_tokens: MaxTokens { default: 300, limit: 200 }, ..Additions::default() };
    assert_eq!(sent("{}", &high, false), r#"{"inferenceConfig":{"maxTokens":200}}"#);
}

#[test]
fn the_operators_system_prompt_stands_first() {
    let additions = Additions { system_prompt: Some(ContentBlock::text("our \"prompt\"")), ..additions() };
    let blocks = r#"[{"text":"theirs"},{"cachePoint":{"type":"default"}}]"#;
    assert_eq!(
        sent(&format!(r#"{{"inferenceConfig":{{"maxTokens":1}},"system":{blocks}}}"#), &additions, false),
        r#"{"system":[{"text":"our \"prompt\""},{"text":"theirs"},{"cachePoint":{"type":"default"}}],"inferenceConfig":{"maxTokens":1}}"#
    );
}

#[test]
fn offered_tools_stand_before_the_callers_and_a_choice_holds_for_the_first_round() {
    let ours = r#"[{"toolSpec":{"name":"ours","inputSchema":{"json":{}}}}]"#;
    let offering = Additions { tools: ToolSpecs::parse(ours).unwrap(), ..additions() };
    let theirs = r#"{"toolSpec":{"name":"theirs","inputSchema":{"json":{}}}}"#;
    let body = format!(
        r#"{{"inferenceConfig":{{"maxTokens":1}},"toolConfig":{{"toolChoice":{{"any":{{}}}},"tools":[{theirs}]}}}}"#
    );
    let (both, start) = (format!("[{},{theirs}]", &ours[1..ours.len() - 1]), r#"{"inferenceConfig":{"maxTokens":1}"#);
    assert_eq!(
        sent(&body, &offering, false),
        format!(r#"{start},"toolConfig":{{"tools":{both},"toolChoice":{{"any":{{}}}}}}}}"#)
    );
    assert_eq!(sent(&body, &offering, true), format!(r#"{start},"toolConfig":{{"tools":{both}}}}}"#));
    assert_eq!(sent(&body, &additions(), false), body);
}

#[test]
fn the_operators_guardrail_takes_the_place_of_the_callers_but_for_its_trace() {
    let guardrail = Guardrail { identifier: "gr1".into(), version: "3".into() };
    let additions = Additions { guardrail: Some(guardrail), ..additions() };
    let body = r#"{"inferenceConfig":{"maxTokens":1},"guardrailConfig":{"trace":"enabled","guardrailVersion":"9"}}"#;
    assert_eq!(
        sent(body, &additions, false),
        r#"{"inferenceConfig":{"maxTokens":1},"guardrailConfig":{"guardrailIdentifier":"gr1","guardrailVersion":"3","trace":"enabled"}}"#
    );
}

#[test]
fn a_request_keeps_every_byte_that_no_pass_changes() {
    let body = r#"{"messages":[{"content":[{"text":"h\u00e9"} ],"role":"user"}],"inferenceConfig":{"maxTokens": 7,"temperature":0.80}}"#;
    assert_eq!(sent(body, &additions(), false), body);
    assert_eq!(sent(body, &additions(), true), body);
}
