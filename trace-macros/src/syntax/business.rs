//! The options of `#[business_metric]`, as written.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path, Token};

use super::buckets::boundaries;
use super::keys::{self, Macro, Place};
use super::label::{self, Label};
use super::option::{self, Head, Once, comma_separated, equals, whole_list};
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
    /// The word of the attribute, which is also that of the runtime.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Counter => keys::COUNTER,
            Self::Updown => keys::UPDOWN,
            Self::Gauge => keys::GAUGE,
            Self::Histogram => keys::HISTOGRAM,
        }
    }
}

/// `counter("orders", unit = "{order}", description = "…")`
#[derive(Clone)]
pub(crate) struct Instrument {
    pub(crate) kind: Kind,
    pub(crate) name: LitStr,
    pub(crate) unit: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) buckets: Option<Expr>,
}

/// The calls of which something is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Those that return no `Err`.
    Ok,
    /// Those that return an `Err`.
    Error,
}

/// The options of `#[business_metric]`, by their names.
#[derive(Clone, Copy)]
pub(super) enum Word {
    Instrument(Kind),
    Value,
    Labels,
    On,
    Crate,
}

/// How they are called.
pub(super) const WORDS: &[(&str, Word)] = &[
    (keys::COUNTER, Word::Instrument(Kind::Counter)),
    (keys::UPDOWN, Word::Instrument(Kind::Updown)),
    (keys::GAUGE, Word::Instrument(Kind::Gauge)),
    (keys::HISTOGRAM, Word::Instrument(Kind::Histogram)),
    (keys::VALUE, Word::Value),
    (keys::LABELS, Word::Labels),
    (keys::ON, Word::On),
    (keys::CRATE, Word::Crate),
];

/// The options of one `#[business_metric]`.
pub(crate) struct Options {
    /// The attribute itself.
    pub(crate) place: Span,
    pub(crate) instrument: Option<(Span, Instrument)>,
    pub(crate) value: Once<Expr>,
    pub(crate) labels: Once<Vec<Label>>,
    pub(crate) on: Once<On>,
    pub(crate) krate: Once<Path>,
    /// Something stands where the instrument was meant to be.
    pub(crate) is_wrong: bool,
}

impl Options {
    /// Parses a whole list of options.
    pub(crate) fn parse(tokens: TokenStream, place: Span, errors: &mut Errors) -> Self {
        let mut options = Self {
            place,
            instrument: None,
            value: Once::new(keys::VALUE),
            labels: Once::new(keys::LABELS),
            on: Once::new(keys::ON),
            krate: Once::new(keys::CRATE),
            is_wrong: false,
        };
        whole_list(tokens, errors, |input, errors| {
            let parsed = options.option(input, errors);
            options.is_wrong |= parsed.is_err();
            parsed
        });
        options
    }

    fn option(&mut self, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            let message = errors::instrument_without_kind(&literal.value());
            return Err(syn::Error::new(literal.span(), message));
        }
        let head = Head::parse(input, Macro::BusinessMetric, Place::Function)?;
        let span = head.span;
        match head.word(Macro::BusinessMetric, WORDS)? {
            Word::Instrument(kind) => {
                let instrument = instrument(&head.list(input)?, kind, errors)?;
                match &self.instrument {
                    Some((_, first)) => {
                        errors.at(span, errors::second_instrument(first.kind.word()));
                    }
                    None => self.instrument = Some((span, instrument)),
                }
            }
            Word::Labels => {
                let labels = label::labels(&head.list(input)?, errors);
                self.labels.set(span, labels, errors);
            }
            Word::Value => {
                head.equals(input)?;
                self.value.set(span, input.parse()?, errors);
            }
            Word::On => {
                head.equals(input)?;
                self.on.set(span, on(input)?, errors);
            }
            Word::Crate => {
                head.equals(input)?;
                self.krate.set(span, input.call(Path::parse_mod_style)?, errors);
            }
        }
        Ok(())
    }
}

fn on(input: ParseStream) -> syn::Result<On> {
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

/// The inside of `counter(…)` and its kind.
fn instrument(input: ParseStream, kind: Kind, errors: &mut Errors) -> syn::Result<Instrument> {
    let name = match option::text(input, || errors::instrument_name_first(kind.word())) {
        Ok(name) => name,
        Err(mistake) => return option::give_up(input, mistake),
    };
    let (mut unit, mut description) = (Once::new(keys::UNIT), Once::new(keys::DESCRIPTION));
    let mut buckets = Once::new(keys::BUCKETS);
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        return option::give_up(input, input.error(errors::expected_comma()));
    }
    comma_separated(input, errors, |input, errors| {
        let allowed: &[&str] = match kind {
            Kind::Histogram => &[keys::UNIT, keys::DESCRIPTION, keys::BUCKETS],
            _ => &[keys::UNIT, keys::DESCRIPTION],
        };
        if !input.peek(Ident::peek_any) {
            return Err(input.error(errors::not_a_part(kind.word(), allowed)));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let (slot, example) = match name.as_str() {
            keys::UNIT => (&mut unit, "unit = \"{order}\""),
            keys::DESCRIPTION => (&mut description, "description = \"Orders taken\""),
            keys::BUCKETS if kind == Kind::Histogram => {
                equals(input, &name, key.span(), "buckets = [1, 10, 100]")?;
                buckets.set(key.span(), boundaries(input, errors)?, errors);
                return Ok(());
            }
            _ => {
                let message = errors::unknown_part(&name, kind.word(), allowed);
                return Err(syn::Error::new(key.span(), message));
            }
        };
        equals(input, &name, key.span(), example)?;
        let text = option::text(input, || errors::wrong_form(&name, example))?;
        slot.set(key.span(), text, errors);
        Ok(())
    });
    Ok(Instrument {
        kind,
        name,
        unit: unit.into_value(),
        description: description.into_value(),
        buckets: buckets.into_value(),
    })
}
