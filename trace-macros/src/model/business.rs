//! Validates `#[business_metric]` on one function.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprUnary, UnOp};

use super::instrument;
use super::label::{self, Label, Moment};
use crate::errors::{self, Errors};
use crate::syntax::business::{On, Options};
use crate::syntax::instrument::{Instrument, Kind};
use crate::syntax::keys;

/// One value and the instrument into which it is recorded.
pub(crate) struct Measure {
    pub(crate) instrument: Instrument,
    /// `None` stands for one.
    pub(crate) value: Option<Expr>,
    /// When the value is known.
    pub(crate) moment: Moment,
    pub(crate) labels: Vec<Label>,
    pub(crate) on: Option<On>,
    /// Where `on` was written.
    pub(crate) on_span: Option<Span>,
}

impl Measure {
    /// Validates the options of the attribute at `place`; `None` if there is no instrument.
    pub(crate) fn of(mut options: Options, place: Span, errors: &mut Errors) -> Option<Self> {
        let Some((span, instrument)) = options.instrument else {
            if !options.is_wrong {
                errors.at(place, errors::no_instrument());
            }
            return None;
        };
        check_instrument(&instrument, errors);
        let on_span = options.on.span();
        let on = options.on.take();
        let value = options.value.take();
        let moment = match &value {
            Some(value) => {
                negative(&instrument, value, errors);
                Moment::of(value, keys::VALUE, errors)
            }
            None => {
                if matches!(instrument.kind, Kind::Gauge | Kind::Histogram) {
                    errors.at(span, errors::value_needed(instrument.kind.word()));
                }
                Moment::Start
            }
        };
        let labels = options.labels.take().unwrap_or_default();
        let labels = label::labels(labels, false, errors);
        let measure = Self { instrument, value, moment, labels, on, on_span };
        measure.agrees(errors);
        Some(measure)
    }

    /// The calls for which the value is recorded: those of `on`, or those that the value requires.
    pub(crate) fn recorded_on(&self) -> Option<On> {
        self.on.or(match self.moment {
            Moment::Start => None,
            Moment::Ret => Some(On::Ok),
            Moment::Err => Some(On::Error),
        })
    }

    /// Whether everything is known before the body, and recorded there.
    pub(crate) fn is_immediate(&self) -> bool {
        self.recorded_on().is_none() && self.labels.iter().all(|l| l.moment == Moment::Start)
    }

    /// Whether a value or label is evaluated before the body and recorded after it.
    pub(crate) fn is_held(&self) -> bool {
        !self.is_immediate() && self.looks_at_arguments()
    }

    /// Whether an expression is evaluated before the body.
    pub(crate) fn looks_at_arguments(&self) -> bool {
        self.moment == Moment::Start && self.value.is_some()
            || self.labels.iter().any(|label| label.moment == Moment::Start)
    }

    /// Rejects expressions that look at one outcome and would be recorded on the other.
    fn agrees(&self, errors: &mut Errors) {
        let against = |on| match on {
            On::Ok => Moment::Err,
            On::Error => Moment::Ret,
        };
        let word = |on| match on {
            On::Ok => keys::OK,
            On::Error => keys::ERROR,
        };
        let Some(on) = self.recorded_on() else { return };
        let against = against(on);
        let Some(variable) = against.variable() else { return };
        if let (true, Some(value)) = (self.moment == against, &self.value) {
            errors.on(value, errors::on_against(word(on), keys::VALUE, variable));
            return;
        }
        for label in self.labels.iter().filter(|label| label.moment == against) {
            let message = match self.moment.variable() {
                Some(other) => errors::label_against_value(&label.key.text, variable, other),
                None => errors::on_against(word(on), &label.key.text, variable),
            };
            errors.at(label.key.span, message);
        }
    }

    /// The options that look at the return value, and where; `true` if they look at an error.
    pub(crate) fn questions(&self) -> Vec<(Span, &'static str, bool)> {
        let value = self.value.as_ref().map(|value| (value.span(), keys::VALUE, self.moment));
        let labels = self.labels.iter().map(|l| (l.key.span, keys::LABELS, l.moment));
        value
            .into_iter()
            .chain(labels)
            .filter(|(_, _, moment)| *moment != Moment::Start)
            .map(|(span, option, moment)| (span, option, moment == Moment::Err))
            .collect()
    }
}

fn check_instrument(written: &Instrument, errors: &mut Errors) {
    instrument::name(&written.name, 0, errors);
    if let Some(unit) = &written.unit {
        instrument::unit(unit, errors);
    }
    if let Some(description) = &written.description
        && description.value().contains('\0')
    {
        errors.on(description, errors::nul_in_text(keys::DESCRIPTION));
    }
}

fn negative(instrument: &Instrument, value: &Expr, errors: &mut Errors) {
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) = value
        && instrument.kind == Kind::Counter
        && matches!(**expr, Expr::Lit(_))
    {
        errors.on(value, errors::counter_only_goes_up());
    }
}
