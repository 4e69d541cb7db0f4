//! Scenarios: what goes wrong, written as a short text.
//!
//! Set one for the next request over HTTP (`POST /_local/scenario`, the text as the body), or for every request
//! of a model by calling the reserved model id `scenario.<text>`.
//!
//! | text | what happens |
//! |---|---|
//! | `fine` | nothing: for a place in a row of requests |
//! | `exception:ThrottlingException` | rejected before the stream, with the exception's status |
//! | `exception:throttlingException:0` | status 200, then the exception as the first frame |
//! | `exception:throttlingException:3` | the exception after three pieces of the answer |
//! | `busy:5` | rejected with ThrottlingException and `Retry-After: 5` |
//! | `error-frame:3` | a frame of type `error` after three pieces |
//! | `cut:200` | the connection breaks after byte 200 of the answer |
//! | `end:3` | the answer ends cleanly after three pieces, without `messageStop` |
//! | `bad-crc:3` | the frame after three pieces has a wrong checksum |
//! | `bad-length:3` | the frame after three pieces claims to be longer than it is |
//! | `stall:3` | silence after three pieces |
//! | `slow-head:5000` | five seconds before the answer's head |
//! | `unknown-event:3`, `unknown-delta:3` | an event, a delta of next year after three pieces |
//! | `no-metadata` | the answer ends with `messageStop` |
//! | `stop:max-tokens` | the answer ends with this stop reason, cut short |
//! | `redacted` | the answer begins with redacted reasoning, in three pieces |

use bytes::Bytes;

/// What a request meets. Positions count `contentBlockDelta` events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing.
    Fine,
    /// Rejected before the stream with this exception.
    Refused(String),
    /// Rejected with ThrottlingException, and to come back after so many seconds.
    Busy(u64),
    /// An exception inside the stream.
    Exception(String, usize),
    /// An error frame inside the stream.
    ErrorFrame(usize),
    /// The connection breaks after this many bytes of the body.
    Cut(usize),
    /// A clean end without `messageStop`.
    End(usize),
    /// A frame with a wrong checksum.
    BadCrc(usize),
    /// A frame with a wrong length.
    BadLength(usize),
    /// Silence that does not end.
    Stall(usize),
    /// Milliseconds before the head.
    SlowHead(u64),
    /// An event nobody knows.
    UnknownEvent(usize),
    /// A delta nobody knows.
    UnknownDelta(usize),
    /// No `metadata`.
    NoMetadata,
    /// This stop reason.
    Stop(String),
    /// Redacted reasoning before the answer.
    Redacted,
    /// An answer recorded elsewhere, byte for byte.
    Replay {
        /// Its HTTP status.
        status: u16,
        /// Its `Content-Type`.
        content_type: String,
        /// Its body.
        body: Bytes,
        /// Whether the connection breaks after it.
        breaks: bool,
    },
}

impl Scenario {
    /// Reads a scenario's text.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.trim().split(':');
        let (name, first, second) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let after = |part: Option<&str>| {
            part.unwrap_or("0").parse::<usize>().map_err(|_| format!("expected {name}:<number>, found {text:?}"))
        };
        let word = |part: Option<&str>, what: &str| {
            part.map(str::to_owned).ok_or_else(|| format!("expected {name}:<{what}>, found {text:?}"))
        };
        match name {
            "fine" => Ok(Self::Fine),
            "busy" => Ok(Self::Busy(after(first)? as u64)),
            "exception" if second.is_some() => Ok(Self::Exception(word(first, "exception")?, after(second)?)),
            "exception" => Ok(Self::Refused(word(first, "exception")?)),
            "error-frame" => Ok(Self::ErrorFrame(after(first)?)),
            "cut" => Ok(Self::Cut(after(first)?)),
            "end" => Ok(Self::End(after(first)?)),
            "bad-crc" => Ok(Self::BadCrc(after(first)?)),
            "bad-length" => Ok(Self::BadLength(after(first)?)),
            "stall" => Ok(Self::Stall(after(first)?)),
            "slow-head" => Ok(Self::SlowHead(after(first)? as u64)),
            "unknown-event" => Ok(Self::UnknownEvent(after(first)?)),
            "unknown-delta" => Ok(Self::UnknownDelta(after(first)?)),
            "no-metadata" => Ok(Self::NoMetadata),
            "redacted" => Ok(Self::Redacted),
            "stop" => Ok(Self::Stop(word(first, "stop reason")?.replace('-', "_"))),
            _ => Err(format!(
                "expected fine, exception, busy, error-frame, cut, end, bad-crc, bad-length, stall, slow-head, \
                 unknown-event, unknown-delta, no-metadata, redacted or stop, found {text:?}"
            )),
        }
    }

    /// The scenario of a reserved model id: `scenario.stall:3`.
    pub fn of_model(model_id: &str) -> Option<Result<Self, String>> {
        model_id.strip_prefix("scenario.").map(Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        assert_eq!(Scenario::parse("exception:X"), Ok(Scenario::Refused("X".into())));
        assert_eq!(Scenario::parse("exception:x:0"), Ok(Scenario::Exception("x".into(), 0)));
        assert_eq!(Scenario::parse("stop:max-tokens"), Ok(Scenario::Stop("max_tokens".into())));
        assert_eq!(Scenario::of_model("scenario.stall:3"), Some(Ok(Scenario::Stall(3))));
        assert_eq!(Scenario::of_model("amazon.nova-lite-v1:0"), None);
        assert_eq!(Scenario::parse("stall:x"), Err("expected stall:<number>, found \"stall:x\"".into()));
    }
}
