//! Options as written: `name = value`, `name(…)` or `name`, separated by commas.
//!
//! One mistake never hides the next: after each, parsing goes on behind the next comma.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream, Parser};
use syn::{Expr, ExprLit, ExprUnary, Lit, LitFloat, LitStr, Token, UnOp};

use super::keys::{self, Form, Macro, Place};
use crate::errors::{self, Errors};

/// A value that may be given once.
pub(crate) struct Once<T> {
    name: &'static str,
    pub(crate) value: Option<(Span, T)>,
}

impl<T> Once<T> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, value: None }
    }

    /// Stores the value; a second one is the only duplicate check there is.
    pub(crate) fn set(&mut self, span: Span, value: T, errors: &mut Errors) {
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

/// The beginning of an option: its name, which its attribute has at that place, in its form.
pub(crate) struct Head {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) form: Form,
    example: &'static str,
}

impl Head {
    /// Reads the name of an option; behind it stands what its form asks for.
    pub(crate) fn parse(input: ParseStream, of: Macro, place: Place) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(errors::not_an_option(of)));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let allowed = place.options(of);
        let (form, example) = match keys::form(of, &name) {
            Some(form) if allowed.contains(&name.as_str()) => form,
            Some(_) if name == keys::SKIP && of != Macro::BusinessMetric => {
                return Err(syn::Error::new(key.span(), errors::skip_alone(of)));
            }
            found => {
                let message = match keys::habit(of, &name) {
                    // The name of an option of another attribute may be a habit as well.
                    hint if hint.is_some() || found.is_none() || !is_of(of, &name) => {
                        errors::unknown_option(&name, allowed, hint)
                    }
                    _ => errors::misplaced_option(&name, place.words(), allowed),
                };
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
                    (keys::ERR, Form::Flag) => errors::err_is_default(of),
                    (keys::RET, Form::Flag) => errors::ret_form(),
                    (_, Form::Flag) => errors::needs_value(&name, example),
                    _ if form == Form::Flag => errors::takes_no_value(&name),
                    _ => errors::wrong_form(&name, example),
                },
            ));
        }
        Ok(Self { span: key.span(), name, form, example })
    }

    /// The inside of the parentheses, which is not empty.
    pub(crate) fn list<'a>(&self, input: ParseStream<'a>) -> syn::Result<ParseBuffer<'a>> {
        let content;
        syn::parenthesized!(content in input);
        if content.is_empty() {
            return Err(syn::Error::new(self.span, errors::empty_list(&self.name, self.example)));
        }
        Ok(content)
    }

    /// Reads the `=`, behind which something stands.
    pub(crate) fn equals(&self, input: ParseStream) -> syn::Result<()> {
        equals(input, &self.name, self.example)
    }
}

/// Whether an attribute has the option somewhere.
fn is_of(of: Macro, name: &str) -> bool {
    [Place::Function, Place::Container, Place::Member, Place::Block]
        .into_iter()
        .any(|place| place.options(of).contains(&name))
}

/// Reads the `=` behind a name, and sees to it that something follows.
pub(crate) fn equals(input: ParseStream, name: &str, example: &str) -> syn::Result<()> {
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(equals.span, errors::needs_value(name, example)));
    }
    Ok(())
}

/// Takes what is left within parentheses in which a mistake was found, so that it is no second one.
pub(crate) fn give_up<T>(content: ParseStream, mistake: syn::Error) -> syn::Result<T> {
    content.parse::<TokenStream>()?;
    Err(mistake)
}

/// Parses all of `tokens` as a list.
pub(crate) fn whole_list(
    tokens: TokenStream,
    errors: &mut Errors,
    part: impl FnMut(ParseStream, &mut Errors) -> syn::Result<()>,
) {
    let parsed = (|input: ParseStream| {
        comma_separated(input, errors, part);
        Ok(())
    })
    .parse2(tokens);
    if let Err(error) = parsed {
        errors.push(error);
    }
}

/// A string that stands in the source.
pub(crate) fn text(input: ParseStream, message: impl FnOnce() -> String) -> syn::Result<LitStr> {
    let ahead = input.fork();
    match ahead.parse() {
        Ok(Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) => input.parse(),
        Ok(other) => Err(syn::Error::new_spanned(other, message())),
        Err(_) => Err(input.error(message())),
    }
}

/// The literals and paths of `[0.01, 0.1, 1.0]`, as floats; any other expression as it is.
pub(crate) fn buckets(input: ParseStream, errors: &mut Errors) -> syn::Result<Expr> {
    let mut written: Expr = input.parse()?;
    let Expr::Array(list) = &mut written else { return Ok(written) };
    if list.elems.is_empty() {
        return Err(syn::Error::new_spanned(&written, errors::no_buckets()));
    }
    let mut before = f64::NEG_INFINITY;
    for boundary in &mut list.elems {
        let Some(value) = float(boundary) else { continue };
        if value <= before {
            errors.on(&*boundary, errors::buckets_descend());
        }
        before = value;
    }
    Ok(written)
}

/// The value of a literal, which is a float from now on.
fn float(expression: &mut Expr) -> Option<f64> {
    match expression {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => Some(-float(expr)?),
        Expr::Lit(ExprLit { lit, .. }) => {
            if let Lit::Int(integer) = lit
                && integer.suffix().is_empty()
            {
                let text = format!("{}.0", integer.base10_digits());
                *lit = Lit::Float(LitFloat::new(&text, integer.span()));
            }
            match lit {
                Lit::Float(float) => float.base10_parse().ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads the inside of `err(…)`.
pub(crate) fn err(input: ParseStream, errors: &mut Errors) -> Err {
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
        equals(input, &name, slot.1)?;
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
