//! Tests patterns, which the record path has for instrumentation scopes, too.

use super::Glob;
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
