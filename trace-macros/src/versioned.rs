//! Gives hidden names their release: `__private` and `{version}` in literals become those of this one.

use proc_macro::{Group, Ident, Literal, TokenStream, TokenTree};

/// The input, with each identifier `__private` renamed to `private`, and each `{version}` in a literal
/// replaced.
pub(crate) fn rename(input: TokenStream, private: &str) -> TokenStream {
    let version = private.trim_start_matches("__private_");
    let renamed = input.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident.to_string() == "__private" => {
            TokenTree::Ident(Ident::new(private, ident.span()))
        }
        TokenTree::Group(group) => {
            let mut renamed = Group::new(group.delimiter(), rename(group.stream(), private));
            renamed.set_span(group.span());
            TokenTree::Group(renamed)
        }
        TokenTree::Literal(literal) => TokenTree::Literal(with_version(literal, version)),
        other => other,
    });
    renamed.collect()
}

fn with_version(literal: Literal, version: &str) -> Literal {
    let text = literal.to_string();
    let replaced = text.replace("{version}", version);
    match replaced.parse::<Literal>() {
        Ok(mut named) if replaced != text => {
            named.set_span(literal.span());
            named
        }
        _ => literal,
    }
}
