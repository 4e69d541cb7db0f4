//! The loop over the wire: the model calls, the executor answers, and whatever goes wrong on the way.

use std::time::Duration;

use local::stand_in::event_frame;
use local::stand_in::scenario::Scenario;
use serde_json::{Value, json};
use shared::aws::lambda_tools::SPECS_FILE;
use shared::converse::tool_specs::ToolSpecs;
use tests::executor::{Executor, Fault};
use tests::in_process::{InProcess, says};

fn specs() -> ToolSpecs {
    ToolSpecs::parse(SPECS_FILE).unwrap()
}

const ORDER: &str = "Where is order 1001?";

#[tokio::test]
async fn the_model_calls_a_tool_and_answers_with_its_result_in_both_forms() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    let answer = local.sse(&says(ORDER)).await;
    let events = answer.events();
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let round = [
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
        "toolResult",
        "messageStart",
    ];
    assert!(names.windows(round.len()).any(|window| window == round), "{names:?}");
    let result = &events.iter().find(|(name, _)| name == "toolResult").unwrap().1;
    assert_eq!((&result["name"], &result["status"]), (&json!("get_order_status"), &json!("success")));
    assert!(result["durationMs"].is_u64() && result["content"][0]["json"]["status"] == "shipped", "{result}");
    assert!(answer.said().contains("status: shipped"), "{}", answer.said());

    let done = answer.end().1;
    assert_eq!((&done["rounds"], &done["stopReason"]), (&json!(2), &json!("end_turn")));
    let roles: Vec<&Value> = done["newMessages"].as_array().unwrap().iter().map(|turn| &turn["role"]).collect();
    assert_eq!(roles, ["assistant", "user", "assistant"]);
    assert_eq!(executor.events()[0]["input"], json!({ "order_id": "1001" }));

    let whole = local.json(&says(ORDER)).await.json();
    for field in ["stopReason", "rounds", "attempts", "usage", "newMessages"] {
        assert_eq!(whole[field], done[field], "{field}");
    }
    assert_eq!(whole["metrics"]["latencyMs"], 840);
}

#[tokio::test]
async fn several_rounds_and_parallel_calls_make_one_answer() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    let asked = "What time is it in Asia/Tokyo, then calculate 19.99 * 3 and look at order 1002?";
    let answer = local.sse(&says(asked)).await;
    let done = answer.end().1;
    assert_eq!(done["rounds"], 3);
    assert_eq!(done["newMessages"][3]["content"].as_array().unwrap().len(), 2, "both results in one turn");
    let said = answer.said();
    assert!(said.contains("Asia/Tokyo") && said.contains("result: 59.97") && said.contains("being packed"), "{said}");
}

