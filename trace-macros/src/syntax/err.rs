//! The option `err(…)`: which errors are failures, and of what type.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Token};

use super::keys;
use super::option::{Once, comma_separated, equals};
use crate::errors::{self, Errors};

/// What `err(…)` says.
#[derive(Clone, Default)]
pub(crate) struct Err {
    pub(crate) ignore: bool,
    pub(crate) when: Option<Expr>,
    pub(crate) kind: Option<Expr>,
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
        equals(input, &name, key.span(), slot.1)?;
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
