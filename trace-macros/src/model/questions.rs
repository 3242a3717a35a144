//! Checks the rules about all attributes of one function: what they ask of its return value, and that
//! their metrics differ.

use std::collections::HashSet;

use proc_macro2::Span;

use super::call::{Call, ErrorPolicy};
use super::label::Moment;
use super::metered::Meter;
use super::returns::{self, Returns};
use crate::errors::{self, Errors};
use crate::syntax::business::On;
use crate::syntax::item::Function;
use crate::syntax::keys;

/// Rejects options that look at a value or an error which the function does not return.
pub(crate) fn outcome(
    call: &Call,
    err: Option<Span>,
    function: &Function,
    returns: Returns,
    errors: &mut Errors,
) {
    let ret = call.span.as_ref().and_then(|span| span.ret_span);
    let err = err.filter(|_| !matches!(call.err, ErrorPolicy::Ignore));
    let mut asked: Vec<(Span, &str, bool)> = Vec::new();
    asked.extend(ret.map(|span| (span, keys::RET, false)));
    asked.extend(err.map(|span| (span, keys::ERR, true)));
    for label in call.meter.iter().flat_map(|meter| &meter.labels) {
        if label.moment != Moment::Start {
            asked.push((label.key.span, keys::LABELS, label.moment == Moment::Err));
        }
    }
    for measure in &call.measures {
        asked.extend(measure.questions());
    }
    let name = function.name();
    let ty = || returns::display(&function.sig.output);
    for (span, option, of_error) in asked {
        match returns {
            Returns::Nothing => errors.at(span, errors::returns_nothing(option, &name)),
            Returns::Never => errors.at(span, errors::never_returns(option, &name)),
            Returns::Stream | Returns::BoxedStream => {
                errors.at(span, errors::stream_has_no_value(option));
            }
            Returns::Plain if of_error => errors.at(span, errors::cannot_fail(&name, &ty())),
            _ => caller(option, span, function, errors),
        }
    }
    for measure in &call.measures {
        let (Some(on), Some(span)) = (measure.on, measure.on_span) else { continue };
        match returns {
            Returns::Never => errors.at(span, errors::never_returns(keys::ON, &name)),
            Returns::Stream | Returns::BoxedStream => {
                errors.at(span, errors::stream_has_no_value(keys::ON));
            }
            Returns::Nothing | Returns::Plain if on == On::Error => {
                errors.at(span, errors::on_cannot_fail(&name, &ty()));
            }
            _ => caller(keys::ON, span, function, errors),
        }
    }
}

/// Rejects an option that looks at a value of a function with `#[track_caller]` that cannot be nested.
fn caller(option: &str, span: Span, function: &Function, errors: &mut Errors) {
    let is_called = function.sig.asyncness.is_none();
    if function.is_track_caller() && is_called && !function.can_be_nested() {
        errors.at(span, errors::track_caller_method(option));
    }
}

/// Rules about all metrics of one function.
pub(crate) fn metrics(call: &Call, errors: &mut Errors) {
    let mut seen: HashSet<String> =
        call.meter.iter().flat_map(Meter::metrics).map(|name| name.to_lowercase()).collect();
    for measure in &call.measures {
        let name = &measure.instrument.name;
        // Metrics whose names differ only by case are the same.
        if !seen.insert(name.value().to_lowercase()) {
            errors.on(name, errors::metric_twice(&name.value()));
        }
    }
}
