//! Every transition of the state.

use super::*;
use crate::engine::round::Asked;

const LIMITS: Limits = Limits { rounds: 3, tool_calls: 2 };

fn state(limits: Limits) -> State {
    let ours = Specs::all().only(&["calculate".to_owned()]).unwrap();
    State::new(limits, ours, vec!["theirs".to_owned()])
}

fn call(id: &str, name: &str) -> Block {
    Block::call(id.to_owned(), name.to_owned(), "{}")
}

fn round(stop_reason: StopReason, blocks: Vec<Block>) -> Round {
    Round {
        blocks,
        stop_reason,
        usage: serde_json::from_str(r#"{"inputTokens":1}"#).ok(),
        latency_ms: Some(5),
        time_to_first_token: Some(Duration::from_millis(2)),
        bedrock_request_id: None,
        reply: None,
        asked: Asked { model_id: crate::model::id::ModelId::for_tests(), attempts: 2, retried: vec!["r".to_owned()] },
    }
}

fn text() -> Block {
    Block::Whole(r#"{"text":"hi"}"#.to_owned())
}

fn result(id: &str) -> ToolResult {
    ToolResult {
        tool_use_id: id.to_owned(),
        status: crate::engine::tools::ToolStatus::Success,
        content: "[]".to_owned(),
    }
}

/// A step as a line: what it is, and for an end the reason and the roles of the new messages.
fn line(step: &Step) -> String {
    match step {
        Step::Call => "call".to_owned(),
        Step::Answer(planned) => {
            let planned = planned.iter().map(|planned| match planned {
                Planned::Run(call) => format!("run {}", call.tool_use_id),
                Planned::Known(_, result) => format!("known {}", result.tool_use_id),
            });
            planned.collect::<Vec<_>>().join(", ")
        }
        Step::End(done) => {
            let roles = done.gained.new_messages.iter().map(|turn| turn.get().get(9..10).unwrap_or_default());
            format!("end {} {}", done.reason.name(), roles.collect::<String>())
        }
    }
}

fn ended(stop_reason: StopReason, blocks: Vec<Block>) -> String {
    line(&state(LIMITS).round_ended(round(stop_reason, blocks), Duration::ZERO))
}

#[test]
fn a_turn_without_calls_ends_with_the_models_reason() {
    for name in [
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
        "of_next_year",
    ] {
        assert_eq!(ended(StopReason::from_name(name), vec![text()]), format!("end {name} a"));
    }
    assert_eq!(ended(StopReason::EndTurn, vec![]), "end end_turn ");
}

#[test]
fn our_calls_are_run_and_then_the_model_is_called() {
    let mut state = state(LIMITS);
    let step = state.round_ended(round(StopReason::ToolUse, vec![text(), call("a", "calculate")]), Duration::ZERO);
    assert_eq!(line(&step), "run a");
    assert!(state.tool_ran());
    assert_eq!(line(&state.answered(&[result("a")], true)), "call");
    assert!(!state.is_first());
    let step = state.round_ended(round(StopReason::EndTurn, vec![text()]), Duration::from_secs(1));
    let Step::End(done) = step else { panic!("{step:?}") };
    assert_eq!((done.reason.name(), done.gained.rounds), ("end_turn", 2));
    assert_eq!(done.gained.usage.as_deref().map(serde_json::value::RawValue::get), Some(r#"{"inputTokens":2}"#));
    assert_eq!((done.gained.latency_ms, done.gained.time_to_first_token), (Some(10), Some(Duration::from_millis(2))));
    assert_eq!(done.gained.new_messages.len(), 3);
}

#[test]
fn a_call_of_the_callers_tool_ends_the_turn_with_the_call_open() {
    assert_eq!(ended(StopReason::ToolUse, vec![call("a", "theirs")]), "end tool_use a");
}

#[test]
fn where_both_kinds_are_called_ours_run_first_and_only_theirs_stays_open() {
    let mut state = state(LIMITS);
    let blocks = vec![call("t", "theirs"), call("o", "calculate")];
    assert_eq!(line(&state.round_ended(round(StopReason::ToolUse, blocks), Duration::ZERO)), "run o");
    let step = state.answered(&[result("o")], true);
    assert_eq!(line(&step), "end tool_use au");
    let Step::End(done) = step else { panic!("{step:?}") };
    assert!(!done.gained.new_messages[1].get().contains(r#""toolUseId":"t""#));
}

#[test]
fn what_cannot_be_run_is_answered_and_the_turn_goes_on() {
    let broken = Block::call("b".into(), "calculate".into(), r#"{"a":"#);
    for (blocks, answered) in [
        (vec![call("u", "nobody")], "known u"),
        (vec![broken], "known b"),
        (vec![call("a", "calculate"), call("a", "calculate")], "run a, known a-1"),
        (vec![call("x", "theirs"), call("n", "no such")], "known n"),
    ] {
        assert_eq!(ended(StopReason::ToolUse, blocks), answered);
    }
    assert_eq!(ended(StopReason::MalformedToolUse, vec![call("m", "calculate")]), "known m");
    assert_eq!(line(&state(LIMITS).answered(&[result("m")], true)), "call");
}

#[test]
fn a_call_that_the_turns_end_cut_is_answered_and_not_run() {
    for name in ["max_tokens", "end_turn", "content_filtered", "of_next_year"] {
        let step = state(LIMITS).round_ended(
            round(StopReason::from_name(name), vec![call("a", "calculate"), call("t", "theirs")]),
            Duration::ZERO,
        );
        assert_eq!(line(&step), format!("end {name} au"));
        let Step::End(done) = step else { panic!("{step:?}") };
        let results = done.gained.new_messages[1].get();
        assert_eq!(results.matches(&format!("the turn ended with {name}.")).count(), 2, "{results}");
    }
}

#[test]
fn each_limit_ends_the_turn_with_its_own_reason_and_all_it_gained() {
    let one = Limits { rounds: 1, tool_calls: 2 };
    let mut state = state(one);
    let calls = vec![call("a", "calculate")];
    state.round_ended(round(StopReason::ToolUse, calls.clone()), Duration::ZERO);
    assert_eq!(line(&state.answered(&[result("a")], true)), "end max_rounds au");

    let mut state = self::state(LIMITS);
    state.round_ended(round(StopReason::ToolUse, calls), Duration::ZERO);
    assert_eq!(line(&state.answered(&[result("a")], false)), "end deadline au");

    let mut state = self::state(LIMITS);
    let fifty = (0..50).map(|n| call(&format!("c{n}"), "calculate")).collect();
    let Step::Answer(planned) = state.round_ended(round(StopReason::ToolUse, fifty), Duration::ZERO) else { panic!() };
    let runs = planned.iter().filter(|planned| matches!(planned, Planned::Run(_))).count();
    assert_eq!((planned.len(), runs), (50, 2));
    let results: Vec<ToolResult> = (0..50).map(|n| result(&format!("c{n}"))).collect();
    assert_eq!(line(&state.answered(&results, true)), "end max_tool_calls au");
}

#[test]
fn a_failed_round_keeps_what_the_others_gained() {
    let mut state = state(LIMITS);
    state.round_ended(round(StopReason::ToolUse, vec![call("a", "calculate")]), Duration::ZERO);
    state.answered(&[result("a")], true);
    let gained = state.failed();
    assert_eq!((gained.rounds, gained.new_messages.len(), gained.usage.is_some()), (2, 2, true));
}
