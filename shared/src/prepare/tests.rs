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

const FIRST: Round = Round { first: true, streamed: true };
const LATER: Round = Round { first: false, streamed: true };

fn sent(body: &str, additions: &Additions, round: Round) -> String {
    sent_to("a.b", body, additions, round).0
}

/// What goes to a model, and what was adapted.
fn sent_to(model: &str, body: &str, additions: &Additions, round: Round) -> (String, Vec<&'static str>) {
    let model = Model::new(ModelId::parse(model).unwrap());
    let Prepared { body, adapted } = prepare(&request(body), additions, &model, round);
    (String::from_utf8(body.to_vec()).unwrap().replace(r#""messages":[],"#, ""), adapted)
}

#[test]
fn max_tokens_is_always_sent_and_capped() {
    let of = |config: &str| sent(&format!(r#"{{"inferenceConfig":{config}}}"#), &additions(), FIRST);
    assert_eq!(of(r#"{"maxTokens": 200}"#), r#"{"inferenceConfig":{"maxTokens": 200}}"#);
    assert_eq!(of(r#"{"maxTokens":201,"topP":1}"#), r#"{"inferenceConfig":{"topP":1,"maxTokens":200}}"#);
    assert_eq!(of("{}"), r#"{"inferenceConfig":{"maxTokens":100}}"#);
    let high = Additions { max_tokens: MaxTokens { default: 300, limit: 200 }, ..Additions::default() };
    assert_eq!(sent("{}", &high, FIRST), r#"{"inferenceConfig":{"maxTokens":200}}"#);
}

#[test]
fn the_operators_system_prompt_stands_first() {
    let additions = Additions { system_prompt: Some(ContentBlock::text("our \"prompt\"")), ..additions() };
    let blocks = r#"[{"text":"theirs"},{"cachePoint":{"type":"default"}}]"#;
    assert_eq!(
        sent(&format!(r#"{{"inferenceConfig":{{"maxTokens":1}},"system":{blocks}}}"#), &additions, FIRST),
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
        sent(&body, &offering, FIRST),
        format!(r#"{start},"toolConfig":{{"tools":{both},"toolChoice":{{"any":{{}}}}}}}}"#)
    );
    assert_eq!(sent(&body, &offering, LATER), format!(r#"{start},"toolConfig":{{"tools":{both}}}}}"#));
    assert_eq!(sent(&body, &additions(), FIRST), body);
}

#[test]
fn the_operators_guardrail_takes_the_place_of_the_callers_but_for_its_trace() {
    let guardrail = Guardrail { identifier: "gr1".into(), version: "3".into() };
    let additions = Additions { guardrail: Some(guardrail), ..additions() };
    let body = r#"{"inferenceConfig":{"maxTokens":1},"guardrailConfig":{"trace":"enabled","guardrailVersion":"9"}}"#;
    assert_eq!(
        sent(body, &additions, FIRST),
        r#"{"inferenceConfig":{"maxTokens":1},"guardrailConfig":{"guardrailIdentifier":"gr1","guardrailVersion":"3","trace":"enabled"}}"#
    );
}

#[test]
fn a_request_keeps_every_byte_that_no_pass_changes() {
    let body = r#"{"messages":[{"content":[{"text":"h\u00e9"} ],"role":"user"}],"inferenceConfig":{"maxTokens": 7,"temperature":0.80}}"#;
    assert_eq!(sent(body, &additions(), FIRST), body);
    assert_eq!(sent(body, &additions(), LATER), body);
}

#[test]
fn max_tokens_above_the_models_own_limit_is_adapted() {
    let of = |model: &str, config: &str| {
        let additions = Additions { max_tokens: MaxTokens { default: 60_000, limit: 64_000 }, ..Additions::default() };
        sent_to(model, &format!(r#"{{"inferenceConfig":{config}}}"#), &additions, FIRST)
    };
    let is = |tokens: u32| format!(r#"{{"inferenceConfig":{{"maxTokens":{tokens}}}}}"#);
    assert_eq!(of("amazon.nova-lite-v1:0", r#"{"maxTokens":20000}"#), (is(10_000), vec!["maxTokens"]));
    assert_eq!(of("amazon.nova-lite-v1:0", r#"{"maxTokens":10000}"#), (is(10_000), vec![]));
    assert_eq!(of("amazon.nova-lite-v1:0", "{}"), (is(10_000), vec![]), "the default is the operator's");
    assert_eq!(of("a.b", r#"{"maxTokens":99999}"#), (is(64_000), vec!["maxTokens"]));
}

#[test]
fn system_stands_in_the_first_user_turn_for_a_model_without() {
    let titan = "amazon.titan-text-express-v1";
    let messages = r#"[{"role":"assistant","content":[{"text":"a"}]},{"role":"user","content":[{"text":"u"}]}]"#;
    let system = r#"[{"text":"theirs"},{"cachePoint":{"type":"default"}}]"#;
    let ours = Additions { system_prompt: Some(ContentBlock::text("ours")), ..additions() };
    let folded = |blocks: &str| {
        format!(
            r#"{{"messages":[{{"role":"assistant","content":[{{"text":"a"}}]}},{{"role":"user","content":[{blocks}{{"text":"u"}}]}}],"inferenceConfig":{{"maxTokens":100}}}}"#
        )
    };
    let body = format!(r#"{{"messages":{messages},"system":{system}}}"#);
    assert_eq!(sent_to(titan, &body, &ours, FIRST), (folded(r#"{"text":"ours"},{"text":"theirs"},"#), vec!["system"]));
    assert_eq!(sent_to(titan, &body, &ours, LATER).1, Vec::<&str>::new(), "named once");
    let body = format!(r#"{{"messages":{messages}}}"#);
    assert_eq!(sent_to(titan, &body, &ours, FIRST), (folded(r#"{"text":"ours"},"#), vec![]), "the operator's own");
    assert_eq!(sent_to(titan, &body, &additions(), FIRST), (folded(""), vec![]));
}

#[test]
fn this_services_tools_are_offered_where_the_model_can_use_them() {
    let ours = r#"[{"toolSpec":{"name":"ours","inputSchema":{"json":{}}}}]"#;
    let offering = Additions { tools: ToolSpecs::parse(ours).unwrap(), ..additions() };
    let whole = Round { streamed: false, ..FIRST };
    for (model, round, offered) in [
        ("amazon.nova-lite-v1:0", FIRST, true),
        ("a.b", FIRST, true),
        ("meta.llama3-3-70b-instruct-v1:0", FIRST, false),
        ("meta.llama3-3-70b-instruct-v1:0", whole, true),
        ("amazon.titan-text-express-v1", whole, false),
    ] {
        let (body, adapted) = sent_to(model, "{}", &offering, round);
        assert_eq!((body.contains("toolConfig"), adapted), (offered, vec![]), "{model} {round:?}");
    }
}

#[test]
fn a_results_status_is_left_out_for_a_model_without() {
    let palmyra = "us.writer.palmyra-x5-v1:0";
    let body = |status: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"t"}},{{"toolResult":{{"toolUseId":"a",{status}"content":[{{"text": "x"}}]}}}}]}}],"inferenceConfig":{{"maxTokens":1}}}}"#
        )
    };
    let with = body(r#""status":"error","#);
    assert_eq!(sent_to(palmyra, &with, &additions(), FIRST), (body(""), vec!["toolResult.status"]));
    assert_eq!(sent_to(palmyra, &with, &additions(), LATER), (body(""), vec![]));
    assert_eq!(sent_to(palmyra, &body(""), &additions(), FIRST), (body(""), vec![]));
    assert_eq!(sent_to("a.b", &with, &additions(), FIRST), (with, vec![]));
}

#[test]
fn text_behind_calls_stands_before_them_but_beside_reasoning() {
    let call = |id: &str| format!(r#"{{"toolUse":{{"toolUseId":"{id}","name":"f","input":{{}}}}}}"#);
    let (a, b, text) = (call("a"), call("b"), |text: &str| format!(r#"{{"text":"{text}"}}"#));
    let reasoning = r#"{"reasoningContent":{"reasoningText":{"text":"r","signature":"s"}}}"#.to_owned();
    let body = |blocks: &[&String]| {
        let blocks = blocks.iter().map(|block| block.as_str()).collect::<Vec<_>>().join(",");
        format!(r#"{{"messages":[{{"role":"assistant","content":[{blocks}]}}],"inferenceConfig":{{"maxTokens":1}}}}"#)
    };
    let (x, y) = (text("x"), text("y"));
    for (came, goes) in [(vec![&x, &a, &y, &b], vec![&x, &y, &a, &b]), (vec![&a, &x], vec![&x, &a])] {
        assert_eq!(sent_to("a.b", &body(&came), &additions(), FIRST), (body(&goes), vec!["messages.content"]));
    }
    for same in [vec![&x, &a, &b], vec![&x], vec![&reasoning, &a, &reasoning, &x, &b]] {
        assert_eq!(sent_to("a.b", &body(&same), &additions(), FIRST), (body(&same), vec![]));
    }
}
