//! Finds out whether a body may return before its end: token by token, because bodies are not parsed.
//! In doubt, it may.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// Macros of the standard library that only evaluate what they are given, or diverge.
const PLAIN_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Whether there is a `return`, a `?`, or a macro that might hide one.
pub(crate) fn may_return_early(body: TokenStream) -> bool {
    let mut before: Option<TokenTree> = None;
    let mut tokens = body.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let may = match &token {
            TokenTree::Ident(ident) => *ident == "return",
            TokenTree::Group(group) => may_return_early(group.stream()),
            TokenTree::Punct(punct) if punct.as_char() == '?' => true,
            TokenTree::Punct(punct) if punct.as_char() == '!' => match (&before, tokens.peek()) {
                (Some(TokenTree::Ident(name)), Some(TokenTree::Group(_))) => {
                    !is_keyword(name) && !PLAIN_MACROS.iter().any(|plain| name == plain)
                }
                (Some(TokenTree::Ident(name)), _) => *name == "macro_rules",
                _ => false,
            },
            _ => false,
        };
        if may {
            return true;
        }
        before = Some(token);
    }
    false
}

/// After a keyword, `!` negates.
fn is_keyword(name: &Ident) -> bool {
    syn::parse2::<Ident>(name.to_token_stream()).is_err()
}

#[cfg(test)]
mod tests {
    use super::may_return_early;

    #[test]
    fn early_returns_and_possible_ones_are_found() {
        for body in [
            "return 1",
            "if x { return; } y()",
            "a?.b()",
            "let x = || { let y = z?; Ok(y) };",
            "bail!(\"no\")",
            "println!(\"{}\", { return 3 })",
            "macro_rules! back { () => { 1 } }",
            "crate::ensure!(x)",
            "vec![f()?]",
        ] {
            assert!(may_return_early(body.parse().unwrap()), "{body}");
        }
    }

    #[test]
    fn bodies_that_run_to_their_end_are_recognised() {
        for body in [
            "",
            "items.iter().sum()",
            "if !x && a != b { !y } else { (!z) as u8 > 0 }",
            "std::println!(\"{}!\", \"return?\"); vec![1, 2].len()",
            "loop { if done() { break 3 } }",
            "match *x { !0 => 1, _ => if *a == ! b {} else {} }",
            "if !(x) { while !{ y } {} } 1",
            "let returned = 1; returned",
        ] {
            assert!(!may_return_early(body.parse().unwrap()), "{body}");
        }
    }
}
