//! Parses the options of `#[trace]` and `span!`.

use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitStr, Path};

use super::err::{Err, err};
use super::field::{Field, attributes, entries};
use super::given::{Once, flag, module, value};
use super::keys;
use super::name::Name;
use super::option::{self, Form, Place, Row};
use crate::attribute::Macro;
use crate::errors::{self, Errors};

/// The options of one `#[trace]` or `span!`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Once<Name>,
    pub(crate) kind: Once<Ident>,
    pub(crate) level: Once<Ident>,
    pub(crate) attrs: Once<Vec<Field>>,
    pub(crate) ret: Once<Vec<Field>>,
    pub(crate) err: Once<Err>,
    pub(crate) root: Once<()>,
    pub(crate) parent: Once<Expr>,
    pub(crate) links: Once<Expr>,
    pub(crate) baggage: Once<Vec<Field>>,
    pub(crate) attach: Once<()>,
    pub(crate) krate: Once<Path>,
    pub(crate) skip: Once<()>,
    given: Vec<Span>,
}

const ANYWHERE: &[Place] = &[Place::Function, Place::Member, Place::Container, Place::Block];
const FUNCTIONS: &[Place] = &[Place::Function, Place::Member];
const FUNCTIONS_AND_CONTAINERS: &[Place] = &[Place::Function, Place::Member, Place::Container];
const FUNCTIONS_AND_BLOCKS: &[Place] = &[Place::Function, Place::Member, Place::Block];

impl option::Options for Options {
    const OF: Macro = Macro::Trace;

    const ROWS: &'static [Row<Self, Place>] = &[
        Row {
            name: keys::NAME,
            form: Form::Value,
            example: "name = CONST",
            places: FUNCTIONS_AND_BLOCKS,
            read: |to, given| to.name.read(given, Name::parse),
            docs: &[
                [
                    "`\"name\"`",
                    "the name of the span; `{variable}` and `{order.id}`, with format \
                     specifications, are formatted when the span records",
                    "the function's name, `Type::method` in an `impl` block",
                ],
                ["`name = CONST`", "the name as a constant expression", ""],
            ],
        },
        Row {
            name: "kind",
            form: Form::Value,
            example: "kind = Client",
            places: ANYWHERE,
            read: |to, given| to.kind.read(given, kind),
            docs: &[[
                "`kind = Client`",
                "`Internal`, `Server`, `Client`, `Producer` or `Consumer`",
                "`Internal`",
            ]],
        },
        Row {
            name: keys::LEVEL,
            form: Form::Value,
            example: "level = debug",
            places: ANYWHERE,
            read: |to, given| to.level.read(given, level),
            docs: &[[
                "`level = debug`",
                "`error`, `warn`, `info`, `debug` or `trace`, also as text; there is a span only \
                 where the level is on",
                "`info`",
            ]],
        },
        Row {
            name: "attrs",
            form: Form::List,
            example: "attrs(key = value)",
            places: ANYWHERE,
            read: |to, given| to.attrs.read(given, attributes),
            docs: &[["`attrs(…)`", "attributes recorded at the start", "none"]],
        },
        Row {
            name: keys::RET,
            form: Form::List,
            example: "ret(items = ret.len())",
            places: FUNCTIONS,
            read: |to, given| to.ret.read(given, attributes),
            docs: &[[
                "`ret(…)`",
                "attributes recorded from `ret`, a reference to the return value or to the value of \
                 an `Ok`",
                "none",
            ]],
        },
        Row {
            name: keys::ERR,
            form: Form::List,
            example: "err(type = err.code())",
            places: FUNCTIONS_AND_CONTAINERS,
            read: |to, given| to.err.read(given, err),
            docs: &[
                [
                    "`err(when = …, type = …)`",
                    "which errors mark the span as failed, and their `error.type`; `err` is a \
                     reference to the error",
                    "all, with the name of their type",
                ],
                ["`err(ignore)`", "no error marks the span as failed", ""],
            ],
        },
        Row {
            name: keys::ROOT,
            form: Form::Flag,
            example: "root",
            places: ANYWHERE,
            read: |to, given| to.root.read(given, flag),
            docs: &[["`root`", "the span starts a new trace", ""]],
        },
        Row {
            name: keys::PARENT,
            form: Form::Value,
            example: "parent = context",
            places: FUNCTIONS_AND_BLOCKS,
            read: |to, given| to.parent.read(given, value),
            docs: &[[
                "`parent = context`",
                "the span continues from this context; with `None`, from the current span",
                "the current span",
            ]],
        },
        Row {
            name: "links",
            form: Form::Value,
            example: "links = [context]",
            places: FUNCTIONS_AND_BLOCKS,
            read: |to, given| to.links.read(given, value),
            docs: &[[
                "`links = [context, …]`",
                "links to other spans; any other expression is iterated over",
                "none",
            ]],
        },
        Row {
            name: "baggage",
            form: Form::List,
            example: "baggage(tenant = id)",
            places: FUNCTIONS_AND_CONTAINERS,
            read: |to, given| to.baggage.read(given, entries),
            docs: &[[
                "`baggage(…)`",
                "baggage entries in scope for the body, written like `attrs`; lists and `None` are \
                 left out",
                "none",
            ]],
        },
        Row {
            name: "attach",
            form: Form::Flag,
            example: "attach",
            places: ANYWHERE,
            read: |to, given| to.attach.read(given, flag),
            docs: &[[
                "`attach`",
                "while the span is current, `opentelemetry::Context::current().span()` returns it",
                "the setting of `Telemetry::builder()`",
            ]],
        },
        Row::krate(ANYWHERE, |to, given| to.krate.read(given, module)),
        Row::skip(|to, given| to.skip.read(given, flag)),
    ];

    fn named(&mut self, name: LitStr, errors: &mut Errors) -> syn::Result<()> {
        self.name.set(keys::NAME, name.span(), Name::literal(&name)?, errors);
        Ok(())
    }

    fn given(&mut self) -> &mut Vec<Span> {
        &mut self.given
    }
}

impl Options {
    /// Takes the options of an enclosing `impl` block that are not given here; attributes and baggage
    /// add up. `err` and `crate` are inherited by the whole stack of attributes.
    pub(super) fn inherit(&mut self, outer: &Self) {
        self.kind.or(&outer.kind);
        self.level.or(&outer.level);
        if !self.parent.is_given() {
            self.root.or(&outer.root);
        }
        self.attach.or(&outer.attach);
        self.attrs.add_up(&outer.attrs);
        self.baggage.add_up(&outer.baggage);
    }
}

fn kind(input: ParseStream, _: &mut Errors) -> syn::Result<Ident> {
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
    Ok(ident.clone())
}

/// Returns the name of a variant of `Level`.
fn level(input: ParseStream, _: &mut Errors) -> syn::Result<Ident> {
    let written: Expr = input.parse()?;
    let named = match &written {
        Expr::Path(path) if path.qself.is_none() => {
            path.path.get_ident().map(|ident| (ident.to_string(), ident.span()))
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some((text.value(), text.span())),
        _ => None,
    };
    let Some((text, span)) = named else {
        return Err(syn::Error::new_spanned(written, errors::level_is_a_word(keys::LEVELS)));
    };
    if !keys::LEVELS.contains(&text.as_str()) {
        return Err(syn::Error::new(span, errors::unknown_level(&text, keys::LEVELS)));
    }
    Ok(Ident::new(&(text[..1].to_uppercase() + &text[1..]), span))
}
