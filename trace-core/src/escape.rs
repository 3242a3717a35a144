//! Escapes untrusted text for one line of a terminal, of a log or of a message: cuts it to a number
//! of characters, and escapes everything that moves a cursor, ends a line or reorders the displayed
//! text.
//!
//! Letters of all scripts and emoji with their joiners are unchanged. Escaped text is not escaped
//! again.

use std::fmt::{self, Write};

/// The default bound of [`line`], in characters.
const MAX_CHARS: usize = 1_024;

/// Returns `text` in a form that is safe on one line, up to 1,024 characters of it.
pub fn line<T: fmt::Display>(text: T) -> Escaped<T> {
    Escaped { text, max: MAX_CHARS, keeps_breaks: false }
}

/// Returns text of several lines, keeping its line breaks and its full length.
pub fn lines<T: fmt::Display>(text: T) -> Escaped<T> {
    Escaped { text, max: usize::MAX, keeps_breaks: true }
}

/// Returns text as a Rust literal, uncut, but with all letters and joiners as they are.
pub fn quoted(text: &str) -> impl fmt::Display {
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    Escaped { text: format!("\"{quoted}\""), max: usize::MAX, keeps_breaks: false }
}

/// Returns whether a character is unsafe on a terminal or in a log line: controls (C0, DEL, C1),
/// line and paragraph separators, and the controls of bidirectional text ([UAX
/// #9](https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters)).
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text that is escaped, and cut, when it is displayed.
///
/// A `Display` that fails ends the text and does not panic.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Escaped<T> {
    text: T,
    max: usize,
    keeps_breaks: bool,
}

impl<T> Escaped<T> {
    /// Limits the text to this many characters, followed by `…` if it is longer.
    pub fn cut(mut self, characters: usize) -> Self {
        self.max = characters;
        self
    }
}

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keeps_breaks = self.keeps_breaks;
        let mut escaping = Escaping { out: f, left: self.max, keeps_breaks, state: State::Open };
        let shown = write!(escaping, "{}", self.text);
        match (escaping.state, shown) {
            (State::Failed, _) => Err(fmt::Error),
            (State::Full, _) | (State::Open, Err(_)) => f.write_char('…'),
            (State::Open, Ok(())) => Ok(()),
        }
    }
}

enum State {
    Open,
    Full,
    /// The underlying formatter has failed.
    Failed,
}

struct Escaping<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
    keeps_breaks: bool,
    state: State,
}

impl Escaping<'_, '_> {
    /// Returns the part of `text` for which there is room.
    fn fitting<'t>(&mut self, text: &'t str) -> &'t str {
        // Every character has at least one byte.
        if text.len() <= self.left {
            self.left -= text.chars().count();
            return text;
        }
        match text.char_indices().nth(self.left) {
            Some((end, _)) => {
                self.left = 0;
                self.state = State::Full;
                &text[..end]
            }
            None => {
                self.left -= text.chars().count();
                text
            }
        }
    }
}

impl Write for Escaping<'_, '_> {
    /// Silently discards text beyond the bound: an error might make other code panic.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !matches!(self.state, State::Open) {
            return Ok(());
        }
        let text = self.fitting(text);
        let keeps_breaks = self.keeps_breaks;
        let escaped = |c: char| is_unsafe(c) && !(keeps_breaks && c == '\n');
        let mut rest = text;
        while let Some(at) = rest.find(escaped) {
            let (before, from) = rest.split_at(at);
            let Some(c) = from.chars().next() else { break };
            rest = &from[c.len_utf8()..];
            let written = self.out.write_str(before);
            let written = written.and_then(|()| write!(self.out, "{}", c.escape_default()));
            written.inspect_err(|_| self.state = State::Failed)?;
        }
        self.out.write_str(rest).inspect_err(|_| self.state = State::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_obey_is_shown_instead() {
        let cases = [
            ("a\u{1b}[2Jb", r"a\u{1b}[2Jb"),
            ("one\r\ntwo\tthree\u{b}\u{c}\u{7}", r"one\r\ntwo\tthree\u{b}\u{c}\u{7}"),
            ("\0\u{7f}\u{80}\u{85}\u{9b}31m\u{9f}", r"\u{0}\u{7f}\u{80}\u{85}\u{9b}31m\u{9f}"),
            ("\u{202a}\u{202e}\u{2066}\u{2069}", r"\u{202a}\u{202e}\u{2066}\u{2069}"),
            ("\u{200e}\u{200f}\u{61c}", r"\u{200e}\u{200f}\u{61c}"),
            ("a\u{2028}b\u{2029}c", r"a\u{2028}b\u{2029}c"),
        ];
        for (text, expected) in cases {
            assert_eq!(line(text).to_string(), expected);
            assert_eq!(line(expected).to_string(), expected, "escaped twice");
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "Zürich – Привет",
            "שלום عالم",
            "👩\u{200d}👩\u{200d}👧 🏳\u{fe0f}\u{200d}🌈 🇨🇭 ❤\u{fe0f}",
            "नमस्ते ไทย",
            r#"C:\n "x""#,
            "",
        ] {
            assert_eq!(line(text).to_string(), text);
        }
    }

    #[test]
    fn text_is_cut_after_whole_characters() {
        let cut = |text: &str, max| line(text).cut(max).to_string();
        assert_eq!(cut("éééé", 4), "éééé");
        assert_eq!(cut("éééé", 3), "ééé…");
        assert_eq!(cut("\n\n\n", 2), r"\n\n…");
        assert_eq!(cut("x", 0), "…");
        assert_eq!(cut("", 0), "");
        assert_eq!(line("x".repeat(5_000)).to_string().chars().count(), 1_025);
        // Also in pieces.
        assert_eq!(line(format_args!("{}{}{}", "ab", "cd", "ef")).cut(4).to_string(), "abcd…");
        assert_eq!(line(format_args!("{}{}", "ab", "cd")).cut(4).to_string(), "abcd");
    }

    #[test]
    fn lines_keep_their_breaks_and_nothing_else() {
        assert_eq!(lines("a\nb\r\n\u{1b}c").to_string(), "a\nb\\r\n\\u{1b}c");
    }

    #[test]
    fn quoted_text_is_a_literal() {
        let text = "a \"b\" \\ \n\u{202e} é";
        assert_eq!(quoted(text).to_string(), r#""a \"b\" \\ \n\u{202e} é""#);
        let family = "👩\u{200d}👧";
        assert_eq!(quoted(family).to_string(), format!("\"{family}\""));
        let long = "x".repeat(5_000);
        assert_eq!(quoted(&long).to_string(), format!("{long:?}"));
    }

    #[test]
    fn a_display_that_fails_ends_the_text() {
        struct Failing;
        impl fmt::Display for Failing {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("so far")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(line(Failing).to_string(), "so far…");
    }
}
