//! A quick hash, for caches and for comparing keys. Text can be chosen so that hashes collide, so it is
//! not for tables.

/// Mixes a word into a hash.
#[inline]
pub fn mix(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Mixes a text and its length into a hash.
#[inline]
pub fn mix_text(hash: u64, text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(text.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    mix(hash, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn texts_that_differ_have_hashes_that_differ() {
        let long = "/".repeat(8);
        let texts = ["", "a", "b", "a\0", "\0a", "/users", "/users/{id}", "/users/{no}", &long];
        let hashes: HashSet<_> = texts.iter().map(|text| mix_text(0, text)).collect();
        assert_eq!(hashes.len(), texts.len());
        assert_ne!(mix_text(mix_text(0, "a"), "b"), mix_text(mix_text(0, "b"), "a"));
    }
}
