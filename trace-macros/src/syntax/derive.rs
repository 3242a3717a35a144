//! Parses `#[label(…)]` on a type and on its variants.

use syn::parse::ParseStream;
use syn::{Attribute, Expr, LitStr, Path};

use super::given::{Once, module, value};
use super::invisible::visible_in;
use super::keys;
use super::list::comma_separated;
use super::option::{Form, Row, part};
use crate::errors::{self, Errors};

/// The item that carries a `#[label(…)]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Enum,
    Struct,
    Variant,
}

impl On {
    fn words(self) -> &'static str {
        match self {
            Self::Enum => "on an enum",
            Self::Struct => "on a struct",
            Self::Variant => "on a variant",
        }
    }
}

/// The options of all `#[label(…)]`s of one type or variant.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) rename: Once<LitStr>,
    pub(crate) rename_all: Once<LitStr>,
    pub(crate) range: Once<Expr>,
    pub(crate) krate: Once<Path>,
}

pub(super) const ROWS: &[Row<Options, On>] = &[
    Row {
        name: "rename",
        form: Form::Value,
        example: "rename = \"paid\"",
        places: &[On::Variant],
        read: |to, given| given.text(&mut to.rename),
        docs: &[[
            "`rename = \"…\"`",
            "the value of the variant",
            "its name in the case of the enum",
        ]],
    },
    Row {
        name: "rename_all",
        form: Form::Value,
        example: "rename_all = \"kebab-case\"",
        places: &[On::Enum],
        read: |to, given| given.text(&mut to.rename_all),
        docs: &[[
            "`rename_all = \"…\"`",
            "the case of all variants: `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, \
             `camelCase`, `PascalCase`, `lowercase` or `UPPERCASE`",
            "`snake_case`",
        ]],
    },
    Row {
        name: "range",
        form: Form::Value,
        example: "range = 0..=10",
        places: &[On::Struct],
        read: |to, given| to.range.read(given, value),
        docs: &[[
            "`range = 0..=10`",
            "the numbers that are distinguished, at most 256",
            "required",
        ]],
    },
    Row::krate(&[On::Enum, On::Struct], |to, given| to.krate.read(given, module)),
];

impl Options {
    pub(crate) fn of(attrs: &[Attribute], on: On, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(keys::LABEL)) {
            let parsed = visible_in(attr).parse_args_with(|input: ParseStream| {
                comma_separated(input, errors, |input, errors| {
                    part(&mut options, ROWS, &on, input, errors, |written, allowed| {
                        errors::unknown_label_part(written, on.words(), allowed)
                    })
                });
                Ok(())
            });
            if let Err(error) = parsed {
                errors.push(error);
            }
        }
        options
    }
}
