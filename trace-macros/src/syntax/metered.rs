//! Parses the options of `#[metered]`.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path};

use super::buckets::boundaries;
use super::err::{Err, err};
use super::given::{Once, flag, module};
use super::label::{Label, labels};
use super::option::{self, Form, Place, Row};
use super::{keys, list};
use crate::attribute::Macro;
use crate::errors::{self, Errors};

/// The options of one `#[metered]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Once<LitStr>,
    pub(crate) labels: Once<Vec<Label>>,
    pub(crate) err: Once<Err>,
    pub(crate) in_flight: Once<()>,
    pub(crate) slo: Once<Path>,
    pub(crate) buckets: Once<Expr>,
    pub(crate) krate: Once<Path>,
    pub(crate) skip: Once<()>,
    given: Vec<Span>,
}

const FUNCTIONS: &[Place] = &[Place::Function, Place::Member];
const ANYWHERE: &[Place] = &[Place::Function, Place::Member, Place::Container];

impl option::Options for Options {
    const OF: Macro = Macro::Metered;

    const ROWS: &'static [Row<Self, Place>] = &[
        Row {
            name: keys::NAME,
            form: Form::Value,
            example: "name = \"checkout\"",
            places: FUNCTIONS,
            read: |to, given| to.name.read(given, name),
            docs: &[[
                "`name = \"checkout\"`, or `\"checkout\"` alone",
                "the duration is recorded as `checkout.duration`, in seconds",
                "`function.calls` and `function.calls.duration`, by `function` and `module`, as in \
                 autometrics",
            ]],
        },
        Row {
            name: keys::LABELS,
            form: Form::List,
            example: "labels(tier)",
            places: ANYWHERE,
            read: |to, given| to.labels.read(given, labels),
            docs: &[["`labels(…)`", "labels that distinguish calls, at most six", "none"]],
        },
        Row {
            name: keys::ERR,
            form: Form::List,
            example: "err(type = err.code())",
            places: ANYWHERE,
            read: |to, given| to.err.read(given, err),
            docs: &[
                [
                    "`err(when = …, type = …)`",
                    "which errors count as errors, and their `error.type`; `err` is a reference to \
                     the error",
                    "all, with the name of their type",
                ],
                ["`err(ignore)`", "no error counts as an error", ""],
            ],
        },
        Row {
            name: "in_flight",
            form: Form::Flag,
            example: "in_flight",
            places: ANYWHERE,
            read: |to, given| to.in_flight.read(given, flag),
            docs: &[["`in_flight`", "also counts the calls in progress", "not counted"]],
        },
        Row {
            name: "slo",
            form: Form::Value,
            example: "slo = API_SLO",
            places: ANYWHERE,
            read: |to, given| to.slo.read(given, constant),
            docs: &[[
                "`slo = API_SLO`",
                "the path of an `Objective`, a constant; records whether calls meet it",
                "none",
            ]],
        },
        Row {
            name: keys::BUCKETS,
            form: Form::Value,
            example: "buckets = [0.01, 0.1, 1.0]",
            places: ANYWHERE,
            read: |to, given| to.buckets.read(given, boundaries),
            docs: &[[
                "`buckets = [0.005, 0.01]`",
                "the bucket boundaries of the duration in seconds, or the path of a constant",
                "the pipeline's",
            ]],
        },
        Row::krate(ANYWHERE, |to, given| to.krate.read(given, module)),
        Row::skip(|to, given| to.skip.read(given, flag)),
    ];

    fn named(&mut self, name: LitStr, errors: &mut Errors) -> syn::Result<()> {
        self.name.set(keys::NAME, name.span(), name, errors);
        Ok(())
    }

    fn given(&mut self) -> &mut Vec<Span> {
        &mut self.given
    }
}

impl Options {
    /// Takes the options of an enclosing `impl` block that are not given here; labels add up. `err` and
    /// `crate` are inherited by the whole stack of attributes.
    pub(super) fn inherit(&mut self, outer: &Self) {
        self.in_flight.or(&outer.in_flight);
        self.slo.or(&outer.slo);
        self.buckets.or(&outer.buckets);
        self.labels.add_up(&outer.labels);
    }
}

fn name(input: ParseStream, _: &mut Errors) -> syn::Result<LitStr> {
    list::text(input, errors::metric_name_is_text)
}

/// The path of a constant.
fn constant(input: ParseStream, _: &mut Errors) -> syn::Result<Path> {
    match input.parse()? {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path),
        other => Err(syn::Error::new_spanned(other, errors::slo_is_a_path())),
    }
}
