use proptest::prelude::*;

use super::*;
use bytes::Bytes;

use crate::converse::history::assistant_turn;

fn accumulated(events: &[(&str, &str)]) -> Result<StreamAccumulator, Malformed> {
    let mut accumulator = StreamAccumulator::default();
    for (name, payload) in events {
        let payload = Bytes::copy_from_slice(payload.as_bytes());
        let event = StreamEvent::parse(name, payload).map_err(|_| Malformed("no JSON"))?;
        accumulator.push(&event)?;
    }
    Ok(accumulator)
}

fn content(events: &[(&str, &str)]) -> String {
    let accumulator = accumulated(events).unwrap_or_default();
    assistant_turn(&accumulator.blocks()).map(|turn| serde_json::to_string(&turn).unwrap()).unwrap_or_default()
}

fn delta(index: u64, delta: &str) -> (&'static str, String) {
    ("contentBlockDelta", format!(r#"{{"contentBlockIndex":{index},"delta":{delta}}}"#))
}

fn turn(events: &[(&'static str, String)]) -> String {
    let events: Vec<_> = events.iter().map(|(name, payload)| (*name, payload.as_str())).collect();
    content(&events)
}

#[test]
fn reasoning_text_and_interleaved_calls_become_blocks_in_index_order() {
    let start = |index: u64, id: &str| {
        (
            "contentBlockStart",
            format!(
                r#"{{"contentBlockIndex":{index},"start":{{"toolUse":{{"name":"f","toolUseId":"{id}","type":"tool_use"}}}}}}"#
            ),
        )
    };
    let events = [
        delta(0, r#"{"reasoningContent":{"text":"I th"}}"#),
        delta(0, r#"{"reasoningContent":{"text":"ink"}}"#),
        delta(0, r#"{"reasoningContent":{"signature":"c2ln"}}"#),
        delta(1, r#"{"reasoningContent":{"redactedContent":"cmVk"}}"#),
        start(7, "t7"),
        start(3, "t3"),
        delta(7, r#"{"toolUse":{"input":""}}"#),
        delta(3, r#"{"toolUse":{"input":"{\"a\":\"h\\u0"}}"#),
        delta(7, r#"{"toolUse":{"input":"{\"b\": 1.0}"}}"#),
        delta(3, r#"{"toolUse":{"input":"0e9\"}"}}"#),
        delta(2, r#"{"text":"Hi \ud83d\ude00"}"#),
    ];
    assert_eq!(
        turn(&events),
        r#"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"I think","signature":"c2ln"}}},{"reasoningContent":{"redactedContent":"cmVk"}},{"text":"Hi 😀"},{"toolUse":{"toolUseId":"t3","name":"f","input":{"a":"h\u00e9"}}},{"toolUse":{"toolUseId":"t7","name":"f","input":{"b": 1.0}}}]}"#
    );
}

#[test]
fn a_call_without_fragments_has_an_empty_input() {
    let start = r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"now","toolUseId":"t"}}}"#;
    assert_eq!(
        content(&[("contentBlockStart", start), ("contentBlockStop", r#"{"contentBlockIndex":0}"#)]),
        r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"now","input":{}}}]}"#
    );
}

#[test]
fn bedrocks_own_tools_and_their_results_pass_through() {
    let events = [
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"nova_code_interpreter","toolUseId":"s","type":"server_tool_use"}}}"#.to_owned()),
        delta(0, r#"{"toolUse":{"input":"{\"code\":\"1\"}"}}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":1,"start":{"toolResult":{"status":"success","toolUseId":"s","type":"nova_code_interpreter_result"}}}"#.to_owned()),
        delta(1, r#"{"toolResult":[{"json":{"stdOut":"1"}}]}"#),
    ];
    assert_eq!(
        turn(&events),
        r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"s","name":"nova_code_interpreter","input":{"code":"1"},"type":"server_tool_use"}},{"toolResult":{"status":"success","toolUseId":"s","type":"nova_code_interpreter_result","content":[{"json":{"stdOut":"1"}}]}}]}"#
    );
}

#[test]
fn what_could_not_be_sent_back_is_left_out_of_the_history() {
    let starts = [
        r#"{"toolResult":{"type":"nova_code_interpreter_result","status":"success"}}"#,
        r#"{"toolResult":{"toolUseId":"s","status":"fine"}}"#,
        r#"{"toolUse":{"toolUseId":"s","name":"two words","type":"server_tool_use"}}"#,
    ];
    for start in starts {
        let start = format!(r#"{{"contentBlockIndex":0,"start":{start}}}"#);
        assert_eq!(content(&[("contentBlockStart", &start)]), "", "{start}");
    }
    let redacted = delta(0, r#"{"reasoningContent":{"redactedContent":"*"}}"#);
    assert_eq!(turn(&[redacted]), "");
}

#[test]
fn citations_make_a_citations_block() {
    let events = [delta(0, r#"{"text":"Paris"}"#), delta(0, r#"{"citation":{"title":"Atlas"}}"#)];
    assert_eq!(
        turn(&events),
        r#"{"role":"assistant","content":[{"citationsContent":{"content":[{"text":"Paris"}],"citations":[{"title":"Atlas"}]}}]}"#
    );
}

#[test]
fn unknown_deltas_and_events_do_not_end_the_answer() {
    let events = [delta(0, r#"{"hologram":{}}"#), delta(1, r#"{"text":"hi"}"#), ("newEvent", "{}".to_owned())];
    assert_eq!(turn(&events), r#"{"role":"assistant","content":[{"text":"hi"}]}"#);
}

#[test]
fn usage_is_kept_as_it_came_and_absent_without_metadata() {
    let events = [
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        ("metadata", r#"{"metrics":{"latencyMs":12},"usage":{"cacheReadInputTokens":5,"inputTokens":1,"x":{}}}"#),
    ];
    let whole = accumulated(&events).unwrap_or_default();
    assert_eq!(whole.usage().map(Raw::as_str), Some(r#"{"cacheReadInputTokens":5,"inputTokens":1,"x":{}}"#));
    assert_eq!(whole.latency_ms(), Some(12));
    let cut = accumulated(events.get(..1).unwrap_or_default()).unwrap_or_default();
    assert_eq!((cut.usage().is_none(), cut.stop_reason()), (true, Some(&StopReason::EndTurn)));
}

#[test]
fn a_known_event_of_another_form_is_malformed() {
    for (name, payload) in [
        ("contentBlockDelta", r#"{"delta":{"text":"x"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":-1,"delta":{"text":"x"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":7}}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{}}}"#),
        ("messageStop", "{}"),
        ("metadata", r#"{"metrics":7}"#),
    ] {
        assert!(accumulated(&[(name, payload)]).is_err(), "{name} {payload}");
    }
}

#[test]
fn a_stray_piece_is_dropped_and_what_came_before_it_stays() {
    let call = r#"{"contentBlockIndex":1,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}"#;
    let events = [
        delta(0, r#"{"text":"Hi"}"#),
        delta(0, r#"{"toolUse":{"input":"{}"}}"#),
        ("contentBlockStart", call.to_owned()),
        delta(1, r#"{"toolUse":{"input":"{}"}}"#),
        delta(2, r#"{"toolUse":{"input":"{\"a\":1}"}}"#),
    ];
    assert_eq!(
        turn(&events),
        r#"{"role":"assistant","content":[{"text":"Hi"},{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]}"#
    );
}

#[test]
fn two_kinds_at_one_index_become_two_blocks() {
    let events = [
        delta(0, r#"{"reasoningContent":{"text":"Hm."}}"#),
        delta(0, r#"{"text":"Hi"}"#),
        delta(0, r#"{"reasoningContent":{"signature":"c2ln"}}"#),
        delta(0, r#"{"text":" there"}"#),
    ];
    assert_eq!(
        turn(&events),
        r#"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}},{"text":"Hi there"}]}"#
    );
}

#[test]
fn redacted_reasoning_is_joined_as_bytes() {
    let piece = |base64: &str| delta(0, &format!(r#"{{"reasoningContent":{{"redactedContent":"{base64}"}}}}"#));
    let events = [piece("YQ=="), piece("YmM="), piece("ZA"), piece("ZWY=")];
    assert_eq!(
        turn(&events),
        r#"{"role":"assistant","content":[{"reasoningContent":{"redactedContent":"YWJjZGVm"}}]}"#
    );
}

#[test]
fn a_lost_piece_leaves_no_call_that_could_be_run() {
    let events = [
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}"#.to_owned()),
        delta(0, r#"{"toolUse":{"input":"{\"a\":1"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":7}}}"#.to_owned()),
        delta(0, r#"{"toolUse":{"input":"}"}}"#),
    ];
    let events: Vec<_> = events.iter().map(|(name, payload)| (*name, payload.as_str())).collect();
    let blocks = accumulated(&events).unwrap_or_default().blocks();
    assert!(matches!(&blocks[..], [AnswerBlock::Call(call)] if call.input.is_none()), "{blocks:?}");
}

proptest! {
    #[test]
    fn input_cut_anywhere_is_joined_whole(text in "\\PC{0,40}", cuts in proptest::collection::vec(0_usize..200, 0..8)) {
        let input = serde_json::json!({ "text": text }).to_string();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|at| input.is_char_boundary(*at)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let mut events = vec![("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}"#.to_owned())];
        for pair in cuts.windows(2) {
            if let [from, to] = pair {
                let piece = serde_json::Value::from(input.get(*from..*to).unwrap_or_default());
                events.push(delta(0, &format!(r#"{{"toolUse":{{"input":{piece}}}}}"#)));
            }
        }
        let expected = format!(r#"{{"role":"assistant","content":[{{"toolUse":{{"toolUseId":"t","name":"f","input":{input}}}}}]}}"#);
        prop_assert_eq!(turn(&events), expected);
    }

    #[test]
    fn any_payload_is_taken_or_refused_and_never_panics(
        name in "(contentBlock(Start|Delta|Stop)|message(Start|Stop)|metadata|other)",
        payload in "[{}\\[\\]:,\"a-z0-9.-]{0,40}",
    ) {
        if let Ok(event) = StreamEvent::parse(&name, Bytes::copy_from_slice(payload.as_bytes())) {
            let mut accumulator = StreamAccumulator::default();
            let _ = accumulator.push(&event);
            let _ = assistant_turn(&accumulator.blocks());
        }
    }
}
