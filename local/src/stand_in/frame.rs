//! Frames of the event stream, as the service writes them.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use serde_json::{Map, Value, json};

const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// An event's frame. Like the service, it puts padding of 2 to 61 letters into `p`; the length is chosen by
/// `position`, so that the same answer is the same bytes.
pub fn event_frame(name: &str, payload: &Value, position: usize) -> Vec<u8> {
    let mut object: Map<String, Value> = payload.as_object().cloned().unwrap_or_default();
    let length = 2 + position.wrapping_mul(17) % 60;
    object.insert("p".to_owned(), json!(PADDING.get(..length).unwrap_or(PADDING)));
    // A map without `preserve_order` is sorted, as the service's payloads are.
    let payload = Value::Object(object).to_string();
    frame(&[(":event-type", name), (":content-type", "application/json"), (":message-type", "event")], payload)
}

/// An exception's frame: `throttlingException` with its sentence.
pub fn exception_frame(name: &str, message: &str) -> Vec<u8> {
    let mut chars = name.chars();
    let lower_camel: String = chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect();
    let headers = [
        (":exception-type", lower_camel.as_str()),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    frame(&headers, json!({ "message": message }).to_string())
}

/// An error's frame.
pub fn error_frame(code: &str, message: &str) -> Vec<u8> {
    frame(&[(":message-type", "error"), (":error-code", code), (":error-message", message)], String::new())
}

/// Lets a frame claim to be a byte longer than it is, with a checksum of the prelude that holds.
pub(super) fn lengthen(frame: &mut [u8]) {
    if let Some((prelude, _)) = frame.split_first_chunk_mut::<12>() {
        let [a, b, c, d, e, f, g, h, ..] = *prelude;
        let total = u32::from_be_bytes([a, b, c, d]) + 1;
        let lengths = [total.to_be_bytes(), [e, f, g, h]].concat();
        let checksum = crc32fast::hash(&lengths).to_be_bytes();
        prelude.copy_from_slice(&[lengths, checksum.to_vec()].concat());
    }
}

fn frame(headers: &[(&str, &str)], payload: String) -> Vec<u8> {
    let message = headers.iter().fold(Message::new(Bytes::from(payload)), |message, (name, value)| {
        let value = HeaderValue::String(value.to_string().into());
        message.add_header(Header::new(name.to_string(), value))
    });
    let mut bytes = Vec::new();
    // Only headers over 32 KiB cannot be written.
    let _ = write_message_to(&message, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_the_services_to_the_byte() {
        // Recorded from the service, with 19 letters of padding.
        let recorded = "00000090000000523141c8a10b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2270223a226162636465666768696a6b6c6d6e6f70717273222c22726f6c65223a22617373697374616e74227d1176eab0";
        let position = (0..60).find(|position| 2 + position * 17 % 60 == 19).unwrap();
        let hex: String = event_frame("messageStart", &json!({"role": "assistant"}), position)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, recorded);
    }
}
