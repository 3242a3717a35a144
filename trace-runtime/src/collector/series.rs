//! Selects the instruments of aggregated measurements, and their attributes.
//!
//! | metric | attributes |
//! |---|---|
//! | `function.calls` | function and module, those of the caller, `result`, `error.type`, objective, labels |
//! | `function.calls.duration` | function and module, objective, labels |
//! | `function.calls.concurrent` | function and module |
//! | `<name>.duration` | labels, `error.type`, objective |
//! | `<name>.active` | none |
//!
//! Once a function or an instrument has as many series as the limit allows, all further ones share
//! a series with the attribute `otel.metric.overflow`. Calls keep function, module, `result` and
//! objective there.
//!
//! Labels from baggage are added to all of these metrics and to business values, except for keys
//! that the function itself uses as labels.
//!
//! The names and labels of the shared metrics follow the
//! [autometrics specification](https://github.com/autometrics-dev/autometrics-shared), so that its
//! dashboards and alert rules work.

use super::outlet::{Outlet, Reporter, Which};
use crate::amount::Amount;
use crate::export::LATENCY_THRESHOLD;
use crate::instruments::{
    AttributeSet, BaggageLabels, Instrument, InstrumentKind, Labels, Meter, meter_of, name_of,
};
use crate::objective::Objective;
use crate::outcome::Outcome;
use crate::recorder::fork;
use crate::recorder::linked::{Entry, entries};
use crate::recorder::measure::{MeasuredValue, MeteredCall};
use crate::site::{SiteInfo, short_function};
use opentelemetry::KeyValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The attribute of the series that collects everything beyond the limit
/// ([cardinality limits](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute)).
const OVERFLOW: &str = "otel.metric.overflow";

/// The metrics that functions share.
pub(crate) const SHARED: [&str; 3] = [CALLS, DURATION, CONCURRENT];
const CALLS: &str = "function.calls";
const DURATION: &str = "function.calls.duration";
const CONCURRENT: &str = "function.calls.concurrent";

/// The series to which calls of one kind are reported.
pub(super) struct CallReporters {
    /// The counter of calls, if they are counted apart from their durations.
    pub(super) counter: Option<Reporter>,
    pub(super) duration: Option<Reporter>,
}

/// Returns the series for calls like this one; `None` if an instrument does not exist yet.
///
/// Calls that overflow keep the attributes on which objectives depend.
pub(super) fn call_series(
    outlet: &mut Outlet,
    call: &MeteredCall,
    overflow: bool,
) -> Option<CallReporters> {
    let MeteredCall { meter, labels, capture, baggage, .. } = *call;
    let Some(meter) = meter_of(meter) else {
        return Some(CallReporters { counter: None, duration: None });
    };
    let own_boundaries = meter.boundaries();
    let boundaries = match own_boundaries {
        [] => common_boundaries(),
        own => own,
    };
    let which = |name: Cow<'static, str>, kind, unit, description| Which {
        // Calls are counted in whole numbers.
        takes_floats: kind == InstrumentKind::Histogram,
        function: (!own_boundaries.is_empty()).then_some(meter.site().function.as_str()),
        ..instrument_of(meter.site(), kind, name, unit, description)
    };
    let histogram = InstrumentKind::Histogram;
    let labels = || {
        let (labels, baggage) =
            if overflow { (Labels::NONE, BaggageLabels::NONE) } else { (labels, baggage) };
        let overflow = overflow.then(|| KeyValue::new(OVERFLOW, true));
        attributes_of(meter.keys(), labels, baggage).chain(overflow)
    };
    let (count, latency) = promises(meter);
    match meter.name() {
        Some(name) => {
            let which =
                which(format!("{name}.duration").into(), histogram, "s", "How long it takes.");
            // An instrument has a single series for everything that overflows.
            let attributes: Vec<_> = match overflow {
                true => labels().collect(),
                false => labels().chain(error_type(call)).chain(latency).collect(),
            };
            let duration = outlet.reporter(capture, &which, boundaries, &attributes)?;
            Some(CallReporters { counter: None, duration: Some(duration) })
        }
        None => {
            let function = function(outlet, meter.site());
            let duration =
                which(DURATION.into(), histogram, "s", "How long calls of functions take.");
            let attributes: Vec<_> =
                function.iter().cloned().chain(labels()).chain(latency).collect();
            let duration = outlet.reporter(capture, &duration, boundaries, &attributes)?;
            let counter = which(CALLS.into(), InstrumentKind::Counter, "", "Calls of functions.");
            let error_type = error_type(call).filter(|_| !overflow);
            let attributes: Vec<_> = function
                .into_iter()
                .chain(caller(call))
                .chain([KeyValue::new("result", result(call.outcome))])
                .chain(error_type)
                .chain(labels())
                .chain(count)
                .collect();
            let counter = outlet.reporter(capture, &counter, &[], &attributes)?;
            Some(CallReporters { counter: Some(counter), duration: Some(duration) })
        }
    }
}

