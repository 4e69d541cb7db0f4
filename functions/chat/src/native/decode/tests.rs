use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::aws::lambda_tools::SPECS_FILE;
use shared::limits::DEPTH;
use shared::prepare::{Round, prepare};

use super::*;

fn settings(more: &[(&str, &str)]) -> Settings {
    let base = [("CHAT_MODEL_ID", "us.anthropic.claude-sonnet-4-6"), ("CHAT_FAST_MODEL_ID", "amazon.nova-micro-v1:0")];
    Settings::from_env(&base.into_iter().chain(more.iter().copied()).collect()).unwrap()
}

fn decoded(body: &str, settings: &Settings, specs: &ToolSpecs) -> Result<Turn, (Code, String)> {
    let turn = match Document::parse(body.to_owned(), DEPTH) {
        Ok(document) => turn(document, Mode::Sse, settings, specs),
        Err(error) => Err(invalid(error)),
    };
    turn.map_err(|error| (error.code(), error.detail().to_owned()))
}

fn rejection(body: &str, settings: &Settings) -> (Code, String) {
    decoded(body, settings, &ToolSpecs::default()).unwrap_err()
}

/// The model that is called, and the body that it gets.
fn sent(body: &Value, settings: &Settings) -> (String, Value) {
    let turn = decoded(&body.to_string(), settings, &ToolSpecs::default()).unwrap();
    (turn.model.id.to_string(), serde_json::from_slice(&prepared(&turn)).unwrap())
}

fn prepared(turn: &Turn) -> Bytes {
    prepare(&turn.request, &turn.additions, &turn.model, Round { first: true, streamed: turn.streamed }).body
}

fn hello() -> Value {
    json!([{"role": "user", "content": [{"text": "hello"}]}])
}

#[test]
fn the_smallest_request_gets_the_default_model_and_max_tokens() {
    let (model, body) = sent(&json!({"messages": hello()}), &settings(&[]));
    assert_eq!(model, "us.anthropic.claude-sonnet-4-6");
    assert_eq!(body, json!({"messages": hello(), "inferenceConfig": {"maxTokens": 1024}}));
}

#[test]
fn the_alias_fast_and_a_configured_id_choose_their_model() {
    for name in ["fast", "amazon.nova-micro-v1:0"] {
        assert_eq!(sent(&json!({"messages": hello(), "modelId": name}), &settings(&[])).0, "amazon.nova-micro-v1:0");
    }
}

#[test]
fn an_unknown_model_is_told_what_there_is() {
    let body = json!({"messages": hello(), "modelId": "gpt"}).to_string();
    assert_eq!(
        rejection(&body, &settings(&[])),
        (
            Code::ModelNotFound,
            "Unknown model \"gpt\". Available: default, fast, us.anthropic.claude-sonnet-4-6, amazon.nova-micro-v1:0."
                .into()
        )
    );
}

#[test]
fn every_field_of_the_contract_goes_out() {
    let request = json!({
        "messages": hello(), "system": [{"text": "s"}], "inferenceConfig": {"temperature": 0.5, "maxTokens": 9},
        "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}]},
        "guardrailConfig": {"guardrailIdentifier": "abc", "guardrailVersion": "1"},
        "additionalModelRequestFields": {"top_k": 5}, "additionalModelResponseFieldPaths": ["/a"],
        "performanceConfig": {"latency": "optimized"}, "serviceTier": {"type": "flex"},
        "requestMetadata": {"a": "b"}, "outputConfig": {"effort": "low"}, "serverTools": [],
    });
    let (_, body) = sent(&request, &settings(&[]));
    let mut expected = request;
    expected.as_object_mut().unwrap().remove("serverTools");
    assert_eq!(body, expected);
}

