//! Frames and answers that are broken, late, or new.

use super::*;

/// A function that may run for three seconds stops waiting in time.
const SHORT: Duration = Duration::from_secs(3);

const STOP_REASONS: [&str; 10] = [
    "end-turn",
    "tool-use",
    "max-tokens",
    "stop-sequence",
    "guardrail-intervened",
    "content-filtered",
    "malformed-model-output",
    "malformed-tool-use",
    "model-context-window-exceeded",
    "reason-of-next-year",
];

pub(super) fn cases() -> Vec<Case> {
    let scenario = |text: &str| Scenario::parse(text).unwrap();
    let mut cases = Vec::new();
    // Broken in the middle: reported at once, with the text so far.
    for (text, code) in [
        ("error-frame:3", "upstream-error"),
        ("bad-crc:3", "upstream-error"),
        ("bad-length:3", "upstream-error"),
        ("end:3", "stream-truncated"),
    ] {
        let expect = Expect::error(200, code, 1..=1).said(THREE_PIECES);
        cases.push(Case::new(text, true, expect).once(scenario(text)));
    }
    // Broken before content: retried, and reported with a true status if it lasts.
    for (text, code) in [
        ("error-frame:0", "upstream-error"),
        ("bad-crc:0", "upstream-error"),
        ("bad-length:0", "upstream-error"),
        ("end:0", "stream-truncated"),
        ("cut:0", "unavailable"),
    ] {
        let status = if code == "unavailable" { 503 } else { 502 };
        cases.push(Case::new(format!("{text}, once"), true, Expect::done(2)).once(scenario(text)));
        let lasting = Expect::error(status, code, 1..=4);
        cases.push(Case::new(text, true, lasting).lasting(scenario(text)));
    }
    // Silence: reported before the deadline, and not waited for a second time.
    for (text, streamed, status, code, said) in [
        ("stall:3", true, 200, "stream-stalled", THREE_PIECES),
        ("stall:0", true, 504, "model-timeout", ""),
        ("slow-head:60000", true, 504, "model-timeout", ""),
        ("stall:0", false, 504, "deadline", ""),
        ("slow-head:60000", false, 504, "deadline", ""),
    ] {
        let expect = Expect::error(status, code, 1..=1).said(said);
        cases.push(Case { left: SHORT, ..Case::new(text, streamed, expect).once(scenario(text)) });
    }
    // The service asks for time: it is given, or the failure is reported.
    for streamed in [true, false] {
        cases.push(Case::new("busy:1, once", streamed, Expect::done(2)).once(scenario("busy:1")));
        let expect = Expect::error(429, "throttled", 1..=1);
        cases.push(Case::new("busy:60", streamed, expect).once(scenario("busy:60")));
    }
    // What is new next year, and what is missing, ends well.
    for text in ["unknown-event:0", "unknown-event:3", "unknown-delta:3", "no-metadata"] {
        cases.push(Case::new(text, true, Expect::done(1)).once(scenario(text)));
    }
    for reason in STOP_REASONS {
        for streamed in [true, false] {
            let text = format!("stop:{reason}");
            cases.push(Case::new(text.clone(), streamed, Expect::done(1)).once(scenario(&text)));
        }
    }
    // Answers that are no answers.
    for (name, content_type, body, streamed, code) in [
        ("HTML for a stream", "text/html", "<html>Bad gateway</html>", true, "upstream-error"),
        ("a whole answer for a stream", "application/json", r#"{"output":{"message":{}}}"#, true, "upstream-error"),
        ("HTML for a whole answer", "text/html", "<html>", false, "upstream-error"),
        ("an answer without a message", "application/json", "{}", false, "upstream-error"),
        ("an empty answer", "application/json", "", false, "stream-truncated"),
    ] {
        let body = body.as_bytes().to_vec().into();
        let replay = Scenario::Replay { status: 200, content_type: content_type.to_owned(), body, breaks: false };
        // A stream's bytes are none before its first content; a whole answer has begun with its head.
        let requests = if streamed { 1..=4 } else { 1..=1 };
        cases.push(Case::new(name, streamed, Expect::error(502, code, requests)).lasting(replay));
    }
    cases
}
