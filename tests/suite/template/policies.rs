//! What each role may do and what it may not: the template is deployed to an emulator of AWS with several sets of
//! models, and the policies that come of it are evaluated by a simulator of IAM.

use std::io::Write as _;
use std::process::{Command, Stdio};

use local::access::Place;
use local::parameters::{DEFAULT_CHAT, Models};
use serde_json::{Map, Value, json};
use tests::tools::{root, tool};

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "000000000000";
const APPLICATION: &str = "arn:aws:bedrock:eu-west-1:000000000000:application-inference-profile/a1b2c3d4e5f6";
const PROVISIONED: &str = "arn:aws:bedrock:eu-west-1:000000000000:provisioned-model/abcdef012345";

/// A program with JSON in and JSON out.
fn run(command: &mut Command, input: &Value) -> Value {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn parameters(models: Models, more: &[(&str, &str)]) -> Value {
    let place = Place { region: REGION, account: ACCOUNT, online: false };
    let (lines, _) = models.parameters(place).unwrap();
    let pairs = lines.iter().map(|line| line.split_once('=').unwrap()).chain(more.iter().copied());
    pairs.map(|(key, value)| (key.to_owned(), Value::from(value))).collect::<Map<_, _>>().into()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn profile(id: &str) -> String {
    format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{id}")
}

fn model(region: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
}

const STREAM: &str = "bedrock:InvokeModelWithResponseStream";
const INVOKE: &str = "bedrock:InvokeModel";

/// Who may do what: stack, role, action, resource, the profile it is done through, whether it is allowed.
type Question = (&'static str, &'static str, String, String, Option<String>, bool);

fn may(
    stack: &'static str,
    role: &'static str,
    action: &str,
    resource: impl Into<String>,
    through: Option<&str>,
    allowed: bool,
) -> Question {
    (stack, role, action.to_owned(), resource.into(), through.map(str::to_owned), allowed)
}

fn questions() -> Vec<Question> {
    let (chat, embed, executor) = ("ChatFunctionRole", "EmbedFunctionRole", "ToolExecutorFunctionRole");
    let nova = DEFAULT_CHAT.strip_prefix("global.").unwrap();
    let global = profile(DEFAULT_CHAT);
    let (eu, claude) = (profile("eu.anthropic.claude-sonnet-4-6"), "anthropic.claude-sonnet-4-6");
    let mut all = Vec::new();
    for action in [INVOKE, STREAM] {
        // The default model: a global profile, and what it leads to, only through it.
        all.push(may("default", chat, action, &global, None, true));
        for region in [REGION, ""] {
            all.push(may("default", chat, action, model(region, nova), Some(&global), true));
            all.push(may("default", chat, action, model(region, nova), None, false));
            all.push(may("default", chat, action, model(region, nova), Some(&profile("global.amazon.other")), false));
        }
        all.push(may("default", chat, action, model("us-east-1", nova), Some(&global), false));
        all.push(may("default", chat, action, profile("eu.amazon.nova-2-lite-v1:0"), None, false));
        // A geographic profile: each destination only through it, no other region, no other model.
        all.push(may("geographic", chat, action, &eu, None, true));
        for region in ["eu-west-1", "eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-3"] {
            all.push(may("geographic", chat, action, model(region, claude), Some(&eu), true));
            all.push(may("geographic", chat, action, model(region, claude), None, false));
        }
        all.push(may("geographic", chat, action, model("us-east-1", claude), Some(&eu), false));
        all.push(may("geographic", chat, action, model(REGION, "anthropic.claude-opus-5-5"), Some(&eu), false));
        all.push(may("geographic", chat, action, &global, None, false));
        // Fallbacks and the fast model beside it, each its own.
        all.push(may("geographic", chat, action, profile("global.amazon.nova-2-lite-v1:0"), None, false));
        all.push(may("geographic", chat, action, model(REGION, "amazon.nova-lite-v1:0"), None, true));
        all.push(may("geographic", chat, action, model("eu-west-2", "amazon.nova-lite-v1:0"), None, false));
        all.push(may("geographic", chat, action, PROVISIONED, None, true));
        all.push(may("geographic", chat, action, PROVISIONED.replace("abcdef", "ghijkl"), None, false));
        // An application profile and what it was made from.
        all.push(may("application", chat, action, APPLICATION, None, true));
        all.push(may("application", chat, action, model("eu-north-1", claude), Some(APPLICATION), true));
        all.push(may("application", chat, action, model("eu-north-1", claude), None, false));
        all.push(may("application", chat, action, &eu, None, false));
        // embed invokes its one model and streams nothing.
        all.push(may("default", embed, action, model(REGION, "amazon.titan-embed-text-v2:0"), None, action == INVOKE));
        all.push(may("default", embed, action, model(REGION, "amazon.titan-embed-text-v1"), None, false));
        all.push(may("default", embed, action, model("us-east-1", "amazon.titan-embed-text-v2:0"), None, false));
        all.push(may("default", embed, action, &global, None, false));
        all.push(may("geographic", embed, action, profile("global.cohere.embed-v4:0"), None, action == INVOKE));
        let cohere = profile("global.cohere.embed-v4:0");
        all.push(may("geographic", embed, action, model("", "cohere.embed-v4:0"), Some(&cohere), action == INVOKE));
        all.push(may("geographic", embed, action, model("", "cohere.embed-v4:0"), None, false));
        // tool-executor has nothing of Bedrock.
        all.push(may("default", executor, action, &global, None, false));
        all.push(may("default", executor, action, model(REGION, nova), Some(&global), false));
    }
    let guardrail = format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/gr1");
    all.push(may("default", chat, "bedrock:ApplyGuardrail", &guardrail, None, false));
    all.push(may("geographic", chat, "bedrock:ApplyGuardrail", &guardrail, None, true));
    all.push(may("geographic", chat, "bedrock:ApplyGuardrail", guardrail.replace("gr1", "gr2"), None, false));
    for role in [chat, embed, executor] {
        for action in ["bedrock:UpdateGuardrail", "bedrock:GetInferenceProfile", "bedrock:DeleteGuardrail"] {
            let resource = if action.ends_with("Guardrail") { guardrail.clone() } else { profile(DEFAULT_CHAT) };
            all.push(may("geographic", role, action, resource, None, false));
        }
    }
    let function = |name: &str| format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
    for role in [chat, embed, executor] {
        all.push(may("default", role, "lambda:InvokeFunction", function("{ToolExecutorFunction}"), None, role == chat));
        all.push(may("default", role, "lambda:InvokeFunction", function("{ToolExecutorFunction}-other"), None, false));
        all.push(may("default", role, "lambda:InvokeFunction", function("{EmbedFunction}"), None, false));
        let table = |name: &str| format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}");
        all.push(may("default", role, "dynamodb:GetItem", table("{OrdersTable}"), None, role == executor));
        all.push(may("default", role, "dynamodb:GetItem", table("other"), None, false));
        all.push(may("default", role, "dynamodb:PutItem", table("{OrdersTable}"), None, false));
        all.push(may("default", role, "dynamodb:Scan", table("{OrdersTable}"), None, false));
    }
    all
}

#[tokio::test]
async fn each_role_may_do_what_it_must_and_nothing_else() {
    let (_ministack, url) = crate::ministack::ministack().await;
    let stacks = json!({
        "default": parameters(Models::default(), &[]),
        "geographic": parameters(
            Models {
                chat: some("eu.anthropic.claude-sonnet-4-6"),
                fallback: Some(format!("amazon.nova-lite-v1:0,{PROVISIONED}")),
                fast: some("eu.amazon.nova-micro-v1:0"),
                embed: some("global.cohere.embed-v4:0"),
            },
            &[("ChatGuardrailId", "gr1"), ("ChatReservedConcurrency", "5"), ("ChatFunctionUrl", "true")],
        ),
        "application": parameters(
            Models { chat: Some(format!("{APPLICATION}=eu.anthropic.claude-sonnet-4-6")), ..Models::default() },
            &[("AlarmTopicArn", "arn:aws:sns:eu-west-1:000000000000:pager")],
        ),
        // Refused before anything is made.
        "no-model": { "ChatModelId": "claude sonnet" },
        "no-embed-model": { "EmbedModelId": "titan" },
        "no-arns": { "ChatModelId": "eu.amazon.nova-lite-v1:0" },
        "no-arns-for-a-fallback": { "ChatFallbackModelIds": "amazon.nova-lite-v1:0" },
        "no-embed-arns": { "EmbedModelId": "cohere.embed-v4:0" },
        "a-wildcard": { "ChatModelArns": "arn:aws:bedrock:*::foundation-model/*" },
    });
    let mut deploy = Command::new(tool(".venv/bin/python3"));
    deploy.args([tool("tests/peers/deploy_policies.py").to_str().unwrap(), &url, REGION]);
    let deployed =
        tokio::task::spawn_blocking(move || run(deploy.arg(root().join("template.yaml")), &stacks)).await.unwrap();
    for (stack, said) in [
        ("no-model", "ChatModelId"),
        ("no-embed-model", "EmbedModelId"),
        ("no-arns", "ChatModelArns: expected the ARNs of"),
        ("no-arns-for-a-fallback", "ChatModelArns: expected the ARNs of"),
        ("no-embed-arns", "EmbedModelArns: expected the ARN of"),
        ("a-wildcard", "ChatModelArns"),
    ] {
        let refused = deployed[stack]["refused"].as_str().unwrap_or_else(|| panic!("{stack} was deployed"));
        assert!(refused.contains(said), "{stack}: {refused}");
    }
    for stack in ["default", "geographic", "application"] {
        let roles = &deployed[stack]["roles"];
        assert_eq!(roles.as_object().map(Map::len), Some(3), "{stack}: {}", deployed[stack]);
        no_wildcard(stack, roles);
    }

    let questions = questions();
    let asked: Vec<Value> = questions
        .iter()
        .map(|(stack, role, action, resource, through, _)| {
            let physical = deployed[stack]["physical"].as_object().unwrap();
            let named = physical.iter().fold(resource.clone(), |resource, (logical, id)| {
                resource.replace(&format!("{{{logical}}}"), id.as_str().unwrap())
            });
            let context = through.as_ref().map_or(json!({}), |profile| json!({ "bedrock:InferenceProfileArn": profile }));
            json!({ "policies": deployed[stack]["roles"][role], "action": action, "resource": named, "context": context })
        })
        .collect();
    let mut simulate = Command::new("node");
    simulate.arg(tool("tests/peers/simulate.mjs"));
    let results = tokio::task::spawn_blocking(move || run(&mut simulate, &asked.into())).await.unwrap();
    let wrong: Vec<String> = questions
        .iter()
        .zip(results.as_array().unwrap())
        .filter(|((.., allowed), result)| *result != if *allowed { "Allowed" } else { "ImplicitlyDenied" })
        .map(|(question, result)| format!("{question:?}: {result}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(results.as_array().map(Vec::len), Some(questions.len()));
}

/// No wildcard in an action, nor in a resource, of any statement.
fn no_wildcard(stack: &str, roles: &Value) {
    for statement in roles.as_object().unwrap().values().flat_map(|policies| policies.as_array().unwrap()) {
        for statement in statement["Statement"].as_array().unwrap() {
            let text = json!([statement["Action"], statement["Resource"]]).to_string();
            assert!(!text.contains('*') && !text.contains('?'), "{stack}: {statement}");
        }
    }
}
