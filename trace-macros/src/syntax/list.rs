//! Parses lists whose parts fail one by one: after a mistake, parsing continues behind the next comma,
//! so that one mistake never hides the next.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Lit, LitStr, Token};

use super::invisible::visible;
use crate::errors::{self, Errors};

/// Parses all of `tokens` as a list.
pub(super) fn whole_list(
    tokens: TokenStream,
    errors: &mut Errors,
    part: impl FnMut(ParseStream, &mut Errors) -> syn::Result<()>,
) {
    let parsed = (|input: ParseStream| {
        comma_separated(input, errors, part);
        Ok(())
    })
    .parse2(visible(tokens));
    if let Err(error) = parsed {
        errors.push(error);
    }
}

/// Parses a list up to the end of `input`.
pub(super) fn comma_separated(
    input: ParseStream,
    errors: &mut Errors,
    mut part: impl FnMut(ParseStream, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        let mut failed = false;
        if let Err(error) = part(input, errors) {
            errors.push(error);
            failed = true;
        }
        if !input.is_empty() && !input.peek(Token![,]) && !failed {
            errors.at(input.span(), errors::expected_comma());
        }
        skip_past_comma(input);
    }
}

fn skip_past_comma(input: ParseStream) {
    let skipped = input.step(|cursor| {
        let mut rest = *cursor;
        while let Some((token, next)) = rest.token_tree() {
            rest = next;
            if matches!(&token, TokenTree::Punct(comma) if comma.as_char() == ',') {
                break;
            }
        }
        Ok(((), rest))
    });
    debug_assert!(skipped.is_ok());
}

/// Consumes the rest of the parentheses in which a mistake was found, so that it causes no second one.
pub(super) fn give_up<T>(content: ParseStream, mistake: syn::Error) -> syn::Result<T> {
    content.parse::<TokenStream>()?;
    Err(mistake)
}

/// Reads the `=` after a name, which stands at `span`, and requires that something follows.
pub(super) fn equals(input: ParseStream, name: &str, span: Span, example: &str) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(span, errors::needs_value(name, example)));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(equals.span, errors::needs_value(name, example)));
    }
    Ok(())
}

/// Parses a string literal.
pub(super) fn text(input: ParseStream, message: impl FnOnce() -> String) -> syn::Result<LitStr> {
    let ahead = input.fork();
    match ahead.parse() {
        Ok(Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) => input.parse(),
        Ok(other) => Err(syn::Error::new_spanned(other, message())),
        Err(_) => Err(input.error(message())),
    }
}
