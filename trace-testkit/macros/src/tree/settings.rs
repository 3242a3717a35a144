//! Parses the contents of the brackets of a span, an event or a link.

use super::tokens::{bracketed, error, name, parenthesized, skip_to_comma};
use super::words::{Form, WORDS, Word, listed};
use crate::errors::{Errors, did_you_mean};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, Ident, LitStr, Token, token};

#[derive(Default)]
pub(super) struct Settings {
    pub(super) attributes: Vec<(TokenStream, Expr)>,
    pub(super) absent: Vec<TokenStream>,
    pub(super) options: Vec<Setting>,
    /// Whether other attributes are allowed, too: `..`.
    pub(super) further: bool,
}

/// A word and its value.
pub(super) struct Setting {
    pub(super) method: Ident,
    pub(super) given: Given,
}

pub(super) enum Given {
    Nothing,
    Value(Expr),
    /// An expression that the expansion borrows.
    Borrowed(Expr),
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

/// Parses settings; `words` are allowed for spans.
pub(super) fn settings(
    input: ParseStream<'_>,
    words: bool,
    errors: &mut Errors,
) -> syn::Result<Settings> {
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

/// The key of an attribute, and the word if the key is a single one.
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
        Form::Either(other) if has_value => (other, Given::Borrowed(input.parse()?)),
        Form::Either(_) => (word.method, Given::Nothing),
        _ if !has_value => {
            let example = example(word);
            let message = format!("option `{written}` takes a value: `{written}: {example}`");
            return Err(error(written.span(), message));
        }
        Form::Value | Form::Values => (word.method, Given::Value(input.parse()?)),
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