/// The key by which calls in flight are counted: calls of one meter that began with the same labels
/// from baggage, in one capture or in none.
#[derive(Clone, Copy)]
pub(crate) struct Flight {
    pub(crate) meter: u32,
    pub(crate) capture: u32,
    pub(crate) baggage: BaggageLabels,
}

/// Returns the series that counts calls in flight; `None` if its instrument does not exist yet.
pub(super) fn in_flight_series(outlet: &mut Outlet, flight: Flight) -> Option<Reporter> {
    let Flight { meter, capture, baggage } = flight;
    let Some(meter) = meter_of(meter) else { return Some(Box::new(|_| ())) };
    let overflow = (baggage == BaggageLabels::OVERFLOW).then(|| KeyValue::new(OVERFLOW, true));
    let labels = attributes_of(meter.keys(), Labels::NONE, baggage).chain(overflow);
    let (name, description, attributes): (Cow<'static, str>, _, Vec<_>) = match meter.name() {
        Some(name) => {
            (format!("{name}.active").into(), "How many of them are in flight.", labels.collect())
        }
        None => {
            let attributes = function(outlet, meter.site()).into_iter().chain(labels).collect();
            let description = "Calls of functions that are in flight.";
            (CONCURRENT.into(), description, attributes)
        }
    };
    let which = instrument_of(meter.site(), InstrumentKind::UpDownCounter, name, "", description);
    outlet.reporter(capture, &which, &[], &attributes)
}

fn instrument_of(
    site: &'static SiteInfo,
    kind: InstrumentKind,
    name: Cow<'static, str>,
    unit: &'static str,
    description: &'static str,
) -> Which {
    let SiteInfo { scope, version, .. } = *site;
    Which {
        scope,
        version,
        schema_url: None,
        function: None,
        kind,
        takes_floats: false,
        name,
        unit,
        description,
    }
}

/// The key by which the SDK distinguishes series of values, independent of the recording function.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ValueSeries {
    capture: u32,
    /// Scope, version, kind, name, unit and description.
    instrument: [&'static str; 6],
    labels: Vec<(&'static str, &'static str)>,
    /// The attributes of a library's instrument.
    set: AttributeSet,
}

