//! Parses the options of `#[business_metric]`.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path};

use super::given::{Given, Once, module, value};
use super::instrument::{Instrument, Kind, instrument};
use super::keys;
use super::label::{Label, labels};
use super::option::{self, Form, Place, Row};
use crate::attribute::Macro;
use crate::errors::{self, Errors};

/// The calls for which a value is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Those that return no `Err`.
    Ok,
    /// Those that return an `Err`.
    Error,
}

/// The options of one `#[business_metric]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) instrument: Option<(Span, Instrument)>,
    pub(crate) value: Once<Expr>,
    pub(crate) labels: Once<Vec<Label>>,
    pub(crate) on: Once<On>,
    pub(crate) krate: Once<Path>,
    /// Whether an option could not be read, which may have been meant as the instrument.
    pub(crate) is_wrong: bool,
    given: Vec<Span>,
}

const ANYWHERE: &[Place] = &[Place::Function, Place::Member, Place::Container];

impl option::Options for Options {
    const OF: Macro = Macro::BusinessMetric;

    const ROWS: &'static [Row<Self, Place>] = &[
        Row {
            name: keys::COUNTER,
            form: Form::List,
            example: "counter(\"orders\")",
            places: ANYWHERE,
            read: |to, given| to.instrument(Kind::Counter, given),
            docs: &[[
                "`counter(\"name\")`",
                "a sum that only goes up",
                "one of the four is required",
            ]],
        },
        Row {
            name: keys::UPDOWN,
            form: Form::List,
            example: "updown(\"sessions.active\")",
            places: ANYWHERE,
            read: |to, given| to.instrument(Kind::Updown, given),
            docs: &[["`updown(\"name\")`", "a sum that goes up and down", ""]],
        },
        Row {
            name: keys::GAUGE,
            form: Form::List,
            example: "gauge(\"queue.depth\")",
            places: ANYWHERE,
            read: |to, given| to.instrument(Kind::Gauge, given),
            docs: &[["`gauge(\"name\")`", "a current value; the last one counts", ""]],
        },
        Row {
            name: keys::HISTOGRAM,
            form: Form::List,
            example: "histogram(\"cart.items\")",
            places: ANYWHERE,
            read: |to, given| to.instrument(Kind::Histogram, given),
            docs: &[["`histogram(\"name\")`", "a distribution", ""]],
        },
        Row {
            name: keys::VALUE,
            form: Form::Value,
            example: "value = order.total",
            places: ANYWHERE,
            read: |to, given| to.value.read(given, value),
            docs: &[[
                "`value = …`",
                "the number to record: an integer, a float, a `bool`, a `Duration` (in seconds), or \
                 an `Option` of those, where `None` records nothing",
                "one, for `counter` and `updown`",
            ]],
        },
        Row {
            name: keys::LABELS,
            form: Form::List,
            example: "labels(tier)",
            places: ANYWHERE,
            read: |to, given| to.labels.read(given, labels),
            docs: &[["`labels(…)`", "labels, as in [`#[metered]`](macro@crate::metered)", "none"]],
        },
        Row {
            name: keys::ON,
            form: Form::Value,
            example: "on = ok",
            places: ANYWHERE,
            read: |to, given| to.on.read(given, on),
            docs: &[[
                "`on = ok`, `on = error`",
                "only calls that return no `Err`, or only calls that return one",
                "every call, or those that `value` requires",
            ]],
        },
        Row::krate(ANYWHERE, |to, given| to.krate.read(given, module)),
    ];

    fn named(&mut self, name: LitStr, _: &mut Errors) -> syn::Result<()> {
        Err(syn::Error::new(name.span(), errors::instrument_without_kind(&name.value())))
    }

    fn given(&mut self) -> &mut Vec<Span> {
        &mut self.given
    }

    fn failed(&mut self) {
        self.is_wrong = true;
    }
}

impl Options {
    fn instrument(&mut self, kind: Kind, given: Given<'_>) -> syn::Result<()> {
        let instrument = instrument(given.input, kind, given.errors)?;
        match &self.instrument {
            Some((_, first)) => {
                given.errors.at(given.span, errors::second_instrument(first.kind.word()));
            }
            None => self.instrument = Some((given.span, instrument)),
        }
        Ok(())
    }
}

fn on(input: ParseStream, _: &mut Errors) -> syn::Result<On> {
    let written: Expr = input.parse()?;
    if let Expr::Path(path) = &written {
        if path.path.is_ident(keys::OK) {
            return Ok(On::Ok);
        }
        if path.path.is_ident(keys::ERROR) {
            return Ok(On::Error);
        }
    }
    Err(syn::Error::new_spanned(&written, errors::on_is_a_word()))
}
