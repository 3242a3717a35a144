//! The instruments behind what is aggregated, and what their attributes are.
//!
//! | metric | attributes |
//! |---|---|
//! | `function.calls` | function and module, those of the caller, `result`, `error.type`, objective, labels |
//! | `function.calls.duration` | function and module, objective, labels |
//! | `function.calls.concurrent` | function and module |
//! | `<name>.duration` | labels, `error.type`, objective |
//! | `<name>.active` | none |
//!
//! All of them have the labels of baggage too, and so have business values. A key that is one of the
//! function's own labels is left to the function.
//!
//! Names and labels of the common metrics are those of the
//! [autometrics specification](https://github.com/autometrics-dev/autometrics-shared), so that its
//! dashboards and alert rules work.

use super::aggregate::Flight;
use crate::amount::Amount;
use crate::instruments::{
    BaggageLabels, Instrument, InstrumentKind, Labels, Meter, meter_of, name_of,
};
use crate::metrics::LATENCY_THRESHOLD;
use crate::objective::Objective;
use crate::outcome::Outcome;
use crate::recorder::fork;
use crate::recorder::linked::{Entry, entries};
use crate::recorder::measure::{MeasuredValue, MeteredCall};
use crate::site::SiteInfo;
use opentelemetry::metrics::{Histogram, HistogramBuilder, Meter as Instruments, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Takes numbers.
pub(super) type Tell<T> = Box<dyn Fn(T) + Send>;

/// Where the metrics of a pipeline go.
pub(crate) struct Outlet {
    pub(crate) provider: Option<SdkMeterProvider>,
    /// A test looks through the global provider, too.
    pub(crate) is_watched: bool,
    pub(crate) service_name: Option<String>,
}

impl Outlet {
    pub(super) const NONE: Self = Self { provider: None, is_watched: false, service_name: None };

    /// The meters of a scope, and whether their instruments can be bound to attributes.
    fn meters(&self, scope: &InstrumentationScope, capture: u32) -> Vec<(Instruments, bool)> {
        let own = self.provider.as_ref().filter(|_| capture == 0);
        let own = own.map(|provider| (provider.meter_with_scope(scope.clone()), true));
        let global = capture != 0 || self.is_watched;
        let global = global.then(|| (global::meter_with_scope(scope.clone()), false));
        own.into_iter().chain(global).collect()
    }
}

/// Tells all of them.
fn all<T: Copy + 'static>(mut tells: Vec<Tell<T>>) -> Tell<T> {
    match tells.len() {
        1 => tells.remove(0),
        _ => Box::new(move |value| tells.iter().for_each(|tell| tell(value))),
    }
}

/// What tells instruments, one for each meter, with attributes.
macro_rules! tell {
    ($meters:expr, $attributes:expr, $method:ident, |$meter:ident| $instrument:expr) => {{
        let tells = $meters.iter().map(|($meter, can_bind)| -> Tell<_> {
            let (instrument, attributes) = ($instrument, $attributes.to_vec());
            if *can_bind {
                let bound = instrument.bind(&attributes);
                Box::new(move |value| bound.$method(value))
            } else {
                Box::new(move |value| instrument.$method(value, &attributes))
            }
        });
        all(tells.collect())
    }};
}

