//! `template.yaml`: linted as it stands and as it is deployed, held against the code and the documents, and each role
//! evaluated for what it may do and what it may not.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde_json::Value;
use shared::error::Code;
use tests::tools::{root, tool};

mod policies;

/// The template as CloudFormation deploys it, by AWS's own translator.
fn transformed() -> (String, Value) {
    let output = Command::new(tool(".venv/bin/python3"))
        .args([tool("tests/peers/transform.py"), root().join("template.yaml")])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (text, json)
}

fn resource<'t>(template: &'t Value, name: &str) -> &'t Value {
    let properties = &template["Resources"][name]["Properties"];
    assert!(properties.is_object(), "no resource {name}");
    properties
}

/// The method of a path of the API.
fn method<'t>(template: &'t Value, path: &str) -> &'t Value {
    &resource(template, "Api")["Body"]["paths"][path]["post"]
}

const FUNCTIONS: [(&str, &str); 3] =
    [("ChatFunction", "chat"), ("EmbedFunction", "embed"), ("ToolExecutorFunction", "tool-executor")];

#[test]
fn the_linter_finds_nothing_before_and_after_the_transformation() {
    let deployed = std::env::temp_dir().join(format!("bedrock-lambda-template-{}.json", std::process::id()));
    // W3037, unknown IAM actions, is only checked without the transform.
    std::fs::write(&deployed, transformed().0).unwrap();
    for file in [root().join("template.yaml"), deployed.clone()] {
        let output = Command::new(tool(".venv/bin/cfn-lint")).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.is_empty(), "{}: {said}", file.display());
    }
    std::fs::remove_file(deployed).unwrap();
}

#[test]
fn chat_is_streamed_for_fifteen_minutes_and_embed_is_not() {
    let (_, template) = transformed();
    let chat = &method(&template, "/chat")["x-amazon-apigateway-integration"];
    let uri = chat["uri"]["Fn::Sub"].as_str().unwrap();
    assert!(uri.ends_with("/2021-11-15/functions/${ChatFunction.Arn}/response-streaming-invocations"), "{uri}");
    assert_eq!((&chat["responseTransferMode"], &chat["timeoutInMillis"]), (&"STREAM".into(), &900_000.into()));
    let embed = &method(&template, "/embed")["x-amazon-apigateway-integration"];
    let uri = embed["uri"]["Fn::Sub"].as_str().unwrap();
    assert!(uri.ends_with("/2015-03-31/functions/${EmbedFunction.Arn}/invocations"), "{uri}");
    assert_eq!((&embed["responseTransferMode"], &embed["timeoutInMillis"]), (&Value::Null, &Value::Null));
    // Within the 29 s of a buffered integration.
    assert!(resource(&template, "EmbedFunction")["Timeout"].as_u64().unwrap() < 29);
    assert_eq!(resource(&template, "ChatFunction")["Timeout"], 900);
    assert_eq!(resource(&template, "Api")["EndpointConfiguration"]["Types"][0], "REGIONAL");
}

#[test]
fn the_routes_are_those_of_the_code_and_every_one_is_signed() {
    let (_, template) = transformed();
    let paths = resource(&template, "Api")["Body"]["paths"].as_object().unwrap();
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["/chat", "/embed"]);
    let chat = chat::ROUTES.iter().map(|route| (route.method.as_str(), route.path));
    let code: Vec<_> = chat.chain(embed::ROUTES.iter().map(|route| (route.method.as_str(), route.path))).collect();
    assert_eq!(code, [("POST", "/chat"), ("POST", "/embed")]);
    for path in ["/chat", "/embed"] {
        assert_eq!(paths[path].as_object().unwrap().keys().collect::<Vec<_>>(), ["post"]);
        assert_eq!(method(&template, path)["security"][0], serde_json::json!({ "AWS_IAM": [] }));
        let credentials = &method(&template, path)["x-amazon-apigateway-integration"]["credentials"];
        assert!(credentials.is_null(), "{path}: the caller's credentials would invoke the function");
    }
    assert_eq!(resource(&template, "ChatUrl")["AuthType"], "AWS_IAM");
    assert_eq!(resource(&template, "ChatUrl")["InvokeMode"], "RESPONSE_STREAM");
}