#[tokio::test]
async fn server_tools_are_offered_before_the_callers_and_not_at_all_where_unwanted() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    let offered = |body: Value| {
        let local = &local;
        async move {
            local.json(&body).await;
            let tools = local.last_request()["toolConfig"]["tools"].as_array().cloned().unwrap_or_default();
            tools.iter().map(|tool| tool["toolSpec"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(offered(says("hi")).await, specs().names().collect::<Vec<_>>());
    let mut body = says("hi");
    body["serverTools"] = json!(["current_time"]);
    body["toolConfig"] = json!({ "tools": [{ "toolSpec": { "name": "theirs", "inputSchema": { "json": {} } } }] });
    assert_eq!(offered(body.clone()).await, ["current_time", "theirs"]);
    body["serverTools"] = json!([]);
    assert_eq!(offered(body).await, ["theirs"]);
}

/// The result that the model gets if an executor fails; the turn ends well all the same.
async fn told(fault: Fault) -> String {
    let executor = Executor::start(&[("get_order_status", fault)]).await;
    let mut local = InProcess::with_tools(&executor, &[]).await;
    local.invocation = Duration::from_secs(10);
    let answer = local.sse(&says(ORDER)).await;
    assert_eq!(answer.end().0, "done");
    let events = answer.events();
    let result = &events.iter().find(|(name, _)| name == "toolResult").unwrap().1;
    assert_eq!(result["status"], "error");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_executor_that_answers_garbage() {
    for garbage in
        ["", "hello", "{}", r#"{"toolResult":{"toolUseId":"other","status":"success","content":[{"text":"x"}]}}"#]
    {
        assert_eq!(told(Fault::Answers(garbage.to_owned())).await, "The tool's answer could not be read.");
    }
}

#[tokio::test]
async fn an_executor_that_fails_or_is_throttled() {
    assert_eq!(told(Fault::FunctionError).await, "The tool failed and did not say why.");
    assert_eq!(told(Fault::Throttled).await, "The tool is busy. Try again later, or go on without it.");
}

#[tokio::test]
async fn a_tool_that_never_returns() {
    assert!(told(Fault::Never).await.starts_with("The tool did not answer within"));
}

#[tokio::test]
async fn an_executor_that_cannot_be_reached() {
    let executor = Executor::start(&[]).await;
    let gone = executor.on_port(tests::process::free_port());
    let local = InProcess::with_tools(&gone, &[]).await;
    let answer = local.sse(&says(ORDER)).await;
    assert!(answer.text().contains("The tool could not be reached."), "{}", answer.text());
    assert_eq!(answer.end().0, "done");
}

#[tokio::test]
async fn a_result_of_ten_megabytes_is_cut_and_the_model_is_told() {
    let id = "tooluse_standin-01-00-abcdefgh";
    let huge = json!({ "toolResult": { "toolUseId": id, "status": "success", "content": [{ "text": "x".repeat(10_000_000) }] } });
    let executor = Executor::start(&[("get_order_status", Fault::Answers(huge.to_string()))]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    assert_eq!(local.sse(&says(ORDER)).await.end().0, "done");
    let text = local.last_request()["messages"][2]["content"][0]["toolResult"]["content"][0]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.len() < 110_000 && text.contains("[cut here: the result has 10000013 bytes"), "{}", text.len());
}

/// Lets the model call `calculate` with each of `inputs` in its first round.
fn calls(local: &InProcess, inputs: &[String]) {
    let mut body = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let start = json!({ "toolUse": { "toolUseId": format!("c{index}"), "name": "calculate" } });
        body.extend(event_frame("contentBlockStart", &json!({ "contentBlockIndex": index, "start": start }), index));
        let delta = json!({ "toolUse": { "input": input } });
        body.extend(event_frame("contentBlockDelta", &json!({ "contentBlockIndex": index, "delta": delta }), index));
    }
    body.extend(event_frame("messageStop", &json!({ "stopReason": "tool_use" }), 0));
    let content_type = "application/vnd.amazon.eventstream".to_owned();
    local.stand_in.next(Scenario::Replay { status: 200, content_type, body: body.into(), breaks: false });
}

#[tokio::test]
async fn fifty_calls_in_one_turn_end_at_the_limit_with_everything_gained() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    calls(&local, &(0..50).map(|n| format!(r#"{{"expression":"{n}+1"}}"#)).collect::<Vec<_>>());
    let answer = local.sse(&says("count")).await;
    let done = answer.end().1;
    assert_eq!((&done["stopReason"], executor.events().len()), (&json!("max_tool_calls"), 32));
    let results = done["newMessages"][1]["content"].as_array().unwrap();
    assert_eq!(results.len(), 50, "every call is answered");
    assert_eq!(results[31]["toolResult"]["content"][0]["json"]["result"], "32", "in the order of the calls");
    assert_eq!(results[32]["toolResult"]["status"], "error");
}

#[tokio::test]
async fn arguments_over_the_limit_are_rejected_and_the_turn_goes_on() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    calls(&local, &[json!({ "expression": "1+".repeat(150_000) }).to_string()]);
    let answer = local.sse(&says("count")).await;
    assert!(answer.text().contains("The input is over 262144 bytes."), "told to the model");
    assert_eq!((answer.end().0.as_str(), executor.events().len()), ("done", 0));
}

#[tokio::test]
async fn the_limit_of_rounds_ends_the_turn_with_its_own_reason() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[("CHAT_MAX_ROUNDS", "1")]).await;
    for streamed in [true, false] {
        let end = if streamed { local.sse(&says(ORDER)).await.end().1 } else { local.json(&says(ORDER)).await.json() };
        assert_eq!((&end["stopReason"], &end["rounds"]), (&json!("max_rounds"), &json!(1)));
        assert_eq!(end["newMessages"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_failure_after_a_tool_ran_keeps_its_rounds_and_is_not_retryable() {
    let executor = Executor::start(&[]).await;
    let local = InProcess::with_tools(&executor, &[]).await;
    calls(&local, &[r#"{"expression":"1+1"}"#.to_owned()]);
    local.stand_in.always(Scenario::parse("exception:ThrottlingException").ok());
    let streamed = local.sse(&says("count")).await.end();
    assert_eq!((streamed.0.as_str(), executor.events().len()), ("error", 1));

    let first = json!({ "output": { "message": { "role": "assistant", "content": [
        { "toolUse": { "toolUseId": "c0", "name": "calculate", "input": { "expression": "1+1" } } }] } },
        "stopReason": "tool_use", "usage": { "inputTokens": 1 }, "metrics": { "latencyMs": 5 } });
    let (status, content_type) = (200, "application/json".to_owned());
    local.stand_in.next(Scenario::Replay { status, content_type, body: first.to_string().into(), breaks: false });
    let whole = local.json(&says("count")).await;
    assert_eq!(whole.status, 429);
    for error in [streamed.1, whole.json()] {
        assert_eq!((&error["code"], &error["retryable"]), (&json!("throttled"), &json!(false)));
        assert_eq!(error["newMessages"].as_array().unwrap().len(), 2, "{error}");
    }
}

#[tokio::test]
async fn the_same_request_offers_the_same_bytes() {
    let executor = Executor::start(&[]).await;
    let mut sent = Vec::new();
    for _ in 0..2 {
        let local = InProcess::with_tools(&executor, &[]).await;
        local.sse(&says("hi")).await;
        sent.push(local.stand_in.received()[0].body.clone());
    }
    assert_eq!(sent[0], sent[1]);
    // The schemas' own keys stand in the order of the file, too.
    let text = String::from_utf8(sent[0].to_vec()).unwrap();
    let blocks = serde_json::to_string(&specs().iter().collect::<Vec<_>>()).unwrap();
    assert!(text.contains(&format!(r#""toolConfig":{{"tools":{blocks}}}"#)), "{text}");
}
