//! Options as written: `name = value`, `name(…)` or `name`, separated by commas.
//!
//! One mistake never hides the next: after each, parsing goes on behind the next comma.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitStr, Path, Token};

use super::field::{self, Field};
use super::keys::{self, Form, Place};
use super::name::Name;
use crate::errors::{self, Errors};

/// A value that may be given once.
pub(crate) struct Once<T> {
    name: &'static str,
    value: Option<(Span, T)>,
}

impl<T> Once<T> {
    fn new(name: &'static str) -> Self {
        Self { name, value: None }
    }

    /// Stores the value; a second one is the only duplicate check there is.
    fn set(&mut self, span: Span, value: T, errors: &mut Errors) {
        if self.value.is_some() {
            errors.at(span, errors::duplicate_option(self.name));
        } else {
            self.value = Some((span, value));
        }
    }

    pub(crate) fn span(&self) -> Option<Span> {
        self.value.as_ref().map(|(span, _)| *span)
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn into_value(self) -> Option<T> {
        self.value.map(|(_, value)| value)
    }

    /// Takes the value of an enclosing `impl` block where there is no own one.
    pub(crate) fn or(&mut self, outer: &Self)
    where
        T: Clone,
    {
        if self.value.is_none() {
            self.value = outer.value.clone();
        }
    }
}

/// What `err(…)` says.
#[derive(Clone, Default)]
pub(crate) struct Err {
    pub(crate) ignore: bool,
    pub(crate) when: Option<Expr>,
    pub(crate) kind: Option<Expr>,
}

/// All options of one attribute.
pub(crate) struct Options {
    pub(crate) name: Once<Name>,
    pub(crate) kind: Once<Ident>,
    pub(crate) attrs: Once<Vec<Field>>,
    pub(crate) ret: Once<Vec<Field>>,
    pub(crate) err: Once<Err>,
    pub(crate) root: Once<()>,
    pub(crate) parent: Once<Expr>,
    pub(crate) links: Once<Expr>,
    pub(crate) krate: Once<Path>,
    pub(crate) skip: Once<()>,
}

impl Options {
    pub(crate) fn none() -> Self {
        Self {
            name: Once::new(keys::NAME),
            kind: Once::new(keys::KIND),
            attrs: Once::new(keys::ATTRS),
            ret: Once::new(keys::RET),
            err: Once::new(keys::ERR),
            root: Once::new(keys::ROOT),
            parent: Once::new(keys::PARENT),
            links: Once::new(keys::LINKS),
            krate: Once::new(keys::CRATE),
            skip: Once::new(keys::SKIP),
        }
    }

    /// Parses a whole list of options.
    pub(crate) fn parse(tokens: TokenStream, place: Place, errors: &mut Errors) -> Self {
        let mut options = Self::none();
        let parsed = (|input: ParseStream| {
            comma_separated(input, errors, |input, errors| options.option(input, place, errors));
            Ok(())
        })
        .parse2(tokens);
        if let Err(error) = parsed {
            errors.push(error);
        }
        options
    }

    /// Whether nothing was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans().into_iter().all(|span| span.is_none())
    }

    /// Whether `skip` is the only option.
    pub(crate) fn is_only_skip(&self) -> bool {
        self.spans().into_iter().filter(Option::is_some).count() == 1
    }

    /// Where the first option other than `skip` stands.
    pub(crate) fn first_besides_skip(&self) -> Span {
        self.spans().into_iter().flatten().next().unwrap_or_else(Span::call_site)
    }

    fn spans(&self) -> [Option<Span>; 10] {
        [
            self.name.span(),
            self.kind.span(),
            self.attrs.span(),
            self.ret.span(),
            self.err.span(),
            self.root.span(),
            self.parent.span(),
            self.links.span(),
            self.krate.span(),
            self.skip.span(),
        ]
    }

    /// Takes what an enclosing `impl` block says where nothing is said here. Options about errors
    /// are taken by methods that return a type called `…Result`; attributes add up.
    pub(crate) fn inherit(&mut self, outer: &Self, named_result: bool) {
        self.kind.or(&outer.kind);
        self.krate.or(&outer.krate);
        if self.parent.span().is_none() {
            self.root.or(&outer.root);
        }
        if named_result || outer.err.get().is_some_and(|err| err.ignore) {
            self.err.or(&outer.err);
        }
        if let Some((span, fields)) = &outer.attrs.value {
            let own = self.attrs.value.take().map_or_else(Vec::new, |(_, own)| own);
            let overridden = |key: &str| own.iter().any(|field| field.key.text == key);
            let mut all: Vec<Field> =
                fields.iter().filter(|field| !overridden(&field.key.text)).cloned().collect();
            all.extend(own);
            self.attrs.value = Some((*span, all));
        }
    }

