//! The signature of reasoning: made from the text, so that a changed text is found out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What the stand-in's own signatures begin with once decoded.
const OWN: &str = "stand-in:";

/// Signs a text.
pub(super) fn sign(text: &str) -> String {
    STANDARD.encode(format!("{OWN}{:08x}", crc32fast::hash(text.as_bytes())))
}

/// Whether a signature may be of `text`: one that was made elsewhere needs only the form.
pub(super) fn holds(signature: &str, text: &str) -> bool {
    match STANDARD.decode(signature) {
        Ok(bytes) if bytes.starts_with(OWN.as_bytes()) => signature == sign(text),
        Ok(bytes) => !bytes.is_empty(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_only() {
        assert!(holds(&sign("hm"), "hm") && !holds(&sign("hm"), "hm."));
        assert!(holds("c2ln", "made elsewhere") && !holds("no base64", "hm") && !holds("", "hm"));
    }
}
