//! Patterns of text: `*` stands for any characters, `?` for one.

use std::fmt;

/// A pattern, which matches whole texts and distinguishes case.
#[derive(Clone, PartialEq, Eq)]
pub struct Glob {
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
    pub fn new(text: &str) -> Self {
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
    pub fn exact(text: &str) -> Self {
        Self { text: text.into(), form: Form::Exact }
    }

    /// Returns whether it matches its own text alone.
    pub fn is_exact(&self) -> bool {
        self.form == Form::Exact
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn matches(&self, text: &str) -> bool {
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
