//! What is written in `tree!`.
//!
//! ```text
//! siblings = { span | "unordered" "{" { span } "}" } [ ".." ]
//! span     = name { "[" settings "]" | "?" | "*" times } [ "=>" "{" siblings "}" ]
//! name     = string | "_" | call | "(" expression ")"
//! settings = { key "=" expression | "!" key | word [ ":" value ] } [ ".." ]
//! key      = string | ident { "." ident } | "(" expression ")"
//! ```
//! Commas separate; after `}` they may be left out. The words are in `words`.

use super::words::{Form, WORDS, Word, listed};
use crate::errors::{Errors, did_you_mean};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Expr, Ident, LitStr, Token, token};

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

#[derive(Default)]
pub(super) struct Settings {
    pub(super) attributes: Vec<(TokenStream, Expr)>,
    pub(super) absent: Vec<TokenStream>,
    pub(super) options: Vec<Setting>,
    /// Whether attributes that are not named are allowed: `..`.
    pub(super) further: bool,
}

/// A word and what it is given.
pub(super) struct Setting {
    pub(super) method: Ident,
    pub(super) given: Given,
}

pub(super) enum Given {
    Nothing,
    Value(Expr),
    /// A variant of a type of the runtime.
    Variant(&'static str, Ident),
    Patterns(&'static str, Vec<Pattern>),
    Pairs(Vec<(TokenStream, Expr)>),
}

/// An event or a link.
pub(super) struct Pattern {
    pub(super) name: TokenStream,
    pub(super) settings: Settings,
}

/// Where siblings stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Ordered,
    Unordered,
}

fn error(span: Span, message: impl Into<String>) -> syn::Error {
    syn::Error::new(span, message.into())
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

/// Leaves out what could not be read, so that mistakes after it are found too.
fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>()?.is_some() {
            break;
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
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
        let message = format!("only `unordered` stands before braces, here is `{word}`{hint}");
        return Err(error(word.span(), message));
    }
    if place == Place::Unordered {
        return Err(error(word.span(), "`unordered` within `unordered` says nothing more"));
    }
    let nodes = inner.groups.into_iter().flat_map(|group| match group {
        Group::One(node) => vec![node],
        Group::Unordered(nodes) => nodes,
    });
    Ok(nodes.collect())
}

/// Reads what is in braces; also when that fails, it is behind.
fn braced<T>(
    input: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let content;
    syn::braced!(content in input);
    whole(&content, read)
}

/// The same for brackets.
fn bracketed<T>(
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
        // Else syn would tell of what is left instead of what is wrong.
        while !content.is_empty() {
            content.parse::<TokenTree>()?;
        }
    }
    result
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
                return Err(error(span, "a span has one pair of brackets"));
            }
            node.settings = read;
        } else if input.peek(Token![?]) || input.peek(Token![*]) {
            let span = input.span();
            if node.times.replace(times(input)?).is_some() {
                return Err(error(span, "how many times is said already"));
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

/// A name that is not followed by an index or a product, as an expression would be.
fn name(input: ParseStream<'_>, what: &str) -> syn::Result<TokenStream> {
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

/// The expression in parentheses, kept together without them.
fn parenthesized(input: ParseStream<'_>) -> syn::Result<TokenStream> {
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

/// What stands in brackets; `words` are allowed for spans.
fn settings(input: ParseStream<'_>, words: bool, errors: &mut Errors) -> syn::Result<Settings> {
    let mut settings = Settings::default();
    let mut seen = Vec::new();
    while !input.is_empty() {
        if let Err(error) = setting(input, words, &mut settings, &mut seen, errors) {
            errors.push(error);
            skip_to_comma(input)?;
        } else if input.parse::<Option<Token![,]>>()?.is_none() && !input.is_empty() {
            errors.push(input.error("expected `,`"));
            skip_to_comma(input)?;
        }
    }
    Ok(settings)
}

fn setting(
    input: ParseStream<'_>,
    words: bool,
    settings: &mut Settings,
    seen: &mut Vec<String>,
    errors: &mut Errors,
) -> syn::Result<()> {
    if input.peek(Token![..]) {
        let dots: Token![..] = input.parse()?;
        settings.further = true;
        let last = input.is_empty() || (input.peek(Token![,]) && input.peek2(syn::parse::End));
        let message = "`..` comes last among attributes";
        return if last { Ok(()) } else { Err(syn::Error::new_spanned(dots, message)) };
    }
    if input.parse::<Option<Token![!]>>()?.is_some() {
        settings.absent.push(key(input)?.0);
        return Ok(());
    }
    let start = input.span();
    let (key, bare) = key(input)?;
    if input.peek(Token![==]) {
        return Err(input.error("attributes are compared with a single `=`"));
    }
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        once(seen, key.to_string(), start, "attribute")?;
        settings.attributes.push((key, input.parse()?));
        return Ok(());
    }
    match bare {
        Some(word) if words => option(input, &word, settings, seen, errors),
        Some(word) => Err(error(start, format!("expected `{word} = value`"))),
        None => Err(input.error("expected `= value` after the key of an attribute")),
    }
}

fn once(seen: &mut Vec<String>, key: String, span: Span, what: &str) -> syn::Result<()> {
    if seen.contains(&key) {
        return Err(error(span, format!("{what} {key} is given twice")));
    }
    seen.push(key);
    Ok(())
}

/// The key of an attribute; if it is a single word, that too.
fn key(input: ParseStream<'_>) -> syn::Result<(TokenStream, Option<Ident>)> {
    if input.peek(LitStr) {
        return Ok((input.parse::<LitStr>()?.into_token_stream(), None));
    }
    if input.peek(token::Paren) {
        return Ok((parenthesized(input)?, None));
    }
    if !input.peek(Ident::peek_any) {
        let message = "expected an attribute such as `\"user.id\" = 7`, `!\"user.id\"` for none, \
                       an option such as `kind: Server`, or `..`";
        return Err(input.error(message));
    }
    let first = input.call(Ident::parse_any)?;
    let mut text = first.unraw().to_string();
    let mut bare = Some(first.clone());
    while input.peek(Token![.]) && !input.peek(Token![..]) {
        input.parse::<Token![.]>()?;
        text = format!("{text}.{}", input.call(Ident::parse_any)?.unraw());
        bare = None;
    }
    Ok((LitStr::new(&text, first.span()).into_token_stream(), bare))
}

fn option(
    input: ParseStream<'_>,
    written: &Ident,
    settings: &mut Settings,
    seen: &mut Vec<String>,
    errors: &mut Errors,
) -> syn::Result<()> {
    let names = WORDS.iter().map(|word| word.name);
    let Some(word) = WORDS.iter().find(|word| written == word.name) else {
        let hint = did_you_mean(&written.to_string(), names.clone());
        let end = if hint.is_empty() { ";" } else { "" };
        let message = format!(
            "unknown option `{written}`{hint}{end} an attribute is `{written} = value`, options \
             are {}",
            listed(names)
        );
        return Err(error(written.span(), message));
    };
    if !word.repeats() {
        once(seen, format!("`{}`", word.name), written.span(), "option")?;
    }
    let has_value = input.parse::<Option<Token![:]>>()?.is_some();
    let method = |name: &str| Ident::new(name, written.span());
    let (name, given) = match word.form {
        Form::Flag if !has_value => (word.method, Given::Nothing),
        Form::Flag => {
            return Err(error(written.span(), format!("option `{written}` takes no value")));
        }
        Form::Either(other) if has_value => (other, Given::Value(input.parse()?)),
        Form::Either(_) => (word.method, Given::Nothing),
        _ if !has_value => {
            let example = example(word);
            let message = format!("option `{written}` takes a value: `{written}: {example}`");
            return Err(error(written.span(), message));
        }
        Form::Value => (word.method, Given::Value(input.parse()?)),
        Form::Variant(ty, variants) => (word.method, variant(input, ty, variants)?),
        Form::Events => (word.method, Given::Patterns("event", patterns(input, errors)?)),
        Form::Links => (word.method, Given::Patterns("link", patterns(input, errors)?)),
        Form::Pairs => {
            let read = bracketed(input, |content| self::settings(content, false, errors))?;
            (word.method, Given::Pairs(read.attributes))
        }
    };
    settings.options.push(Setting { method: method(name), given });
    Ok(())
}

fn example(word: &Word) -> &'static str {
    match word.form {
        Form::Variant(_, variants) => variants[1],
        Form::Pairs => "[\"key\" = value]",
        Form::Events | Form::Links => "\"name\"",
        _ => "value",
    }
}

fn variant(
    input: ParseStream<'_>,
    ty: &'static str,
    variants: &'static [&'static str],
) -> syn::Result<Given> {
    let alone = input.peek2(Token![,]) || input.peek2(syn::parse::End);
    if !(input.peek(Ident) && alone) {
        return Ok(Given::Value(input.parse()?));
    }
    let written: Ident = input.parse()?;
    if variants.iter().any(|variant| written == variant) {
        return Ok(Given::Variant(ty, written));
    }
    // A variable, unless it looks like a variant.
    if !written.to_string().starts_with(char::is_uppercase) {
        return Ok(Given::Value(syn::parse_quote!(#written)));
    }
    let hint = did_you_mean(&written.to_string(), variants.iter().copied());
    let list = listed(variants.iter().copied());
    Err(error(written.span(), format!("`{written}` is none of {list}{hint}")))
}

/// One event or link, or a list of them.
fn patterns(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Pattern>> {
    if !input.peek(token::Bracket) {
        return Ok(vec![pattern(input, errors)?]);
    }
    bracketed(input, |content| {
        let mut patterns = Vec::new();
        while !content.is_empty() {
            patterns.push(pattern(content, errors)?);
            if content.parse::<Option<Token![,]>>()?.is_none() && !content.is_empty() {
                return Err(content.error("expected `,`"));
            }
        }
        Ok(patterns)
    })
}

fn pattern(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Pattern> {
    let name = name(input, "a name")?;
    let settings = match input.peek(token::Bracket) {
        true => bracketed(input, |content| settings(content, false, errors))?,
        false => Settings { further: true, ..Settings::default() },
    };
    Ok(Pattern { name, settings })
}
