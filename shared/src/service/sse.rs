//! Server-sent events: the encoder.

use bytes::BytesMut;
use memchr::memchr2;

/// A comment that keeps intermediaries from closing a silent connection.
pub const PING: &[u8] = b": ping\n\n";

/// Writes one event. `name` loses line breaks, which would end its field; `data` may hold them (JSON may be spread over
/// lines): each line becomes a `data` field of its own, and the reader joins them again. `data` comes in parts.
///
/// ```
/// let mut out = bytes::BytesMut::new();
/// shared::service::sse::write_event(&mut out, "messageStop", [&br#"{"stopReason":"end_turn"}"#[..]]);
/// assert_eq!(&out[..], b"event: messageStop\ndata: {\"stopReason\":\"end_turn\"}\n\n");
/// ```
pub fn write_event<'a>(out: &mut BytesMut, name: &str, data: impl IntoIterator<Item = &'a [u8]>) {
    out.extend_from_slice(b"event: ");
    for part in name.split(['\r', '\n']) {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"\ndata: ");
    data.into_iter().for_each(|part| write_lines(out, part));
    out.extend_from_slice(b"\n\n");
}

/// What some readers take for the end of a line beside CR and LF: U+0085, U+2028 and U+2029. In JSON they stand inside
/// strings only, in which an escape says the same.
const ESCAPED: [(&[u8], &[u8]); 3] =
    [(b"\xc2\x85", b"\\u0085"), (b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029")];

fn write_lines(out: &mut BytesMut, mut rest: &[u8]) {
    while let Some(end) = memchr2(b'\r', b'\n', rest) {
        let (line, after) = rest.split_at(end);
        write_escaped(out, line);
        out.extend_from_slice(b"\ndata: ");
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    write_escaped(out, rest);
}

fn write_escaped(out: &mut BytesMut, mut rest: &[u8]) {
    let mut from = 0;
    while let Some(found) = rest.get(from..).and_then(|rest| memchr2(0xc2, 0xe2, rest)) {
        let at = from + found;
        let here = rest.get(at..).unwrap_or_default();
        match ESCAPED.iter().find(|(bytes, _)| here.starts_with(bytes)) {
            Some((bytes, escape)) => {
                out.extend_from_slice(rest.get(..at).unwrap_or_default());
                out.extend_from_slice(escape);
                (rest, from) = (here.get(bytes.len()..).unwrap_or_default(), 0);
            }
            None => from = at + 1,
        }
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader after the specification (WHATWG HTML, "Interpreting an event stream").
    fn read(stream: &str) -> Vec<(String, String)> {
        let (mut events, mut name, mut data) = (Vec::new(), String::new(), Vec::new());
        let unified = stream.replace("\r\n", "\n").replace('\r', "\n");
        for line in unified.split('\n') {
            match line.split_once(": ") {
                _ if line.is_empty() && !data.is_empty() => {
                    events.push((std::mem::take(&mut name), data.join("\n")));
                    data.clear();
                }
                Some(("event", value)) => name = value.to_owned(),
                Some(("data", value)) => data.push(value.to_owned()),
                _ => {}
            }
        }
        events
    }

    #[test]
    fn what_some_readers_take_for_a_line_break_is_escaped() {
        let mut out = BytesMut::new();
        write_event(&mut out, "e", ["{\"t\":\"a\u{85}b\u{2028}\u{2029}\u{e9}\u{2027}\u{a9}\"}".as_bytes()]);
        let expected = "event: e\ndata: {\"t\":\"a\\u0085b\\u2028\\u2029\u{e9}\u{2027}\u{a9}\"}\n\n";
        assert_eq!(std::str::from_utf8(&out), Ok(expected));
    }

    proptest! {
        #[test]
        fn any_event_is_read_back_whole(name in "[a-zA-Z\\r\\n]{0,12}", data in "[ -~\\r\\n\\u{e9}]{1,60}", pings in 0_usize..3) {
            let mut out = BytesMut::new();
            for _ in 0..pings {
                out.extend_from_slice(PING);
            }
            write_event(&mut out, &name, [data.as_bytes()]);
            write_event(&mut out, "done", [&b"{}"[..]]);
            let expected_data = data.replace("\r\n", "\n").replace('\r', "\n");
            let expected_name = name.replace(['\r', '\n'], "");
            let events = read(std::str::from_utf8(&out).unwrap_or_default());
            prop_assert_eq!(events, vec![(expected_name, expected_data), ("done".to_owned(), "{}".to_owned())]);
        }
    }
}