#[test]
fn wrong_bodies_are_rejected_with_a_reason() {
    for (body, start) in [
        ("[]", "expected an object, found an array"),
        ("{}", "messages: missing"),
        (r#"{"message":[]}"#, "\"message\": unknown field. Is it messages? Fields are Converse's"),
        (r#"{"modelId":7}"#, "modelId: expected a string, found a number"),
        (r#"{"messages":[]}"#, "messages: expected at least one message"),
        (r#"{"serverTools":["get_order_status"]}"#, "serverTools: unknown tool \"get_order_status\". Available: none."),
        (r#"{"serverTools":"all"}"#, "serverTools: expected an array, found a string"),
        (r#"{"inferenceConfig":{"maxTokens":-5}}"#, "inferenceConfig.maxTokens: expected a positive integer"),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"a","image":{}}]}]}"#,
            "messages[0].content[0]: expected exactly one of text, image",
        ),
    ] {
        let (code, detail) = rejection(body, &settings(&[]));
        assert_eq!(code, Code::InvalidRequest);
        assert!(detail.starts_with(start), "{detail}");
    }
}

const GUARDED: [(&str, &str); 2] = [("CHAT_GUARDRAIL_ID", "gr1"), ("CHAT_GUARDRAIL_VERSION", "3")];

#[test]
fn the_operators_guardrail_is_sent_and_a_trace_is_the_callers_choice() {
    let (_, body) = sent(&json!({"messages": hello()}), &settings(&GUARDED));
    assert_eq!(body["guardrailConfig"], json!({"guardrailIdentifier": "gr1", "guardrailVersion": "3"}));
    let theirs = json!({"guardrailIdentifier": "gr1", "trace": "enabled", "streamProcessingMode": "sync"});
    let (_, body) = sent(&json!({"messages": hello(), "guardrailConfig": theirs}), &settings(&GUARDED));
    assert_eq!(
        body["guardrailConfig"],
        json!({"guardrailIdentifier": "gr1", "guardrailVersion": "3", "trace": "enabled"})
    );
}

#[test]
fn a_caller_cannot_weaken_the_operators_guardrail() {
    for (request, path) in [
        (
            json!({"messages": hello(), "guardrailConfig": {"guardrailIdentifier": "other"}}),
            "guardrailConfig.guardrailIdentifier",
        ),
        (
            json!({"messages": hello(), "guardrailConfig": {"guardrailVersion": "DRAFT"}}),
            "guardrailConfig.guardrailVersion",
        ),
        (
            json!({"messages": hello(), "guardrailConfig": {"streamProcessingMode": "async"}}),
            "guardrailConfig.streamProcessingMode",
        ),
        (json!({"messages": hello(), "guardrailConfig": {"new": "x"}}), "guardrailConfig.new"),
        (
            json!({"messages": [{"role": "user", "content": [{"text": "bad"}, {"guardContent": {"text": {"text": "good"}}}]}]}),
            "messages[0].content[1].guardContent",
        ),
    ] {
        let (code, detail) = rejection(&request.to_string(), &settings(&GUARDED));
        assert_eq!(code, Code::InvalidRequest);
        assert!(detail.starts_with(path), "{detail}");
    }
}

#[test]
fn server_tools_are_all_some_or_none_and_a_caller_cannot_take_their_names() {
    let (settings, specs) = (settings(&[]), ToolSpecs::parse(SPECS_FILE).unwrap());
    let offered = |more: Value| {
        let mut body = json!({ "messages": hello() });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let turn = decoded(&body.to_string(), &settings, &specs).map_err(|(_, detail)| detail)?;
        Ok::<_, String>(turn.additions.tools.names().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(offered(json!({})), Ok(specs.names().map(str::to_owned).collect()));
    assert_eq!(offered(json!({ "serverTools": [] })), Ok(vec![]));
    assert_eq!(offered(json!({ "serverTools": ["calculate"] })), Ok(vec!["calculate".to_owned()]));
    let unknown = offered(json!({ "serverTools": ["guess"] })).unwrap_err();
    assert!(unknown.starts_with("serverTools: unknown tool \"guess\". Available: calculate"), "{unknown}");
    let same =
        json!({ "toolConfig": { "tools": [{ "toolSpec": { "name": "calculate", "inputSchema": { "json": {} } } }] } });
    assert_eq!(
        offered(same),
        Err("toolConfig.tools: this service has a tool \"calculate\" of its own, which serverTools can leave out"
            .to_owned())
    );
}

proptest! {
    #[test]
    fn any_body_is_answered(body in "[{}\\[\\]:,\"a-z0-9.-]{0,80}") {
        let _ = decoded(&body, &settings(&GUARDED), &ToolSpecs::default());
    }

    #[test]
    fn the_same_request_is_the_same_bytes(text in "\\PC{0,40}", temperature in 0.0_f64..1.0) {
        let body = json!({"messages": [{"role": "user", "content": [{"text": text}]}], "inferenceConfig": {"temperature": temperature}}).to_string();
        let bytes = || prepared(&decoded(&body, &settings(&[]), &ToolSpecs::default()).unwrap());
        prop_assert_eq!(bytes(), bytes());
    }
}

#[test]
fn null_is_absent_everywhere_but_in_documents() {
    let settings = settings(&[]);
    let messages = json!([{ "role": "user", "content": [{ "text": "q" }] }]);
    let plain = sent(&json!({ "messages": messages }), &settings);
    let fields = Request::FIELDS.into_iter().chain(["modelId", "serverTools"]).filter(|field| *field != "messages");
    for field in fields {
        assert_eq!(sent(&json!({ "messages": messages, field: null }), &settings), plain, "{field}");
    }
    let reasoning = json!({ "reasoningContent": { "reasoningText": null, "redactedContent": "aGk=" } });
    let body = json!({
        "messages": [
            { "role": "user", "content": [{ "text": "q", "image": null, "toolUse": null }] },
            { "role": "assistant", "content": [reasoning, { "toolUse": { "toolUseId": "t", "name": "f", "input": { "a": null } } }] },
            { "role": "user", "content": [{ "toolResult": { "toolUseId": "t", "status": null, "content": [{ "json": { "b": null } }] } }] },
        ],
        "inferenceConfig": { "maxTokens": 100, "temperature": null, "topP": null, "stopSequences": null },
    });
    let (_, sent) = sent(&body, &settings);
    assert_eq!(sent["inferenceConfig"], json!({ "maxTokens": 100 }));
    assert_eq!(sent["messages"][0]["content"], json!([{ "text": "q" }]));
    assert_eq!(sent["messages"][1]["content"][0], json!({ "reasoningContent": { "redactedContent": "aGk=" } }));
    assert_eq!(sent["messages"][1]["content"][1]["toolUse"]["input"], json!({ "a": null }));
    assert_eq!(
        sent["messages"][2]["content"][0]["toolResult"],
        json!({ "toolUseId": "t", "content": [{ "json": { "b": null } }] })
    );
}

#[test]
fn a_whole_number_is_one_however_it_is_written() {
    let settings = settings(&[]);
    for (written, tokens) in [("4096.0", 4096), ("4.096e3", 4096), ("1", 1), ("100e-2", 1)] {
        let body = format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"q"}}]}}],"inferenceConfig":{{"maxTokens":{written}}}}}"#
        );
        let turn = decoded(&body, &settings, &ToolSpecs::default()).unwrap();
        let body = String::from_utf8(prepared(&turn).to_vec()).unwrap();
        assert!(body.contains(&format!(r#""inferenceConfig":{{"maxTokens":{tokens}}}"#)), "{written}: {body}");
    }
    for written in ["4096.5", "0", "0.0", "-1", "1e99", "\"4096\""] {
        let body = format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"q"}}]}}],"inferenceConfig":{{"maxTokens":{written}}}}}"#
        );
        assert!(rejection(&body, &settings).1.contains("inferenceConfig.maxTokens"), "{written}");
    }
}