    fn option(&mut self, input: ParseStream, place: Place, errors: &mut Errors) -> syn::Result<()> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            if !place.options().contains(&keys::NAME) {
                let text = literal.value();
                return Err(syn::Error::new(
                    literal.span(),
                    errors::misplaced_option(&text, place.words(), place.options()),
                ));
            }
            if let Some(name) = Name::literal(&literal, errors) {
                self.name.set(literal.span(), name, errors);
            }
            return Ok(());
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error(errors::not_an_option()));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let (form, example) = match keys::form(&name) {
            Some(form) if place.options().contains(&name.as_str()) => form,
            Some(_) if name == keys::SKIP => {
                return Err(syn::Error::new(key.span(), errors::skip_alone()));
            }
            Some(_) => {
                let message = errors::misplaced_option(&name, place.words(), place.options());
                return Err(syn::Error::new(key.span(), message));
            }
            None => {
                let hint = keys::habit(&name);
                let message = errors::unknown_option(&name, place.options(), hint);
                return Err(syn::Error::new(key.span(), message));
            }
        };
        let written = if input.peek(Token![=]) {
            Form::Value
        } else if input.peek(syn::token::Paren) {
            Form::List
        } else {
            Form::Flag
        };
        if written != form {
            return Err(syn::Error::new(
                key.span(),
                match (name.as_str(), written) {
                    (keys::ERR, Form::Flag) => errors::err_is_default(),
                    (keys::RET, Form::Flag) => errors::ret_form(),
                    (_, Form::Flag) => errors::needs_value(&name, example),
                    _ if form == Form::Flag => errors::takes_no_value(&name),
                    _ => errors::wrong_form(&name, example),
                },
            ));
        }
        match form {
            Form::Flag => match name.as_str() {
                keys::ROOT => self.root.set(key.span(), (), errors),
                _ => self.skip.set(key.span(), (), errors),
            },
            Form::List => {
                let content;
                syn::parenthesized!(content in input);
                if content.is_empty() {
                    return Err(syn::Error::new(key.span(), errors::empty_list(&name, example)));
                }
                match name.as_str() {
                    keys::ATTRS => {
                        let fields = field::fields(&content, errors);
                        self.attrs.set(key.span(), fields, errors);
                    }
                    keys::RET => {
                        let fields = field::fields(&content, errors);
                        self.ret.set(key.span(), fields, errors);
                    }
                    _ => {
                        let err = err(&content, errors);
                        self.err.set(key.span(), err, errors);
                    }
                }
            }
            Form::Value => {
                let equals: Token![=] = input.parse()?;
                if input.is_empty() || input.peek(Token![,]) {
                    let message = errors::needs_value(&name, example);
                    return Err(syn::Error::new(equals.span, message));
                }
                match name.as_str() {
                    keys::KIND => {
                        if let Some(kind) = kind(input)? {
                            self.kind.set(key.span(), kind, errors);
                        }
                    }
                    keys::CRATE => {
                        let path = input.call(Path::parse_mod_style)?;
                        self.krate.set(key.span(), path, errors);
                    }
                    keys::NAME => {
                        if let Some(value) = Name::expression(input.parse()?, errors) {
                            self.name.set(key.span(), value, errors);
                        }
                    }
                    keys::PARENT => self.parent.set(key.span(), input.parse()?, errors),
                    _ => self.links.set(key.span(), input.parse()?, errors),
                }
            }
        }
        Ok(())
    }
}

fn kind(input: ParseStream) -> syn::Result<Option<Ident>> {
    let written: Expr = input.parse()?;
    let ident = match &written {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    };
    let Some(ident) = ident else {
        return Err(syn::Error::new_spanned(written, errors::kind_is_a_word(keys::KINDS)));
    };
    let text = ident.to_string();
    if !keys::KINDS.contains(&text.as_str()) {
        return Err(syn::Error::new(ident.span(), errors::unknown_kind(&text, keys::KINDS)));
    }
    Ok(Some(ident.clone()))
}

fn err(input: ParseStream, errors: &mut Errors) -> Err {
    let (mut when, mut kind) = (Once::new(keys::WHEN), Once::new(keys::TYPE));
    let mut ignore = Once::new(keys::IGNORE);
    comma_separated(input, errors, |input, errors| {
        if !input.peek(Ident::peek_any) {
            let written = input.cursor().token_stream().into_iter().next();
            let written = written.map_or_else(String::new, |token| token.to_string());
            return Err(input.error(errors::err_unknown(&written)));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let slot = match name.as_str() {
            keys::IGNORE => {
                if input.peek(Token![=]) || input.peek(syn::token::Paren) {
                    let message = errors::wrong_form(keys::IGNORE, "err(ignore)");
                    return Err(syn::Error::new(key.span(), message));
                }
                ignore.set(key.span(), (), errors);
                return Ok(());
            }
            keys::WHEN => (&mut when, "err(when = !err.is_not_found())"),
            keys::TYPE => (&mut kind, "err(type = err.code())"),
            _ => return Err(syn::Error::new(key.span(), errors::err_unknown(&name))),
        };
        if !input.peek(Token![=]) {
            return Err(syn::Error::new(key.span(), errors::needs_value(&name, slot.1)));
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(equals.span, errors::needs_value(&name, slot.1)));
        }
        slot.0.set(key.span(), input.parse::<Expr>()?, errors);
        Ok(())
    });
    for (other, name) in [(when.span(), keys::WHEN), (kind.span(), keys::TYPE)] {
        if let (Some(_), Some(other)) = (ignore.span(), other) {
            let why = "an ignored error is not looked at";
            errors.at(other, errors::conflict(keys::IGNORE, name, why));
        }
    }
    Err { ignore: ignore.get().is_some(), when: when.into_value(), kind: kind.into_value() }
}

/// Parses a list whose parts fail one by one: behind a part that failed, the next one is parsed.
pub(crate) fn comma_separated(
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

/// The brace-delimited group that a token is, looking through invisible groups.
pub(crate) fn braces(token: &TokenTree) -> Option<proc_macro2::Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            match (inside.next(), inside.next()) {
                (Some(only), None) => braces(&only),
                _ => None,
            }
        }
        _ => None,
    }
}
