//! Vectors without a model: hashed words and letter triples, so that texts with the same words are near each other.

/// Words that say nothing weigh little.
const EMPTY: [&str; 16] =
    ["a", "an", "and", "are", "for", "how", "in", "is", "my", "of", "on", "the", "to", "what", "where", "with"];

/// A text's vector: the same for the same text, of length 1 if `normalize` says so.
pub(super) fn embed(text: &str, dimensions: usize, normalize: bool) -> Vec<f64> {
    let mut vector = vec![0.0_f64; dimensions];
    let mut add = |feature: &str, weight: f64| {
        let hash = hash(feature);
        let sign = if hash & 1 == 0 { 1.0 } else { -1.0 };
        if let Some(value) = vector.get_mut((hash >> 1) as usize % dimensions.max(1)) {
            *value += sign * weight;
        }
    };
    let lower = text.to_lowercase();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let weight = if EMPTY.contains(&word) { 0.1 } else { 1.0 };
        add(word, weight);
        let letters: Vec<char> = word.chars().collect();
        for triple in letters.windows(3) {
            add(&triple.iter().collect::<String>(), weight * 0.5);
        }
    }
    // Real vectors have no zeros: a little noise, the same for the same text.
    let mut noise = hash(&lower);
    for value in &mut vector {
        noise = noise.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        *value += ((noise >> 40) as f64 / (1_u64 << 24) as f64 - 0.5) * 0.02;
    }
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    let scale = if normalize && length > 0.0 { 1.0 / length } else { 1.0 };
    // Eight digits, as the service sends them.
    vector.iter().map(|value| (value * scale * 1e8).round() / 1e8).collect()
}

/// A bit a value.
pub(super) fn binary(vector: &[f64]) -> Vec<i64> {
    vector.iter().map(|value| i64::from(*value > 0.0)).collect()
}

/// Whole numbers from -128 to 127.
pub(super) fn int8(vector: &[f64]) -> Vec<i64> {
    vector.iter().map(|value| (value * 127.0).round().clamp(-128.0, 127.0) as i64).collect()
}

/// FNV-1a, and a last mixing step: its low bits by themselves are too even for short words.
fn hash(text: &str) -> u64 {
    let fnv = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (fnv ^ (fnv >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_texts_are_near_and_vectors_have_length_one() {
        let near = |a: &str, b: &str| -> f64 {
            let (a, b) = (embed(a, 256, true), embed(b, 256, true));
            a.iter().zip(&b).map(|(a, b)| a * b).sum()
        };
        let question = "How do I return my shoes?";
        assert!(near(question, "Shoes can be returned within 30 days.") > near(question, "We ship with DHL and UPS."));
        assert!((near(question, question) - 1.0).abs() < 1e-6);
        assert_eq!(embed(question, 256, true), embed(question, 256, true));
    }
}
