//! Finds the paths in tokens: comments and strings hold none, macros do.

use super::Path;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Every path of two segments at least.
pub(super) fn paths(tokens: TokenStream) -> Vec<Path> {
    let mut found = Vec::new();
    scan(&tokens.into_iter().collect::<Vec<_>>(), &mut found);
    found
}

fn scan(tokens: &[TokenTree], found: &mut Vec<Path>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Group(group) => {
                scan(&group.stream().into_iter().collect::<Vec<_>>(), found);
                at += 1;
            }
            TokenTree::Ident(ident) if begins(&ident.to_string()) && !continues(tokens, at) => {
                at = path(tokens, at, &[], found);
            }
            _ => at += 1,
        }
    }
}

/// Whether a path may begin so: a keyword before `::` is no part of it.
fn begins(ident: &str) -> bool {
    !["as", "dyn", "for", "impl", "in", "mut", "return", "use", "where"].contains(&ident)
}

/// Whether the identifier here is part of something that began before: a path, a field, a macro's variable.
fn continues(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    matches!(before, Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '.' | '$' | '\''))
        || at >= 2 && is_separator(tokens, at - 2)
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    let is_joint = matches!(
        tokens.get(at),
        Some(TokenTree::Punct(punct)) if punct.spacing() == proc_macro2::Spacing::Joint
    );
    is_joint && is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1))
}

/// Reads the path that begins here, behind `prefix`; returns where it ends.
fn path(tokens: &[TokenTree], mut at: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => path.push(name(&ident.to_string())),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                for branch in branches(group.stream()) {
                    self::path(&branch, 0, &path, found);
                }
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !is_separator(tokens, at) {
            break;
        }
        at += 2;
    }
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    if path.len() > 1 || !prefix.is_empty() {
        found.push(path);
    }
    at
}

/// The parts of `{a, b::c, d::{e, f}}`.
fn branches(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut branches = vec![Vec::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => branches.push(Vec::new()),
            _ => branches.last_mut().expect("there is always one").push(token),
        }
    }
    branches
}

/// Without the mark of a raw identifier.
fn name(ident: &str) -> String {
    ident.strip_prefix("r#").unwrap_or(ident).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        paths(source.parse().unwrap()).into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        let source = r#"
            use crate::a::{self, b::{C, d}, E as F};
            // crate::comment::Nothing
            fn f(x: super::G) -> u8 { print!("{}", crate::h::i("crate::text::Nothing")); x.y; z() }
            use ::std::mem;
            macro_rules! m { () => { $crate::hidden::Thing }; }
        "#;
        let expected = [
            "crate::a",
            "crate::a::b::C",
            "crate::a::b::d",
            "crate::a::E",
            "super::G",
            "crate::h::i",
        ];
        assert_eq!(found(source), expected);
    }
}
