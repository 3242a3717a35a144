//! Parses the pieces of which spans and their settings consist.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Expr, Ident, LitStr, Token, token};

pub(super) fn error(span: Span, message: impl Into<String>) -> syn::Error {
    syn::Error::new(span, message.into())
}

/// Skips a part that could not be parsed, so that mistakes after it are found, too.
pub(super) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>()?.is_some() {
            break;
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Parses the contents of braces, and consumes them even on failure.
pub(super) fn braced<T>(
    input: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let content;
    syn::braced!(content in input);
    whole(&content, read)
}

/// Parses the contents of brackets, and consumes them even on failure.
pub(super) fn bracketed<T>(
    input: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let content;
    syn::bracketed!(content in input);
    whole(&content, read)
}

fn whole<T>(
    content: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let result = read(content);
    if result.is_err() {
        // Otherwise, syn would report the rest instead of the mistake.
        while !content.is_empty() {
            content.parse::<TokenTree>()?;
        }
    }
    result
}

/// Parses a name. Unlike an expression, it does not continue with `[…]` or `*`.
pub(super) fn name(input: ParseStream<'_>, what: &str) -> syn::Result<TokenStream> {
    if input.peek(LitStr) {
        return Ok(input.parse::<LitStr>()?.into_token_stream());
    }
    if input.peek(Token![_]) {
        input.parse::<Token![_]>()?;
        return Ok(TokenStream::new());
    }
    if input.peek(token::Paren) {
        return parenthesized(input);
    }
    if input.peek(Ident) || input.peek(Token![::]) || input.peek(Token![crate]) {
        let path = input.call(syn::Path::parse_mod_style)?;
        let mut tokens = path.into_token_stream();
        if input.peek(Token![!]) {
            tokens.extend(input.parse::<Token![!]>()?.into_token_stream());
            tokens.extend(input.parse::<TokenTree>()?.into_token_stream());
        } else if input.peek(token::Paren) {
            tokens.extend(input.parse::<TokenTree>()?.into_token_stream());
        }
        return Ok(tokens);
    }
    Err(input.error(format!(
        "expected {what}: a string, `_` for any, a matcher such as `matches(\"job-.*\")`, \
         or an expression in parentheses"
    )))
}

/// Parses an expression in parentheses, and keeps it together without them.
pub(super) fn parenthesized(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let content;
    syn::parenthesized!(content in input);
    let expression = whole(&content, |content| {
        let expression: Expr = content.parse()?;
        match content.is_empty() {
            true => Ok(expression),
            false => Err(content.error("expected one expression")),
        }
    })?;
    let mut group = proc_macro2::Group::new(Delimiter::None, expression.to_token_stream());
    group.set_span(expression.span());
    Ok(TokenTree::from(group).into())
}
