//! The event stream's frames: bytes in, events and exceptions out.
//!
//! Layout and checksums are `aws-smithy-eventstream`'s to read. It checks the checksum of the first 12 bytes
//! only once the whole frame has arrived, so one corrupt length would buffer and wait for bytes that never
//! come: that checksum and the length are checked here first.

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;
use bytes::{Buf as _, Bytes, BytesMut};

use crate::converse::stream_event::StreamEvent;
use crate::error::{Exception, Failure};
use crate::limits::FRAME_BYTES;

/// Total length, header length, and the checksum of both.
const PRELUDE_BYTES: usize = 12;
/// The prelude and the checksum at the end.
const MIN_FRAME_BYTES: usize = PRELUDE_BYTES + 4;

/// Decodes an event stream that arrives in pieces of any size.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: BytesMut,
}

impl Frames {
    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a frame has begun and not ended: then the end of the stream cuts it.
    pub fn is_inside_frame(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next whole frame's event, or `None` until more bytes have come.
    ///
    /// # Errors
    /// [`Failure::Exception`] for an exception or error frame, [`Failure::Corrupt`] for bytes that are no
    /// frame. Nothing can be read after either.
    pub fn next_event(&mut self) -> Result<Option<StreamEvent>, Failure> {
        let Some(prelude) = self.buffer.get(..PRELUDE_BYTES) else { return Ok(None) };
        let (lengths, mut checksum) = prelude.split_at(8);
        if crc32fast::hash(lengths) != checksum.get_u32() {
            return Err(Failure::Corrupt("a frame whose lengths do not match their checksum"));
        }
        let total = (&mut &*lengths).get_u32() as usize;
        if !(MIN_FRAME_BYTES..=FRAME_BYTES).contains(&total) {
            return Err(Failure::Corrupt("a frame of impossible length"));
        }
        if self.buffer.len() < total {
            return Ok(None);
        }
        let mut frame: Bytes = self.buffer.split_to(total).freeze();
        let message = read_message_from(&mut frame)
            .map_err(|_| Failure::Corrupt("a frame that does not match its checksum or layout"))?;
        read(&message).map(Some)
    }
}

fn read(message: &Message) -> Result<StreamEvent, Failure> {
    let header = |name: &str| {
        let found = message.headers().iter().find(|header| header.name().as_str() == name)?;
        found.value().as_string().ok().map(|value| value.as_str())
    };
    match header(":message-type") {
        Some("event") => {
            let name = header(":event-type").ok_or(Failure::Corrupt("an event without a name"))?;
            StreamEvent::parse(name, message.payload().clone())
                .map_err(|_| Failure::Corrupt("an event that is no JSON object"))
        }
        Some("exception") => {
            #[derive(serde::Deserialize)]
            struct Body {
                #[serde(alias = "Message")]
                message: Option<String>,
            }
            Err(Failure::Exception {
                exception: Exception::from_name(header(":exception-type").unwrap_or_default()),
                status: None,
                message: serde_json::from_slice(message.payload()).ok().and_then(|body: Body| body.message),
            })
        }
        Some("error") => Err(Failure::Exception {
            exception: Exception::from_name(header(":error-code").unwrap_or_default()),
            status: None,
            message: header(":error-message").map(str::to_owned),
        }),
        _ => Err(Failure::Corrupt("a frame of no known message type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converse::stream_event::StreamEventKind;
    use proptest::prelude::*;

    /// Recorded from the service: `messageStart` with payload `{"p":"abcdefghijklmnopqrs","role":"assistant"}`.
    const MESSAGE_START: &str = "00000090000000523141c8a10b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2270223a226162636465666768696a6b6c6d6e6f70717273222c22726f6c65223a22617373697374616e74227d1176eab0";
    /// Built with `aws-smithy-eventstream`: `throttlingException`, `{"message":"Too many requests"}`.
    const THROTTLED: &str = "00000090000000618e91a9b70f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a22546f6f206d616e79207265717565737473227de67f8005";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + *digit as u8)).collect()
    }

    #[test]
    fn a_recorded_frame_is_read_and_loses_its_padding() {
        let mut frames = Frames::default();
        frames.push(&bytes(MESSAGE_START));
        let event = frames.next_event().unwrap().unwrap();
        assert_eq!(event.kind, StreamEventKind::MessageStart);
        assert_eq!(event.payload().concat(), br#"{"role":"assistant"}"#);
        assert!(!frames.is_inside_frame());
    }

    #[test]
    fn an_exception_frame_is_an_exception() {
        let mut frames = Frames::default();
        frames.push(&bytes(THROTTLED));
        assert_eq!(
            frames.next_event(),
            Err(Failure::Exception {
                exception: Exception::Throttling,
                status: None,
                message: Some("Too many requests".into())
            })
        );
    }

    #[test]
    fn a_corrupt_length_is_told_from_its_first_twelve_bytes() {
        let mut frame = bytes(MESSAGE_START);
        frame.splice(0..4, [0x7f, 0xff, 0xff, 0xff]);
        let mut frames = Frames::default();
        frames.push(frame.get(..12).unwrap_or_default());
        assert!(matches!(frames.next_event(), Err(Failure::Corrupt(_))));
    }

    #[test]
    fn a_length_over_the_limit_is_refused_though_its_checksum_holds() {
        for total in [0_u32, 15, 24 * 1024 * 1024 + 1] {
            let mut prelude = [total.to_be_bytes(), [0; 4]].concat();
            prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
            let mut frames = Frames::default();
            frames.push(&prelude);
            assert_eq!(frames.next_event(), Err(Failure::Corrupt("a frame of impossible length")), "{total}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_byte_is_never_an_event(at in 0_usize..144, flip in 1_u8..=255) {
            let mut frame = bytes(MESSAGE_START);
            if let Some(byte) = frame.get_mut(at) {
                *byte ^= flip;
            }
            let mut frames = Frames::default();
            frames.push(&frame);
            prop_assert!(matches!(frames.next_event(), Err(Failure::Corrupt(_))));
        }

        #[test]
        fn any_split_gives_the_same_events(cuts in proptest::collection::vec(0_usize..432, 0..12)) {
            let stream = bytes(MESSAGE_START).repeat(3);
            let mut cuts = cuts;
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let (mut frames, mut events) = (Frames::default(), 0);
            for pair in cuts.windows(2) {
                if let [from, to] = pair {
                    frames.push(stream.get(*from..*to).unwrap_or_default());
                }
                while let Ok(Some(_)) = frames.next_event() {
                    events += 1;
                }
            }
            prop_assert_eq!((events, frames.is_inside_frame()), (3, false));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut frames = Frames::default();
            frames.push(&bytes);
            let _ = frames.next_event();
        }
    }
}
