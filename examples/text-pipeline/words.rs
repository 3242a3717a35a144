//! Splits a text into the words that are counted.

/// Returns the words of `text` in lower case, without those that carry no meaning.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    all_words(text).filter(|word| word.len() > 2 && !STOP_WORDS.contains(&word.as_str()))
}

/// Returns all words of `text` in lower case.
pub(crate) fn all_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphabetic() && c != '\'')
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
}

const STOP_WORDS: &[&str] = &[
    "about", "after", "again", "all", "also", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "but", "by", "can", "cannot", "does", "each", "else", "for", "from", "had",
    "has", "have", "how", "if", "in", "into", "is", "it", "its", "just", "more", "most", "must",
    "no", "not", "of", "on", "once", "one", "only", "or", "other", "our", "out", "over", "own",
    "says", "she", "he", "him", "her", "his", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "too", "two", "under",
    "until", "up", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who",
    "why", "will", "with", "without", "would", "you", "your",
];