/// What counts the calls that are like this one, and what takes their durations.
pub(super) fn call_series(outlet: &Outlet, call: &MeteredCall) -> (Option<Tell<u64>>, Tell<f64>) {
    let MeteredCall { meter, labels, capture, baggage, .. } = *call;
    let Some(meter) = meter_of(meter) else { return (None, all(Vec::new())) };
    let own_boundaries = meter.boundaries();
    let meters = outlet.meters(&scope(meter.site(), own_boundaries), capture);
    let boundaries = match own_boundaries {
        [] => common_boundaries(),
        own => own.to_vec(),
    };
    let labels = || attributes_of(meter.keys(), labels, baggage);
    let (count, latency) = promises(meter);
    match meter.name() {
        Some(name) => {
            let attributes: Vec<_> = labels().chain(error_type(call)).chain(latency).collect();
            let duration = tell!(meters, attributes, record, |meter| meter
                .f64_histogram(format!("{name}.duration"))
                .with_unit("s")
                .with_boundaries(boundaries.clone())
                .with_description("How long it takes.")
                .build());
            (None, duration)
        }
        None => {
            let function = function(outlet, meter.site());
            let attributes: Vec<_> =
                function.iter().cloned().chain(labels()).chain(latency).collect();
            let duration = tell!(meters, attributes, record, |meter| meter
                .f64_histogram("function.calls.duration")
                .with_unit("s")
                .with_boundaries(boundaries.clone())
                .with_description("How long calls of functions take.")
                .build());
            let attributes: Vec<_> = function
                .into_iter()
                .chain(caller(call))
                .chain([KeyValue::new("result", result(call.outcome))])
                .chain(error_type(call))
                .chain(labels())
                .chain(count)
                .collect();
            let counter = tell!(meters, attributes, add, |meter| meter
                .u64_counter("function.calls")
                .with_description("Calls of functions.")
                .build());
            (Some(counter), duration)
        }
    }
}

/// What counts such calls of a meter that are in flight.
pub(super) fn in_flight_series(outlet: &Outlet, flight: Flight) -> Tell<i64> {
    let Flight { meter, capture, baggage } = flight;
    let Some(meter) = meter_of(meter) else { return all(Vec::new()) };
    let meters = outlet.meters(&scope(meter.site(), &[]), capture);
    let labels = attributes_of(meter.keys(), Labels::NONE, baggage);
    let function = function(outlet, meter.site());
    let attributes: Vec<_> = match meter.name() {
        Some(_) => labels.collect(),
        None => function.into_iter().chain(labels).collect(),
    };
    match meter.name() {
        Some(name) => tell!(meters, attributes, add, |meter| meter
            .i64_up_down_counter(format!("{name}.active"))
            .with_description("How many of them are in flight.")
            .build()),
        None => tell!(meters, attributes, add, |meter| meter
            .i64_up_down_counter("function.calls.concurrent")
            .with_description("Calls of functions that are in flight.")
            .build()),
    }
}

/// By what the SDK tells series of values apart, whichever function they are of.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ValueSeries {
    capture: u32,
    /// Scope, version, kind, name, unit and description.
    instrument: [&'static str; 6],
    labels: Vec<(&'static str, &'static str)>,
}

impl ValueSeries {
    pub(super) fn of(value: &MeasuredValue) -> Self {
        let MeasuredValue { instrument, labels, capture, baggage, .. } = *value;
        let SiteInfo { scope, version, .. } = *instrument.site();
        let (kind, name) = (instrument.kind().as_str(), instrument.name());
        let mut labels: Vec<_> = labels_of(instrument.keys(), labels, baggage).collect();
        labels.sort_unstable();
        let (unit, description) = (instrument.unit(), instrument.description());
        Self { capture, instrument: [scope, version, kind, name, unit, description], labels }
    }
}