#[test]
fn every_function_is_a_binary_that_is_built_and_runs_as_the_documents_say() {
    let (_, template) = transformed();
    let page = crate::documents::document("docs/deployment.md");
    for (name, binary) in FUNCTIONS {
        let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
        assert!(
            text.contains(&format!(
                "BuildMethod: rust-cargolambda\n      BuildProperties:\n        Binary: {binary}\n"
            )),
            "{name}"
        );
        assert!(root().join(format!("functions/{binary}/src/main.rs")).is_file(), "{binary}");
        let function = resource(&template, name);
        assert_eq!((&function["Runtime"], &function["Handler"]), (&"provided.al2023".into(), &"bootstrap".into()));
        assert_eq!(function["Architectures"][0]["Ref"], "Architecture");
        assert_eq!(
            (&function["TracingConfig"]["Mode"], &function["LoggingConfig"]["LogFormat"]),
            (&"Active".into(), &"JSON".into())
        );
        let group = function["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap();
        assert_eq!(resource(&template, group)["RetentionInDays"]["Ref"], "LogRetentionDays");
        let (timeout, memory) = (function["Timeout"].as_u64().unwrap(), function["MemorySize"].as_u64().unwrap());
        let row = format!("| `{binary}` | {memory} MB | {timeout} s |");
        assert!(page.contains(&row), "docs/deployment.md has no row {row}");
    }
}

#[test]
fn the_environment_is_what_the_code_reads() {
    let (_, template) = transformed();
    for (name, binary) in FUNCTIONS {
        let set: BTreeSet<&str> = resource(&template, name)["Environment"]["Variables"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut files =
            vec!["shared/src/service/telemetry.rs".to_owned(), format!("functions/{binary}/src/settings.rs")];
        if binary != "tool-executor" {
            files.push("shared/src/service/router.rs".to_owned());
        }
        let read = files.into_iter().map(|path| {
            let text = std::fs::read_to_string(root().join(path)).unwrap();
            crate::documents::variables(text.split("#[cfg(test)]").next().unwrap())
        });
        let read: Vec<BTreeSet<String>> = read.collect();
        let read: BTreeSet<&str> = read.iter().flatten().map(String::as_str).collect();
        assert_eq!(set, read, "{binary}");
    }
}

#[test]
fn the_documented_parameters_are_the_templates_and_each_has_a_default() {
    let (_, template) = transformed();
    let parameters = template["Parameters"].as_object().unwrap();
    let page = crate::documents::document("docs/deployment.md");
    let documented: BTreeSet<String> = crate::documents::table(&page, "\n## Parameters\n")
        .iter()
        .flat_map(|row| row[0].split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>())
        .collect();
    assert_eq!(documented.iter().collect::<Vec<_>>(), parameters.keys().collect::<Vec<_>>());
    for (name, parameter) in parameters {
        assert!(!parameter["Default"].is_null() && parameter["Description"].is_string(), "{name}");
    }
    assert_eq!(parameters["ChatModelId"]["Default"], local::parameters::DEFAULT_CHAT);
}

#[test]
fn what_api_gateway_refuses_is_a_problem_of_the_table() {
    let (_, template) = transformed();
    let responses = resource(&template, "Api")["Body"]["x-amazon-apigateway-gateway-responses"].as_object().unwrap();
    let mut codes = BTreeMap::new();
    for (kind, response) in responses {
        let document = response["responseTemplates"]["application/json"].as_str().unwrap();
        let problem: Value = serde_json::from_str(document).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let code = problem["code"].as_str().unwrap();
        assert_eq!(
            (&problem["type"], &problem["requestId"]),
            (&format!("/problems/{code}").into(), &"$context.requestId".into())
        );
        assert_eq!(problem["status"].to_string(), response["statusCode"].as_str().unwrap(), "{kind}");
        let row = Code::ALL.iter().map(|code| code.row()).find(|row| row.code == code);
        let (status, retryable, title) = match (row, code) {
            (Some(row), _) => (row.status, row.retryable, row.title),
            (None, "forbidden") => (403, false, "This request is not allowed"),
            (None, code) => panic!("{kind}: {code} is not in the table"),
        };
        assert_eq!(
            (&problem["status"], &problem["retryable"], &problem["title"]),
            (&status.into(), &retryable.into(), &title.into()),
            "{kind}"
        );
        let headers = response["responseParameters"].as_object().unwrap();
        assert_eq!(headers["gatewayresponse.header.Content-Type"], "'application/problem+json'", "{kind}");
        assert_eq!(headers["gatewayresponse.header.Cache-Control"], "'no-store'", "{kind}");
        assert_eq!(headers.contains_key("gatewayresponse.header.Retry-After"), matches!(status, 429 | 503), "{kind}");
        assert_eq!(headers.contains_key("gatewayresponse.header.WWW-Authenticate"), status == 401, "{kind}");
        codes.insert(kind.as_str(), code.to_owned());
    }
    let expected = [
        ("DEFAULT_4XX", "forbidden"),
        ("DEFAULT_5XX", "internal"),
        ("INTEGRATION_FAILURE", "unavailable"),
        ("INTEGRATION_TIMEOUT", "deadline"),
        ("QUOTA_EXCEEDED", "throttled"),
        ("REQUEST_TOO_LARGE", "body-too-large"),
        ("THROTTLED", "throttled"),
        ("UNAUTHORIZED", "unauthorized"),
        ("UNSUPPORTED_MEDIA_TYPE", "unsupported-media-type"),
    ];
    assert_eq!(codes, BTreeMap::from(expected.map(|(kind, code)| (kind, code.to_owned()))));
}

/// How often `value` holds a reference to the parameter `name`.
fn references(value: &Value, name: &str) -> usize {
    match value {
        Value::Object(members) if members.get("Ref").is_some_and(|to| to == name) => 1,
        Value::Object(members) => members.values().map(|member| references(member, name)).sum(),
        Value::Array(items) => items.iter().map(|item| references(item, name)).sum(),
        _ => 0,
    }
}

#[test]
fn the_log_level_filters_in_the_functions_and_never_in_lambda() {
    let (_, template) = transformed();
    for (name, _) in FUNCTIONS {
        let function = resource(&template, name);
        // Above INFO, Lambda drops request lines, and the metric filter behind an alarm counts nothing.
        assert_eq!(function["LoggingConfig"]["ApplicationLogLevel"], "INFO", "{name}");
        assert_eq!(function["Environment"]["Variables"]["LOG_LEVEL"]["Ref"], "LogLevel", "{name}");
    }
    assert_eq!(references(&template["Resources"], "LogLevel"), FUNCTIONS.len());
    // Below INFO it would promise lines that Lambda drops.
    let levels = serde_json::json!(["INFO", "WARN", "ERROR", "FATAL"]);
    assert_eq!(template["Parameters"]["LogLevel"]["AllowedValues"], levels);
}

#[test]
fn every_alarm_watches_something_of_this_stack_and_tells_the_topic() {
    let (_, template) = transformed();
    let all = template["Resources"].as_object().unwrap().values();
    let alarms: Vec<&Value> =
        all.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm").map(|alarm| &alarm["Properties"]).collect();
    let metrics: BTreeSet<&str> = alarms.iter().map(|alarm| alarm["MetricName"].as_str().unwrap()).collect();
    assert_eq!(
        metrics.into_iter().collect::<Vec<_>>(),
        ["5XXError", "Duration", "Errors", "ModelThrottles", "Throttles"]
    );
    for alarm in alarms {
        assert_eq!(alarm["AlarmActions"]["Fn::If"][1][0]["Ref"], "AlarmTopicArn", "{alarm}");
    }
    let filter = resource(&template, "ModelThrottles");
    assert_eq!(filter["LogGroupName"]["Ref"], "ChatLogGroup");
    // The fields that the pattern reads are those of the log line.
    let record = std::fs::read_to_string(root().join("shared/src/service/observer.rs")).unwrap();
    for field in ["code", "retried"] {
        assert!(
            filter["FilterPattern"].as_str().unwrap().contains(&format!("$.{field}")) && record.contains(field),
            "{field}"
        );
    }
}