#[test]
fn an_unknown_field_is_rejected_and_the_likely_one_named() {
    let settings = settings(&[]);
    for (more, expected) in [
        (r#""inferenceConfig":{"max_tokens":5}"#, "inferenceConfig: unknown field \"max_tokens\". Is it maxTokens?"),
        (r#""inferenceConfig":{"stop_sequences":["x"]}"#, "Is it stopSequences?"),
        (r#""inferenceConfig":{"stop":["x"]}"#, "Is it stopSequences?"),
        (r#""inferenceConfig":{"tempertaure":1}"#, "Is it temperature?"),
        (r#""inferenceConfig":{"top_p":1}"#, "Is it topP?"),
        (r#""inferenceConfig":{"hologram":1}"#, "unknown field \"hologram\". Fields are maxTokens,"),
        (
            r#""toolConfig":{"tools":[],"tool_choice":{}}"#,
            "toolConfig: unknown field \"tool_choice\". Is it toolChoice?",
        ),
        (r#""model":"x""#, "Is it modelId?"),
        (r#""tool_config":{}"#, "Is it toolConfig?"),
    ] {
        let body = format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"q"}}]}}],{more}}}"#);
        let (code, detail) = rejection(&body, &settings);
        assert_eq!(code, Code::InvalidRequest);
        assert!(detail.contains(expected), "{more}: {detail}");
    }
}

#[test]
fn a_callers_tool_may_have_the_name_of_a_tool_that_is_not_offered() {
    let specs = ToolSpecs::parse(r#"[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]"#).unwrap();
    let body = |more: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"q"}}]}}],"toolConfig":{{"tools":[{{"toolSpec":{{"name":"f","inputSchema":{{"json":{{}}}}}}}}]}}{more}}}"#
        )
    };
    assert!(decoded(&body(""), &settings(&[]), &specs).unwrap_err().1.contains("serverTools can leave out"));
    let turn = decoded(&body(r#","serverTools":[]"#), &settings(&[]), &specs).unwrap();
    assert!(turn.additions.tools.is_empty());
}

#[test]
fn an_answer_of_any_number_of_blocks_can_be_sent_back() {
    let blocks = |block: fn(usize) -> Value| (0..1_500).map(block).collect::<Vec<_>>();
    let calls = blocks(|n| json!({ "toolUse": { "toolUseId": format!("t{n}"), "name": "f", "input": {} } }));
    let results = blocks(|n| json!({ "toolResult": { "toolUseId": format!("t{n}"), "content": [{ "text": "r" }] } }));
    let turn = |role: &str, content| json!({ "role": role, "content": content });
    let question = turn("user", vec![json!({ "text": "q" })]);
    sent(&json!({ "messages": [question, turn("assistant", calls), turn("user", results)] }), &settings(&[]));
    let texts = blocks(|_| json!({ "text": "q" }));
    let (_, detail) = rejection(&json!({ "messages": [turn("user", texts)] }).to_string(), &settings(&[]));
    assert_eq!(detail, "messages[0].content: expected at most 1000 items, found 1500");
}
