//! Parses the spans in `tree!`.
//!
//! ```text
//! siblings = { span | "unordered" "{" { span } "}" } [ ".." ]
//! span     = name { "[" settings "]" | "?" | "*" times } [ "=>" "{" siblings "}" ]
//! name     = string | "_" | call | "(" expression ")"
//! settings = { key "=" expression | "!" key | word [ ":" value ] } [ ".." ]
//! key      = string | ident { "." ident } | "(" expression ")"
//! ```
//! Commas separate; after `}` they are optional. [`settings`](super::settings) parses settings, and
//! [`words`](super::words) lists the words.

use super::settings::{Settings, settings};
use super::tokens::{braced, bracketed, error, name, parenthesized, skip_to_comma};
use crate::errors::{Errors, did_you_mean};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::ParseStream;
use syn::{Ident, Token, token};

pub(super) struct Siblings {
    pub(super) groups: Vec<Group>,
    pub(super) further: bool,
}

pub(super) enum Group {
    One(Node),
    Unordered(Vec<Node>),
}

pub(super) struct Node {
    pub(super) name: TokenStream,
    pub(super) settings: Settings,
    pub(super) times: Option<TokenStream>,
    pub(super) children: Option<Siblings>,
}

/// Where siblings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Ordered,
    Unordered,
}

pub(super) fn siblings(
    input: ParseStream<'_>,
    place: Place,
    errors: &mut Errors,
) -> syn::Result<Siblings> {
    let mut siblings = Siblings { groups: Vec::new(), further: false };
    while !input.is_empty() {
        if let Err(error) = sibling(input, place, &mut siblings, errors) {
            errors.push(error);
            skip_to_comma(input)?;
        }
    }
    Ok(siblings)
}

fn sibling(
    input: ParseStream<'_>,
    place: Place,
    siblings: &mut Siblings,
    errors: &mut Errors,
) -> syn::Result<()> {
    if input.peek(Token![..]) {
        let dots: Token![..] = input.parse()?;
        if place == Place::Unordered {
            let message = "`..` allows further children: write it after `unordered { … }`";
            return Err(syn::Error::new_spanned(dots, message));
        }
        siblings.further = true;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(syn::Error::new_spanned(dots, "`..` comes last among children"));
        }
        return Ok(());
    }
    let braced = if input.peek(Ident) && input.peek2(token::Brace) {
        siblings.groups.push(Group::Unordered(unordered(input, place, errors)?));
        true
    } else {
        let node = node(input, errors)?;
        let braced = node.children.is_some();
        siblings.groups.push(Group::One(node));
        braced
    };
    if input.parse::<Option<Token![,]>>()?.is_none() && !input.is_empty() && !braced {
        let message = "expected `,`, `[…]`, `?`, `* 2` or `=> { … }` after a span's name";
        return Err(input.error(message));
    }
    Ok(())
}

fn unordered(input: ParseStream<'_>, place: Place, errors: &mut Errors) -> syn::Result<Vec<Node>> {
    let word: Ident = input.parse()?;
    let inner = braced(input, |content| siblings(content, Place::Unordered, errors))?;
    if word != "unordered" {
        let hint = did_you_mean(&word.to_string(), ["unordered"]);
        let message = format!("only `unordered` is allowed before braces, not `{word}`{hint}");
        return Err(error(word.span(), message));
    }
    if place == Place::Unordered {
        return Err(error(word.span(), "`unordered` within `unordered` has no effect"));
    }
    let nodes = inner.groups.into_iter().flat_map(|group| match group {
        Group::One(node) => vec![node],
        Group::Unordered(nodes) => nodes,
    });
    Ok(nodes.collect())
}

fn node(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Node> {
    let name = name(input, "a span's name")?;
    let mut node = Node { name, settings: Settings::default(), times: None, children: None };
    let mut has_settings = false;
    loop {
        if input.peek(token::Bracket) {
            let span = input.span();
            let read = bracketed(input, |content| settings(content, true, errors))?;
            if std::mem::replace(&mut has_settings, true) {
                return Err(error(span, "a span has at most one pair of brackets"));
            }
            node.settings = read;
        } else if input.peek(Token![?]) || input.peek(Token![*]) {
            let span = input.span();
            if node.times.replace(times(input)?).is_some() {
                return Err(error(span, "the number of times is given twice"));
            }
        } else {
            break;
        }
    }
    if input.parse::<Option<Token![=>]>>()?.is_some() {
        if !input.peek(token::Brace) {
            return Err(input.error("expected `{ … }` with the children after `=>`"));
        }
        let read = braced(input, |content| siblings(content, Place::Ordered, errors))?;
        node.children = Some(read);
    }
    Ok(node)
}

/// `?`, `* 2`, `* 1..=3`.
fn times(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if input.parse::<Option<Token![?]>>()?.is_some() {
        return Ok(quote!(0..=1));
    }
    input.parse::<Token![*]>()?;
    let count = |input: ParseStream<'_>| -> syn::Result<Option<TokenStream>> {
        if input.peek(token::Paren) {
            return parenthesized(input).map(Some);
        }
        if input.peek(syn::LitInt) {
            return Ok(Some(input.parse::<TokenTree>()?.into_token_stream()));
        }
        match input.peek(Ident) {
            true => Ok(Some(input.call(syn::Path::parse_mod_style)?.into_token_stream())),
            false => Ok(None),
        }
    };
    let mut tokens = TokenStream::new();
    let first = count(input)?;
    if first.is_none() && !input.peek(Token![..]) {
        return Err(
            input.error("expected a number or a range after `*`: `* 2`, `* 1..=3`, `* 1..`")
        );
    }
    tokens.extend(first);
    if input.peek(Token![..=]) {
        tokens.extend(input.parse::<Token![..=]>()?.into_token_stream());
        tokens.extend(count(input)?);
    } else if input.peek(Token![..]) {
        tokens.extend(input.parse::<Token![..]>()?.into_token_stream());
        tokens.extend(count(input)?);
    }
    Ok(tokens)
}
