//! Parses instruments: `counter("orders", unit = "{order}", description = "…")`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Token};

use super::buckets::boundaries;
use super::given::Once;
use super::keys;
use super::list::{comma_separated, give_up, text};
use super::option::{Form, Row, allowed, part};
use crate::errors::{self, Errors};

/// The kind of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Updown,
    Gauge,
    Histogram,
}

impl Kind {
    /// The option of the attribute, and the function of the hidden module.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Counter => keys::COUNTER,
            Self::Updown => keys::UPDOWN,
            Self::Gauge => keys::GAUGE,
            Self::Histogram => keys::HISTOGRAM,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Instrument {
    pub(crate) kind: Kind,
    pub(crate) name: LitStr,
    pub(crate) unit: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) buckets: Option<Expr>,
}

/// The parts after the name.
#[derive(Default)]
pub(super) struct Parts {
    unit: Once<LitStr>,
    description: Once<LitStr>,
    buckets: Once<Expr>,
}

const ANY: &[Kind] = &[Kind::Counter, Kind::Updown, Kind::Gauge, Kind::Histogram];

pub(super) const ROWS: &[Row<Parts, Kind>] = &[
    Row {
        name: keys::UNIT,
        form: Form::Value,
        example: "unit = \"{order}\"",
        places: ANY,
        read: |to, given| given.text(&mut to.unit),
        docs: &[["`unit = \"{EUR}\"`", "the unit, in [UCUM](https://ucum.org)", "none"]],
    },
    Row {
        name: keys::DESCRIPTION,
        form: Form::Value,
        example: "description = \"Orders taken\"",
        places: ANY,
        read: |to, given| given.text(&mut to.description),
        docs: &[["`description = \"…\"`", "the description", "none"]],
    },
    Row {
        name: keys::BUCKETS,
        form: Form::Value,
        example: "buckets = [1, 10, 100]",
        places: &[Kind::Histogram],
        read: |to, given| to.buckets.read(given, boundaries),
        docs: &[[
            "`buckets = [1, 10]`",
            "the bucket boundaries, or the path of a constant",
            "the pipeline's",
        ]],
    },
];

/// Parses the inside of `counter(…)`.
pub(super) fn instrument(
    input: ParseStream,
    kind: Kind,
    errors: &mut Errors,
) -> syn::Result<Instrument> {
    let name = match text(input, || errors::instrument_name_first(kind.word())) {
        Ok(name) => name,
        Err(mistake) => return give_up(input, mistake),
    };
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        return give_up(input, input.error(errors::expected_comma()));
    }
    let mut parts = Parts::default();
    comma_separated(input, errors, |input, errors| {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(errors::not_a_part(kind.word(), &allowed(ROWS, &kind))));
        }
        part(&mut parts, ROWS, &kind, input, errors, |written, allowed| {
            errors::unknown_part(written, kind.word(), allowed)
        })
    });
    Ok(Instrument {
        kind,
        name,
        unit: parts.unit.take(),
        description: parts.description.take(),
        buckets: parts.buckets.take(),
    })
}