/// An instrument of values, independent of the recording functions.
pub(super) type ValueInstrument = (u32, [&'static str; 6]);

impl ValueSeries {
    pub(super) fn of(value: &MeasuredValue, overflow: bool) -> Self {
        let MeasuredValue { instrument, labels, capture, baggage, .. } = *value;
        let SiteInfo { scope, version, .. } = *instrument.site();
        let (kind, name) = (instrument.kind().as_str(), instrument.name());
        let is_of_library = instrument.schema_url().is_some();
        let set = match is_of_library && !overflow {
            true => AttributeSet::in_labels(labels),
            false => AttributeSet::NONE,
        };
        let mut labels: Vec<_> = match overflow {
            true => vec![(OVERFLOW, "true")],
            false if is_of_library => Vec::new(),
            false => labels_of(instrument.keys(), labels, baggage).collect(),
        };
        labels.sort_unstable();
        let (unit, description) = (instrument.unit(), instrument.description());
        Self { capture, instrument: [scope, version, kind, name, unit, description], labels, set }
    }

    pub(super) fn instrument(&self) -> ValueInstrument {
        (self.capture, self.instrument)
    }
}

/// Returns the series for values like this one; `None` if its instrument does not exist yet.
pub(super) fn value_series(
    outlet: &mut Outlet,
    value: &MeasuredValue,
    takes_floats: bool,
    overflow: bool,
) -> Option<Reporter> {
    let MeasuredValue { instrument, labels, capture, baggage, .. } = *value;
    let attributes: Vec<_> = match overflow {
        true => vec![KeyValue::new(OVERFLOW, true)],
        false if instrument.schema_url().is_some() => {
            let attributes = AttributeSet::in_labels(labels).attributes();
            attributes.iter().map(|(key, value)| KeyValue::new(*key, value)).collect()
        }
        false => attributes_of(instrument.keys(), labels, baggage).collect(),
    };
    let (unit, description) = (instrument.unit(), instrument.description());
    let name = Cow::Borrowed(instrument.name());
    let which = instrument_of(instrument.site(), instrument.kind(), name, unit, description);
    let which = Which { takes_floats, schema_url: instrument.schema_url(), ..which };
    outlet.reporter(capture, &which, instrument.boundaries(), &attributes)
}

/// Whether instruments take fractional numbers, by scope and name.
static FLOATS: Mutex<BTreeMap<(&'static str, &'static str), bool>> = Mutex::new(BTreeMap::new());

/// Makes forks wait until no other thread uses this state.
pub(super) fn keep_over_forks() {
    fork::keep(&FLOATS, fork::unchanged);
}

/// Returns whether an instrument takes fractional numbers. The first value decides for all
/// instruments of that name in a crate, because two number types would make two metrics.
pub(super) fn takes_floats(instrument: &'static Instrument, amount: Amount) -> bool {
    let mut floats = FLOATS.lock().unwrap_or_else(PoisonError::into_inner);
    let name = (instrument.site().scope, instrument.name());
    *floats.entry(name).or_insert(matches!(amount, Amount::F64(_)))
}

/// Returns a function's labels for these keys, and the labels from baggage with other keys.
fn labels_of(
    keys: impl Iterator<Item = &'static str> + Clone,
    labels: Labels,
    baggage: BaggageLabels,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = keys.clone().enumerate();
    let named = named.filter_map(move |(index, key)| Some((key, name_of(labels.get(index))?)));
    named.chain(baggage.pairs().filter(move |(key, _)| keys.clone().all(|own| own != *key)))
}

fn attributes_of(
    keys: impl Iterator<Item = &'static str> + Clone,
    labels: Labels,
    baggage: BaggageLabels,
) -> impl Iterator<Item = KeyValue> {
    labels_of(keys, labels, baggage).map(|(key, name)| KeyValue::new(key, name))
}

fn function(outlet: &Outlet, site: &'static SiteInfo) -> Vec<KeyValue> {
    let service = outlet.service_name.clone();
    let service = service.map(|name| KeyValue::new("service.name", name));
    let function = KeyValue::new("function", short_function(site));
    [function, KeyValue::new("module", site.module)].into_iter().chain(service).collect()
}

fn caller(call: &MeteredCall) -> Vec<KeyValue> {
    meter_of(call.caller).map(Meter::site).map_or_else(Vec::new, |site| {
        vec![
            KeyValue::new("caller.function", short_function(site)),
            KeyValue::new("caller.module", site.module),
        ]
    })
}

/// Returns the `result` of a call. A panic is an error; a cancelled call is neither an error nor a
/// success.
fn result(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Error | Outcome::Panic => "error",
        _ => "cancelled",
    }
}

/// Returns a call's
/// [`error.type`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/).
fn error_type(call: &MeteredCall) -> Option<KeyValue> {
    let kind = match call.outcome {
        Outcome::Ok => return None,
        Outcome::Error => name_of(call.error).unwrap_or("_OTHER"),
        Outcome::Panic => "panic",
        _ => "cancelled",
    };
    Some(KeyValue::new("error.type", kind))
}

/// Returns the attributes of an objective: first those of the counter, then those of the durations.
fn promises(meter: &Meter) -> (Vec<KeyValue>, Vec<KeyValue>) {
    let Some(objective) = meter.promises() else { return Default::default() };
    let name = || KeyValue::new("objective.name", objective.name());
    let percentile = |percent: f64| KeyValue::new("objective.percentile", percent.to_string());
    let count = objective
        .promised_success_rate()
        .map_or_else(Vec::new, |percent| vec![name(), percentile(percent)]);
    let latency = objective.promised_latency().map_or_else(Vec::new, |latency| {
        let threshold = latency.threshold.as_secs_f64().to_string();
        let threshold = KeyValue::new(LATENCY_THRESHOLD, threshold);
        vec![name(), percentile(latency.percentile), threshold]
    });
    (count, latency)
}

/// Returns the default boundaries of durations, in seconds: those of autometrics, and the latency
/// thresholds of all objectives, so that calls within a threshold are counted exactly.
fn common_boundaries() -> &'static [f64] {
    static BOUNDARIES: OnceLock<Vec<f64>> = OnceLock::new();
    let make = || {
        let mut boundaries =
            vec![0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
        let meters = entries().iter().filter_map(|entry| match entry {
            Entry::Meter(meter) => meter.promises(),
            _ => None,
        });
        let latencies = meters.filter_map(Objective::promised_latency);
        boundaries.extend(latencies.map(|latency| latency.threshold.as_secs_f64()));
        boundaries.sort_by(f64::total_cmp);
        boundaries.dedup();
        boundaries
    };
    BOUNDARIES.get_or_init(make)
}
