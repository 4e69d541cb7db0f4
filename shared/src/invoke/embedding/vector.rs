//! Vectors, from the wire to the answer without a number being parsed: their JSON is checked and copied.

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::options::EmbeddingType;

/// A vector's JSON: an array of numbers, as many as it has to have.
#[derive(Clone, Serialize)]
pub struct Vector(Box<RawValue>);

/// An answer that is not what the family documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unreadable {}

impl Vector {
    /// Reads a vector of `dimensions` values.
    ///
    /// # Errors
    /// Where it is no array of numbers, or has another length. Bits may be packed, eight in a number.
    pub fn read(raw: &RawValue, dimensions: u32, kind: EmbeddingType) -> Result<Self, Unreadable> {
        let inner = raw.get().strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let inner = inner.ok_or(Unreadable("a vector that is no array"))?.trim();
        // The JSON is valid, so what is made of these letters only is numbers and commas.
        let numbers = inner.bytes().all(|b| b.is_ascii_digit() || b"+-.eE, \n\r\t".contains(&b));
        if !numbers {
            return Err(Unreadable("a vector with something that is no number"));
        }
        let length = if inner.is_empty() { 0 } else { 1 + inner.bytes().filter(|b| *b == b',').count() };
        let packed =
            matches!(kind, EmbeddingType::Binary | EmbeddingType::Ubinary) && length * 8 == dimensions as usize;
        if length != dimensions as usize && !packed {
            return Err(Unreadable("a vector of another length"));
        }
        if inner.split(',').any(overflows) {
            return Err(Unreadable("a vector with a number out of range"));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The vector's JSON.
    pub fn json(&self) -> &str {
        self.0.get()
    }
}

/// Whether a number is infinite as a float. Only one with an exponent or many digits can be.
fn overflows(number: &str) -> bool {
    let long = number.len() > 30 || number.bytes().any(|b| matches!(b, b'e' | b'E'));
    long && number.trim().parse::<f32>().is_ok_and(f32::is_infinite)
}

impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vector({} bytes)", self.json().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, dimensions: u32, kind: EmbeddingType) -> Result<String, Unreadable> {
        Vector::read(serde_json::from_str(json).unwrap(), dimensions, kind).map(|vector| vector.json().to_owned())
    }

    #[test]
    fn a_vector_keeps_its_spelling() {
        assert_eq!(read("[-0.10, 2e-05,3]", 3, EmbeddingType::Float), Ok("[-0.10, 2e-05,3]".into()));
        assert_eq!(read("[-128,127]", 16, EmbeddingType::Binary), Ok("[-128,127]".into()));
    }

    #[test]
    fn what_is_no_vector_is_told() {
        for (json, dimensions) in [
            ("[1,2]", 3),
            ("[]", 3),
            ("[1,null,2]", 3),
            (r#"["1",2,3]"#, 3),
            ("[[1,2,3]]", 3),
            ("7", 1),
            ("[1,2,1e39]", 3),
        ] {
            assert!(read(json, dimensions, EmbeddingType::Float).is_err(), "{json}");
        }
    }
}
