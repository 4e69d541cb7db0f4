//! Every exception of bedrock-runtime's, and some it does not document, in every place they can come.

use super::*;

/// Exception, code, status, whether it is retried before the stream, and inside one. An exception that the service
/// does not know is one by its HTTP status, which a frame does not have.
const EXCEPTIONS: [(&str, &str, u16, bool, bool); 16] = [
    ("AccessDeniedException", "model-access-denied", 502, false, false),
    ("ConflictException", "rejected-by-model", 400, false, true),
    ("ExceptionOfNextYear", "rejected-by-model", 400, false, true),
    ("ExpiredTokenException", "model-access-denied", 502, false, false),
    ("FTUFormNotFilled", "model-access-denied", 502, false, false),
    ("InternalFailure", "upstream-error", 502, true, true),
    ("InternalServerException", "upstream-error", 502, true, true),
    ("ModelErrorException", "model-error", 502, true, true),
    ("ModelNotReadyException", "model-not-ready", 503, true, true),
    ("ModelStreamErrorException", "model-error", 502, true, true),
    ("ModelTimeoutException", "model-timeout", 504, true, true),
    ("ResourceNotFoundException", "model-unavailable", 502, false, false),
    ("ServiceQuotaExceededException", "throttled", 429, true, true),
    ("ServiceUnavailableException", "unavailable", 503, true, true),
    ("ThrottlingException", "throttled", 429, true, true),
    ("ValidationException", "rejected-by-model", 400, false, false),
];

/// Requests if a fault lasts: one, or as many as the retry bucket has tokens for.
fn requests(again: bool) -> RangeInclusive<usize> {
    1..=if again { 4 } else { 1 }
}

pub(super) fn cases() -> Vec<Case> {
    EXCEPTIONS
        .into_iter()
        .flat_map(|(exception, code, status, again, again_inside)| {
            let known = !(code == "rejected-by-model" && again_inside);
            let refused = || Scenario::Refused(exception.to_owned());
            let frame = |after| Scenario::Exception(exception.to_owned(), after);
            let mut cases = Vec::new();
            for streamed in [true, false] {
                let named = if exception == "InternalFailure" { "InternalServerException" } else { exception };
                let case = |place: &str, expect| Case {
                    exception: Some(named),
                    ..Case::new(format!("{exception} {place}"), streamed, expect)
                };
                let error = Expect { retryable: again, ..Expect::error(status, code, requests(again)) };
                cases.push(case("before the stream", error.clone()).lasting(refused()));
                if again {
                    cases.push(case("before the stream, once", Expect::done(2)).once(refused()));
                }

                // The caller has the first round, and its tool has run: a retry would run it again.
                let rounds = 1 + requests(again).start()..=1 + requests(again).end();
                let second =
                    Expect { retryable: false, tools: 1, new_messages: 2, ..Expect::error(status, code, rounds) };
                let second = if streamed { Expect { status: 200, ..second } } else { second };
                cases.push(Case {
                    asks: ORDER,
                    ..case("in the second round", second.clone()).once(Scenario::Fine).lasting(refused())
                });
                if again {
                    let done = Expect { tools: 1, ..Expect::done(3) };
                    let scenarios = vec![Scenario::Fine, refused()];
                    cases.push(Case { asks: ORDER, scenarios, ..case("in the second round, once", done) });
                }
                if !streamed {
                    // Converse has no place inside an answer for an exception.
                    continue;
                }
                let inside = match known {
                    true => Expect { retryable: again_inside, ..error },
                    false => Expect { retryable: true, ..Expect::error(502, "upstream-error", 1..=1) },
                };
                let first = Expect { requests: requests(again_inside), ..inside.clone() };
                cases.push(case("as the first frame", first).lasting(frame(0)));
                if again_inside {
                    cases.push(case("as the first frame, once", Expect::done(2)).once(frame(0)));
                }
                let inside_code = inside.code;
                let told = Expect { status: 200, requests: 1..=1, ..inside };
                cases.push(case("after content", told.clone().said(THREE_PIECES)).once(frame(3)));
                let tool = told.clone().said("Let me look that up.");
                cases.push(Case { asks: ORDER, ..case("inside a tool's input", tool).once(frame(7)) });
                let late = Expect { requests: 2..=2, said: None, code: inside_code, ..second };
                let scenarios = vec![Scenario::Fine, frame(3)];
                cases.push(Case { asks: ORDER, scenarios, ..case("after content of the second round", late) });
            }
            cases
        })
        .collect()
}
