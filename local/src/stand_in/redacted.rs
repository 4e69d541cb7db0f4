//! Redacted reasoning: bytes that come in pieces, each base64 by itself, and go back joined as bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Lengths that are no multiples of three: joined as text, the base64 breaks.
const PIECES: [&[u8]; 3] = [b"stand-in: 1", b"thought 22", b"hidden 333"];

/// What the stream's deltas say.
pub(super) fn pieces() -> [String; 3] {
    PIECES.map(|piece| STANDARD.encode(piece))
}

/// What goes back.
pub(super) fn whole() -> String {
    STANDARD.encode(PIECES.concat())
}

/// Whether `text` can be what a model said: of the stand-in's own, no piece may be missing.
pub(super) fn is_whole(text: &str) -> bool {
    let own = |bytes: &[u8]| PIECES.iter().any(|piece| bytes.starts_with(piece));
    match STANDARD.decode(text) {
        Ok(bytes) => !own(&bytes) || text == whole(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_not_its_pieces_as_text() {
        assert!(is_whole(&whole()) && is_whole("bWFkZSBlbHNld2hlcmU="));
        assert!(!is_whole(&pieces().concat()) && pieces().iter().all(|piece| !is_whole(piece)));
    }
}
