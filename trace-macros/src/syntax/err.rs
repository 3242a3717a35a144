//! Parses the option `err(…)`: which errors are failures, and their type.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Token};

use super::given::Once;
use super::keys;
use super::list::{comma_separated, equals};
use crate::errors::{self, Errors};

/// The parts of `err(…)`.
#[derive(Clone, Default)]
pub(crate) struct Err {
    pub(crate) ignore: bool,
    pub(crate) when: Option<Expr>,
    pub(crate) kind: Option<Expr>,
}

/// Parses the inside of `err(…)`.
pub(super) fn err(input: ParseStream, errors: &mut Errors) -> syn::Result<Err> {
    let (mut when, mut kind, mut ignore) = (Once::default(), Once::default(), Once::default());
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
                ignore.set(&name, key.span(), (), errors);
                return Ok(());
            }
            keys::WHEN => (&mut when, "err(when = !err.is_not_found())"),
            keys::TYPE => (&mut kind, "err(type = err.code())"),
            _ => return Err(syn::Error::new(key.span(), errors::err_unknown(&name))),
        };
        equals(input, &name, key.span(), slot.1)?;
        slot.0.set(&name, key.span(), input.parse::<Expr>()?, errors);
        Ok(())
    });
    for (other, name) in [(when.span(), keys::WHEN), (kind.span(), keys::TYPE)] {
        if let (true, Some(other)) = (ignore.is_given(), other) {
            let why = "an ignored error is not inspected";
            errors.at(other, errors::conflict(keys::IGNORE, name, why));
        }
    }
    Ok(Err { ignore: ignore.is_given(), when: when.take(), kind: kind.take() })
}