/// What takes the values that are like this one, and whether it takes such as are not whole.
pub(super) fn value_series(outlet: &Outlet, value: &MeasuredValue) -> (Tell<Amount>, bool) {
    let MeasuredValue { instrument, labels, capture, baggage, .. } = *value;
    let meters = outlet.meters(&scope(instrument.site(), &[]), capture);
    let attributes: Vec<_> = attributes_of(instrument.keys(), labels, baggage).collect();
    macro_rules! taking {
        ($number:ty, $convert:ident, $method:ident, $make:ident, $bounded:expr) => {{
            let tell: Tell<$number> = tell!(meters, attributes, $method, |meter| {
                let mut builder = meter.$make(instrument.name());
                if !instrument.unit().is_empty() {
                    builder = builder.with_unit(instrument.unit());
                }
                if !instrument.description().is_empty() {
                    builder = builder.with_description(instrument.description());
                }
                $bounded(builder, instrument).build()
            });
            Box::new(move |amount: Amount| tell(amount.$convert()))
        }};
    }
    fn unbounded<T>(builder: T, _: &Instrument) -> T {
        builder
    }
    fn bounded<'a>(
        builder: HistogramBuilder<'a, Histogram<f64>>,
        instrument: &Instrument,
    ) -> HistogramBuilder<'a, Histogram<f64>> {
        match instrument.boundaries() {
            [] => builder,
            own => builder.with_boundaries(own.to_vec()),
        }
    }
    let takes_floats = takes_floats(instrument, value.amount);
    let tell: Tell<Amount> = match (instrument.kind(), takes_floats) {
        (InstrumentKind::Counter, false) => taking!(u64, to_u64, add, u64_counter, unbounded),
        (InstrumentKind::Counter, true) => taking!(f64, to_f64, add, f64_counter, unbounded),
        (InstrumentKind::UpDownCounter, false) => {
            taking!(i64, to_i64, add, i64_up_down_counter, unbounded)
        }
        (InstrumentKind::UpDownCounter, true) => {
            taking!(f64, to_f64, add, f64_up_down_counter, unbounded)
        }
        (InstrumentKind::Gauge, false) => taking!(i64, to_i64, record, i64_gauge, unbounded),
        (InstrumentKind::Gauge, true) => taking!(f64, to_f64, record, f64_gauge, unbounded),
        // Distributions of whole numbers have no other bounds than those of others.
        (InstrumentKind::Histogram, _) => {
            taking!(f64, to_f64, record, f64_histogram, bounded)
        }
    };
    (tell, takes_floats)
}

/// Whether the instruments of these scopes and names take numbers that are not whole.
static FLOATS: Mutex<BTreeMap<(&'static str, &'static str), bool>> = Mutex::new(BTreeMap::new());

/// Has forks wait until no other thread is in here.
pub(super) fn keep_over_forks() {
    fork::keep(&FLOATS, fork::unchanged);
}

/// Whether an instrument takes numbers that are not whole. What comes first decides, for all
/// instruments of that name in a crate: one of two kinds would be two metrics.
fn takes_floats(instrument: &'static Instrument, amount: Amount) -> bool {
    let mut floats = FLOATS.lock().unwrap_or_else(PoisonError::into_inner);
    let name = (instrument.site().scope, instrument.name());
    *floats.entry(name).or_insert(matches!(amount, Amount::F64(_)))
}

/// The scope of a function's metrics: its crate. Those whose histograms have boundaries of their own
/// are apart, because the boundaries of a scope's instrument are those that it got first.
fn scope(site: &'static SiteInfo, boundaries: &[f64]) -> InstrumentationScope {
    let mut scope = InstrumentationScope::builder(site.scope);
    if !site.version.is_empty() {
        scope = scope.with_version(site.version);
    }
    if !boundaries.is_empty() {
        let function = KeyValue::new("code.function.name", site.function.as_str());
        scope = scope.with_attributes([function]);
    }
    scope.build()
}

/// Labels of a function by these keys, and those of its baggage by other ones.
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
    let function = KeyValue::new("function", site.short_function());
    [function, KeyValue::new("module", site.module)].into_iter().chain(service).collect()
}

fn caller(call: &MeteredCall) -> Vec<KeyValue> {
    meter_of(call.caller).map(Meter::site).map_or_else(Vec::new, |site| {
        vec![
            KeyValue::new("caller.function", site.short_function()),
            KeyValue::new("caller.module", site.module),
        ]
    })
}

/// A panic is an error; a call that was given up is neither that nor a success.
fn result(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Error | Outcome::Panic => "error",
        Outcome::Cancelled => "cancelled",
    }
}

/// [`error.type`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/).
fn error_type(call: &MeteredCall) -> Option<KeyValue> {
    let kind = match call.outcome {
        Outcome::Ok => return None,
        Outcome::Error => name_of(call.error).unwrap_or("_OTHER"),
        Outcome::Panic => "panic",
        Outcome::Cancelled => "cancelled",
    };
    Some(KeyValue::new("error.type", kind))
}

/// What an objective says, for what counts calls and for what times them.
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

/// The boundaries of durations that have no others, in seconds: those of autometrics, and the
/// thresholds that anybody promises, so that counts by them are exact.
fn common_boundaries() -> Vec<f64> {
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
    BOUNDARIES.get_or_init(make).clone()
}
