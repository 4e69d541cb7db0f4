//! Every transition of the state.

use super::*;
use crate::converse::content_block::ContentBlock;
use crate::converse::tool_result::ToolStatus;
use crate::model::id::ModelId;

const LIMITS: Limits = Limits { rounds: 3, tool_calls: 2 };

fn state(limits: Limits) -> State {
    let ours = ToolSpecs::parse(r#"[{"toolSpec":{"name":"calculate","inputSchema":{"json":{}}}}]"#).unwrap();
    State::new(limits, ours, vec!["theirs".to_owned()])
}

fn call(id: &str, name: &str) -> AnswerBlock {
    AnswerBlock::Call(ToolUse::new(id.to_owned(), name.to_owned(), "{}".to_owned()))
}

fn answer(stop_reason: StopReason, blocks: Vec<AnswerBlock>) -> Answer {
    Answer {
        blocks,
        stop_reason,
        usage: Some(Raw::of(&std::collections::BTreeMap::from([("inputTokens", 1)]))),
        latency_ms: Some(5),
        time_to_first_token: Some(Duration::from_millis(2)),
        bedrock_request_id: None,
        response: None,
    }
}

fn answered(state: &mut State, stop_reason: StopReason, blocks: Vec<AnswerBlock>) -> Step {
    let attempts = Attempts { model_id: ModelId::for_tests(), count: 2, retried: vec!["r".to_owned()] };
    state.answered(answer(stop_reason, blocks), attempts, Duration::ZERO)
}

fn text() -> AnswerBlock {
    AnswerBlock::Content(ContentBlock::text("hi"))
}

fn result(id: &str) -> ToolResult {
    ToolResult::text(id, ToolStatus::Success, "ok")
}

fn json(message: &Message) -> String {
    serde_json::to_string(message).unwrap()
}

/// A step as a line: what it is, and for an end the reason and the roles of the new messages.
fn line(step: &Step) -> String {
    match step {
        Step::Call(turns) => format!("call {}", turns.len()),
        Step::Run(planned) => {
            let planned = planned.iter().map(|planned| match planned {
                Planned::Run(call) => format!("run {}", call.tool_use_id),
                Planned::Known(_, result) => format!("known {}", result.tool_use_id),
            });
            planned.collect::<Vec<_>>().join(", ")
        }
        Step::End(done) => {
            let roles = done.summary.new_messages.iter().map(|turn| json(turn)[9..10].to_owned());
            format!("end {} {}", done.reason.name(), roles.collect::<String>())
        }
    }
}

fn ended(stop_reason: StopReason, blocks: Vec<AnswerBlock>) -> String {
    line(&answered(&mut state(LIMITS), stop_reason, blocks))
}

#[test]
fn a_turn_without_calls_ends_with_the_models_reason() {
    for name in [
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
        "of_next_year",
    ] {
        assert_eq!(ended(StopReason::from_name(name), vec![text()]), format!("end {name} a"));
    }
    assert_eq!(ended(StopReason::EndTurn, vec![]), "end end_turn ");
    assert_eq!(ended(StopReason::ToolUse, vec![text()]), "end end_turn a", "nothing was called");
}

#[test]
fn our_calls_are_run_and_then_the_model_is_called() {
    let mut state = state(LIMITS);
    let step = answered(&mut state, StopReason::ToolUse, vec![text(), call("a", "calculate")]);
    assert_eq!(line(&step), "run a");
    assert!(state.tool_ran());
    assert_eq!(line(&state.results(&[result("a")], true)), "call 2");
    let step = answered(&mut state, StopReason::EndTurn, vec![text()]);
    let Step::End(done) = step else { panic!("{step:?}") };
    assert_eq!((done.reason.name(), done.summary.rounds), ("end_turn", 2));
    assert_eq!(done.summary.usage.as_ref().map(Raw::as_str), Some(r#"{"inputTokens":2}"#));
    assert_eq!((done.summary.latency_ms, done.summary.time_to_first_token), (Some(10), Some(Duration::from_millis(2))));
    assert_eq!(done.summary.new_messages.len(), 3);
}

#[test]
fn a_call_of_the_callers_tool_ends_the_turn_with_the_call_open() {
    assert_eq!(ended(StopReason::ToolUse, vec![call("a", "theirs")]), "end tool_use a");
}

#[test]
fn where_both_kinds_are_called_ours_run_first_and_only_theirs_stays_open() {
    let mut state = state(LIMITS);
    let blocks = vec![call("t", "theirs"), call("o", "calculate")];
    assert_eq!(line(&answered(&mut state, StopReason::ToolUse, blocks)), "run o");
    let step = state.results(&[result("o")], true);
    assert_eq!(line(&step), "end tool_use au");
    let Step::End(done) = step else { panic!("{step:?}") };
    assert!(!json(&done.summary.new_messages[1]).contains(r#""toolUseId":"t""#));
}

#[test]
fn what_cannot_be_run_is_answered_and_the_turn_goes_on() {
    let repeated =
        AnswerBlock::Call(ToolUse { repeated: true, ..ToolUse::new("a-1".into(), "calculate".into(), "{}".into()) });
    let broken = AnswerBlock::Call(ToolUse::new("b".into(), "calculate".into(), r#"{"a":"#.into()));
    for (blocks, answered) in [
        (vec![call("u", "nobody")], "known u"),
        (vec![broken], "known b"),
        (vec![call("a", "calculate"), repeated], "run a, known a-1"),
        (vec![call("x", "theirs"), call("n", "no such")], "known n"),
    ] {
        assert_eq!(ended(StopReason::ToolUse, blocks), answered);
    }
    assert_eq!(ended(StopReason::MalformedToolUse, vec![call("m", "calculate")]), "known m");
    assert_eq!(line(&state(LIMITS).results(&[result("m")], true)), "call 1");
}

#[test]
fn whole_calls_are_run_whatever_the_reason_says_but_where_it_spoils_them() {
    for name in ["end_turn", "stop_sequence", "tool_use", "of_next_year"] {
        let reason = || StopReason::from_name(name);
        assert_eq!(ended(reason(), vec![text(), call("a", "calculate")]), "run a", "{name}");
        let mut state = state(LIMITS);
        let Step::End(done) = answered(&mut state, reason(), vec![call("t", "theirs")]) else { panic!("{name}") };
        assert_eq!((done.reason.name(), done.summary.new_messages.len()), ("tool_use", 1), "{name}");
    }
}

#[test]
fn a_second_malformed_round_in_a_row_ends_the_turn() {
    let malformed = || (StopReason::MalformedToolUse, vec![call("m", "calculate")]);
    let unreadable = || {
        let call = ToolUse::new("b".into(), "calculate".into(), r#"{"a":"#.into());
        (StopReason::ToolUse, vec![AnswerBlock::Call(call)])
    };
    let whole = || (StopReason::ToolUse, vec![call("w", "calculate")]);
    let limits = Limits { rounds: 9, tool_calls: 9 };
    for second in [malformed(), unreadable()] {
        let mut state = state(limits);
        let mut round = |(reason, blocks)| line(&answered(&mut state, reason, blocks));
        assert_eq!(round(malformed()), "known m");
        assert_eq!(round(whole()), "run w", "a call that is whole begins anew");
        assert_eq!(round(unreadable()), "known b");
        assert_eq!(round(second).split(' ').take(2).collect::<Vec<_>>(), ["end", "malformed_tool_use"]);
    }
}

#[test]
fn a_call_that_the_turns_end_cut_is_answered_and_not_run() {
    for name in ["max_tokens", "content_filtered", "model_context_window_exceeded"] {
        let step = answered(
            &mut state(LIMITS),
            StopReason::from_name(name),
            vec![call("a", "calculate"), call("t", "theirs")],
        );
        assert_eq!(line(&step), format!("end {name} au"));
        let Step::End(done) = step else { panic!("{step:?}") };
        let results = json(&done.summary.new_messages[1]);
        assert_eq!(results.matches(&format!("the turn ended with {name}.")).count(), 2, "{results}");
    }
}

#[test]
fn a_blocked_turn_leaves_nothing_in_the_conversation() {
    let mut state = state(LIMITS);
    answered(&mut state, StopReason::ToolUse, vec![call("a", "calculate")]);
    state.results(&[result("a")], true);
    for mut state in [self::state(LIMITS), state] {
        let blocks = vec![text(), call("b", "calculate"), call("t", "theirs")];
        let step = answered(&mut state, StopReason::GuardrailIntervened, blocks);
        let Step::End(done) = step else { panic!("{step:?}") };
        assert_eq!(done.reason.name(), "guardrail_intervened");
        assert!(done.summary.new_messages.is_empty() && done.summary.discard_last_user_turn);
    }
    let Step::End(done) = answered(&mut self::state(LIMITS), StopReason::EndTurn, vec![text()]) else { panic!() };
    assert!(!done.summary.discard_last_user_turn);
}

#[test]
fn each_limit_ends_the_turn_with_its_own_reason_and_all_it_gained() {
    let one = Limits { rounds: 1, tool_calls: 2 };
    let mut state = state(one);
    let calls = vec![call("a", "calculate")];
    answered(&mut state, StopReason::ToolUse, calls.clone());
    assert_eq!(line(&state.results(&[result("a")], true)), "end max_rounds au");

    let mut state = self::state(LIMITS);
    answered(&mut state, StopReason::ToolUse, calls);
    assert_eq!(line(&state.results(&[result("a")], false)), "end deadline au");

    let mut state = self::state(LIMITS);
    let fifty = (0..50).map(|n| call(&format!("c{n}"), "calculate")).collect();
    let Step::Run(planned) = answered(&mut state, StopReason::ToolUse, fifty) else { panic!() };
    let runs = planned.iter().filter(|planned| matches!(planned, Planned::Run(_))).count();
    assert_eq!((planned.len(), runs), (50, 2));
    let results: Vec<ToolResult> = (0..50).map(|n| result(&format!("c{n}"))).collect();
    assert_eq!(line(&state.results(&results, true)), "end max_tool_calls au");
}

#[test]
fn a_failed_round_keeps_what_the_others_gained() {
    let mut state = state(LIMITS);
    answered(&mut state, StopReason::ToolUse, vec![call("a", "calculate")]);
    state.results(&[result("a")], true);
    let summary = state.failed();
    assert_eq!((summary.rounds, summary.new_messages.len(), summary.usage.is_some()), (2, 2, true));
}
