use super::*;
use crate::json::Document;

fn rejection(json: &str) -> String {
    let document = Document::parse(json.to_owned(), 32).unwrap();
    match ToolConfig::decode(document.root(), &JsonPath::ROOT.field("t")) {
        Ok(_) => "accepted".to_owned(),
        Err(invalid) => invalid.to_string(),
    }
}

#[test]
fn wrong_tools_are_rejected_with_their_path() {
    for (json, expected) in [
        (r#"{"tools":[]}"#, "t.tools: expected at least one tool"),
        (r#"{"tools":[{"toolSpec":{"name":"f"}}]}"#, "t.tools[0].toolSpec.inputSchema: missing"),
        (
            r#"{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":"{}"}}}]}"#,
            "t.tools[0].toolSpec.inputSchema.json: expected an object, found a string",
        ),
        (
            r#"{"tools":[{"cachePoint":{"type":"default"}}],"toolChoice":{"none":{}}}"#,
            "t.toolChoice: expected exactly one of auto, any, tool; found \"none\"",
        ),
        (
            r#"{"tools":[{"systemTool":{"name":"nova_code_interpreter"}}],"toolChoice":{"tool":{"name":""}}}"#,
            "t.toolChoice.tool.name: expected 1 to 64 letters, digits, - or _",
        ),
    ] {
        assert_eq!(rejection(json), expected);
    }
}

#[test]
fn prepended_tools_stand_before_the_others_and_a_choice_can_be_removed() {
    let json = r#"{"toolChoice":{"any":{}},"tools":[{"toolSpec":{"name":"theirs","inputSchema":{"json":{}}}}]}"#;
    let document = Document::parse(json.to_owned(), 16).unwrap();
    let mut config = ToolConfig::decode(document.root(), &JsonPath::ROOT).unwrap();
    assert_eq!(serde_json::to_string(&config).unwrap(), json, "unchanged, it is written as it came");
    let ours = Document::parse(r#"{"toolSpec":{"name":"ours","inputSchema":{"json":{}}}}"#.to_owned(), 16).unwrap();
    config.prepend([Tool::decode(ours.root(), &JsonPath::ROOT).unwrap()]);
    assert_eq!(config.tools().iter().filter_map(Tool::name).collect::<Vec<_>>(), ["ours", "theirs"]);
    config.remove_choice();
    assert_eq!(
        serde_json::to_string(&config).unwrap(),
        r#"{"tools":[{"toolSpec":{"name":"ours","inputSchema":{"json":{}}}},{"toolSpec":{"name":"theirs","inputSchema":{"json":{}}}}]}"#
    );
}
