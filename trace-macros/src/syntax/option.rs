//! Options as written: `name = value`, `name(…)` or `name`, separated by commas.
//!
//! One mistake never hides the next: after each, parsing goes on behind the next comma.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream, Parser};
use syn::{Expr, ExprLit, Lit, LitStr, Token};

use super::field::Keyed;
use super::invisible::visible;
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

impl<T: Clone + Keyed> Once<Vec<T>> {
    /// Puts the list of an enclosing `impl` block before the own one, without the keys that are
    /// said anew.
    pub(crate) fn add_up(&mut self, outer: &Self) {
        let Some((span, outer)) = &outer.value else { return };
        let own = self.value.take().map_or_else(Vec::new, |(_, own)| own);
        let is_anew = |part: &&T| !own.iter().any(|own| own.key().text == part.key().text);
        let mut all: Vec<T> = outer.iter().filter(is_anew).cloned().collect();
        all.extend(own);
        self.value = Some((*span, all));
    }
}

/// The options of an attribute that stands on functions and on whole `impl` blocks.
pub(crate) trait Options: Sized {
    const OF: Macro;

    /// The options that there are.
    type Word: Copy + 'static;

    /// How they are called.
    const WORDS: &'static [(&'static str, Self::Word)];

    /// No option was given.
    fn none() -> Self;

    /// Takes the name, which was written as a string alone.
    fn named(&mut self, name: LitStr, errors: &mut Errors);

    /// Reads what stands behind the head of an option.
    fn option(
        &mut self,
        word: Self::Word,
        head: &Head,
        input: ParseStream,
        errors: &mut Errors,
    ) -> syn::Result<()>;

    /// Parses a whole list of options.
    fn parse(tokens: TokenStream, place: Place, errors: &mut Errors) -> Self {
        let mut options = Self::none();
        whole_list(tokens, errors, |input, errors| {
            if input.peek(LitStr) {
                let name: LitStr = input.parse()?;
                let allowed = place.options(Self::OF);
                if !allowed.contains(&keys::NAME) {
                    let message = errors::misplaced_option(&name.value(), place.words(), allowed);
                    return Err(syn::Error::new(name.span(), message));
                }
                options.named(name, errors);
                return Ok(());
            }
            let head = Head::parse(input, Self::OF, place)?;
            options.option(head.word(Self::OF, Self::WORDS)?, &head, input, errors)
        });
        options
    }
}

/// The beginning of an option: its name, which its attribute has at that place, in its form.
pub(crate) struct Head {
    pub(crate) span: Span,
    name: String,
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
        Ok(Self { span: key.span(), name, example })
    }

    /// The option of this name.
    pub(crate) fn word<T: Copy>(&self, of: Macro, words: &[(&str, T)]) -> syn::Result<T> {
        let found = words.iter().find(|(name, _)| *name == self.name);
        found
            .map(|(_, word)| *word)
            .ok_or_else(|| syn::Error::new(self.span, errors::not_an_option(of)))
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
        equals(input, &self.name, self.span, self.example)
    }
}

/// Whether an attribute has the option somewhere.
fn is_of(of: Macro, name: &str) -> bool {
    [Place::Function, Place::Container, Place::Member, Place::Block]
        .into_iter()
        .any(|place| place.options(of).contains(&name))
}

/// Reads the `=` behind a name, which stands at `span`, and sees to it that something follows.
pub(crate) fn equals(input: ParseStream, name: &str, span: Span, example: &str) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(span, errors::needs_value(name, example)));
    }
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
    .parse2(visible(tokens));
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

#[cfg(test)]
mod tests {
    use super::{Options, Place};
    use crate::syntax::business;
    use crate::syntax::keys::Macro;

    fn each_is_known<T>(of: Macro, words: &[(&str, T)]) {
        for place in [Place::Function, Place::Container, Place::Member, Place::Block] {
            for name in place.options(of) {
                assert!(words.iter().any(|(word, _)| word == name), "{name}");
            }
        }
    }

    #[test]
    fn every_option_that_is_allowed_is_known() {
        each_is_known(Macro::Trace, <crate::syntax::trace::Options as Options>::WORDS);
        each_is_known(Macro::Metered, <crate::syntax::metered::Options as Options>::WORDS);
        each_is_known(Macro::BusinessMetric, business::WORDS);
    }
}
