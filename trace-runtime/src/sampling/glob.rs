//! Patterns of text: `*` stands for any characters, `?` for one.

use std::fmt;

/// A pattern, which matches whole texts and distinguishes case.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    text: Box<str>,
    form: Form,
}

/// The forms of patterns that are compared without backtracking, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// No wildcard.
    Exact,
    /// One `*`, at the end.
    Prefix,
    /// One `*`, at the beginning.
    Suffix,
    Any,
    Other,
}

impl Glob {
    pub(crate) fn new(text: &str) -> Self {
        let wild = |text: &str| text.contains(['*', '?']);
        let form = match text {
            "*" => Form::Any,
            _ if !wild(text) => Form::Exact,
            _ if text.strip_suffix('*').is_some_and(|rest| !wild(rest)) => Form::Prefix,
            _ if text.strip_prefix('*').is_some_and(|rest| !wild(rest)) => Form::Suffix,
            _ => Form::Other,
        };
        Self { text: text.into(), form }
    }

    /// Creates a pattern without wildcards: the text stands for itself.
    pub(crate) fn exact(text: &str) -> Self {
        Self { text: text.into(), form: Form::Exact }
    }

    /// Returns whether it matches its own text alone.
    pub(crate) fn is_exact(&self) -> bool {
        self.form == Form::Exact
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let pattern = &*self.text;
        match self.form {
            Form::Exact => text == pattern,
            Form::Prefix => text.starts_with(&pattern[..pattern.len() - 1]),
            Form::Suffix => text.ends_with(&pattern[1..]),
            Form::Any => true,
            Form::Other => matches(pattern, text),
        }
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Compares from the left. At a mismatch, the last `*` takes one character more; earlier ones have
/// taken as little as possible, so they need not be tried again.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut last_star = None;
    loop {
        let rest_of_text = text.clone();
        match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                last_star = Some((pattern.clone(), rest_of_text.clone()));
                text = rest_of_text;
            }
            (None, None) => return true,
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((after, taken)) = &mut last_star else { return false };
                if taken.next().is_none() {
                    return false;
                }
                (pattern, text) = (after.clone(), taken.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_whole_texts() {
        let cases = [
            ("a", "a", true),
            ("a", "A", false),
            ("a", "ab", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "ä", true),
            ("4*", "404", true),
            ("4*", "504", false),
            ("*.error", "tool.error", true),
            ("tool.*.error", "tool.a.b.error", true),
            ("tool.*.error", "tool.error", false),
            ("api.?kamai.*", "api.akamai.get", true),
            ("*a*b*", "xaxbx", true),
            ("*a*b", "ab.ab.a", false),
            ("a*a", "a", false),
            ("a**", "a", true),
            ("*?*", "", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    /// The definition, by trying everything.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|taken| by_definition(rest, &text[taken..])),
            ['?', rest @ ..] => !text.is_empty() && by_definition(rest, &text[1..]),
            [one, rest @ ..] => text.first() == Some(one) && by_definition(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn any_pattern_matches_as_defined(pattern in "[ab*?]{0,7}", text in "[abä]{0,8}") {
            let list = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = by_definition(&list(&pattern), &list(&text));
            prop_assert_eq!(Glob::new(&pattern).matches(&text), expected);
        }
    }
}
