//! `#[label(…)]` on a type and on its variants, as written.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, LitStr, Path};

use super::invisible::visible_in;
use super::keys;
use super::option::{self, Once, comma_separated, equals};
use crate::errors::{self, Errors};

/// Where a `#[label(…)]` stands.
#[derive(Clone, Copy)]
pub(crate) enum On {
    Enum,
    Struct,
    Variant,
}

impl On {
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Enum => &[keys::RENAME_ALL, keys::CRATE],
            Self::Struct => &[keys::RANGE, keys::CRATE],
            Self::Variant => &[keys::RENAME],
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Enum => "on an enum",
            Self::Struct => "on a struct",
            Self::Variant => "on a variant",
        }
    }
}

/// The options of all `#[label(…)]`s of one type or variant.
pub(crate) struct Options {
    pub(crate) rename: Once<LitStr>,
    pub(crate) rename_all: Once<LitStr>,
    pub(crate) range: Once<Expr>,
    pub(crate) krate: Once<Path>,
}

impl Options {
    pub(crate) fn of(attrs: &[Attribute], on: On, errors: &mut Errors) -> Self {
        let mut options = Self {
            rename: Once::new(keys::RENAME),
            rename_all: Once::new(keys::RENAME_ALL),
            range: Once::new(keys::RANGE),
            krate: Once::new(keys::CRATE),
        };
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(keys::LABEL)) {
            let parsed = visible_in(attr).parse_args_with(|input: ParseStream| {
                comma_separated(input, errors, |input, errors| options.option(input, on, errors));
                Ok(())
            });
            if let Err(error) = parsed {
                errors.push(error);
            }
        }
        options
    }

    fn option(&mut self, input: ParseStream, on: On, errors: &mut Errors) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let (name, span): (String, Span) = (key.to_string(), key.span());
        if !on.options().contains(&name.as_str()) {
            let message = errors::unknown_label_part(&name, on.words(), on.options());
            return Err(syn::Error::new(span, message));
        }
        let example = match name.as_str() {
            keys::RENAME => "rename = \"paid\"",
            keys::RENAME_ALL => "rename_all = \"kebab-case\"",
            keys::RANGE => "range = 0..=10",
            _ => "crate = my_crate::telemetry",
        };
        equals(input, &name, span, example)?;
        let text = |input| option::text(input, || errors::wrong_form(&name, example));
        match name.as_str() {
            keys::RENAME => self.rename.set(span, text(input)?, errors),
            keys::RENAME_ALL => self.rename_all.set(span, text(input)?, errors),
            keys::RANGE => self.range.set(span, input.parse()?, errors),
            _ => self.krate.set(span, input.call(Path::parse_mod_style)?, errors),
        }
        Ok(())
    }
}
