//! Content negotiation: which form of answer a caller wants.

use std::cmp::Reverse;

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Server-sent events, as the model speaks.
    Sse,
    /// One JSON document at the end.
    Json,
}

impl Mode {
    /// Reads `Accept` (RFC 9110, 12.5.1). Events are the default, and what a caller gets who accepts neither; of two media
    /// types with the same weight the first decides.
    pub(super) fn from_accept(accept: Option<&str>) -> Self {
        let accept = accept.unwrap_or("*/*");
        let (events, json) = (wanted(accept, "text", "event-stream"), wanted(accept, "application", "json"));
        if json > events { Self::Json } else { Self::Sse }
    }
}

/// How much `kind/subtype` is wanted: the weight, in thousandths, of the most specific range that matches it, and how
/// early that range stands.
fn wanted(accept: &str, kind: &str, subtype: &str) -> (u32, Reverse<usize>) {
    let matches = accept.split(',').enumerate().filter_map(|(at, range)| {
        let mut parts = range.split(';').map(str::trim);
        let (range_kind, range_subtype) = parts.next()?.split_once('/')?;
        let specificity = match (range_kind, range_subtype) {
            (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype) => 2,
            (k, "*") if k.eq_ignore_ascii_case(kind) => 1,
            ("*", "*") => 0,
            _ => return None,
        };
        let q = parts.find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")));
        let q = q.map_or(1.0, |q| q.parse::<f32>().unwrap_or(1.0));
        Some((specificity, ((q.clamp(0.0, 1.0) * 1000.0) as u32, Reverse(at))))
    });
    matches.max_by_key(|(specificity, _)| *specificity).map_or((0, Reverse(usize::MAX)), |(_, wanted)| wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_default_and_json_is_had_by_asking() {
        for (accept, mode) in [
            (None, Mode::Sse),
            (Some("*/*"), Mode::Sse),
            (Some("text/event-stream"), Mode::Sse),
            (Some("application/json"), Mode::Json),
            (Some("Application/JSON; charset=utf-8"), Mode::Json),
            (Some("application/json, text/event-stream"), Mode::Json),
            (Some("text/event-stream, application/json"), Mode::Sse),
            (Some("application/json, text/plain, */*"), Mode::Json),
            (Some("*/*, application/json"), Mode::Sse),
            (Some("text/html, application/json;q=0.9, */*;q=0.8"), Mode::Json),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Mode::Sse),
            (Some("application/json, */*;q=0.5"), Mode::Json),
            (Some("text/event-stream;q=0.5, application/json;q=0.9"), Mode::Json),
            (Some("text/*, application/json;q=0.1"), Mode::Sse),
            (Some("*/*, text/event-stream;q=0"), Mode::Json),
            (Some("text/html"), Mode::Sse),
            (Some(",;/q=,"), Mode::Sse),
        ] {
            assert_eq!(Mode::from_accept(accept), mode, "{accept:?}");
        }
    }
}
