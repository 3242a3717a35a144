//! Routes the measurements of a process-wide meter provider to the captures in which they are made.

use super::here::signals_here;
use super::store::{Signals, lock};
use crate::source::Stray;
use opentelemetry::metrics::{
    AsyncInstrumentBuilder, BoundSyncInstrument, Counter, Gauge, Histogram, HistogramBuilder,
    InstrumentBuilder, InstrumentProvider, Meter, MeterProvider, ObservableCounter,
    ObservableGauge, ObservableUpDownCounter, SyncInstrument, UpDownCounter,
};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

/// A meter provider for the whole process: each measurement reaches the capture in which it is
/// made, and the [global capture](crate::capture_global) if there is one.
///
/// The first capture makes it OpenTelemetry's global one, so that code with
/// `opentelemetry::global::meter` needs nothing else. A provider that is set after that stays.
///
/// An instrument may be built once and kept in a static, but only after the first capture: earlier
/// meters are OpenTelemetry's no-op ones. Observable instruments belong to the captures in which
/// they are built.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry::metrics::Counter;
/// use std::sync::LazyLock;
///
/// static ORDERS: LazyLock<Counter<u64>> =
///     LazyLock::new(|| global::meter("shop").u64_counter("orders").build());
///
/// for _ in 0..2 {
///     let t = trace_testkit::capture();
///     ORDERS.add(1, &[]);
///     t.counter("orders").total(1);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RoutedMeterProvider {}

/// Makes it OpenTelemetry's global provider, once.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| global::set_meter_provider(RoutedMeterProvider {}));
}

impl MeterProvider for RoutedMeterProvider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(RoutedMeter { scope }))
    }
}

struct RoutedMeter {
    scope: InstrumentationScope,
}

/// An instrument that is built anew in each capture that uses it.
struct Routed<I>(Arc<Route<I>>);

struct Route<I> {
    number: u64,
    name: String,
    scope: InstrumentationScope,
    make: Box<dyn Fn(&Meter) -> I + Send + Sync>,
}

impl<I: Send + Sync + 'static> Routed<I> {
    fn new(
        meter: &RoutedMeter,
        name: &str,
        make: impl Fn(&Meter) -> I + Send + Sync + 'static,
    ) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let (name, scope) = (name.to_owned(), meter.scope.clone());
        Self(Arc::new(Route { number, name, scope, make: Box::new(make) }))
    }
}

impl<I: Send + Sync + 'static> Route<I> {
    /// Records a measurement in each capture that sees this thread.
    fn with(&self, measure: impl Fn(&I)) {
        let metric = || self.name.clone();
        for signals in signals_here(|thread| Stray::Measurement { metric: metric(), thread }) {
            let twin = lock(&signals.twins)
                .entry(self.number)
                .or_insert_with(|| Arc::new((self.make)(&meter(&signals, &self.scope))))
                .clone();
            if let Some(twin) = twin.downcast_ref::<I>() {
                measure(twin);
            }
            signals.measured();
        }
    }
}

/// A routed instrument with its attributes.
struct Bound<I> {
    route: Arc<Route<I>>,
    attributes: Vec<KeyValue>,
}

fn meter(signals: &Signals, scope: &InstrumentationScope) -> Meter {
    signals.meter_provider().meter_with_scope(scope.clone())
}

macro_rules! measured_by {
    ($($instrument:ident :: $method:ident: $($number:ty)*;)*) => {$($(
        impl SyncInstrument<$number> for Routed<$instrument<$number>> {
            fn measure(&self, measurement: $number, attributes: &[KeyValue]) {
                self.0.with(|twin| twin.$method(measurement, attributes));
            }

            fn bind(
                &self,
                attributes: &[KeyValue],
            ) -> Box<dyn BoundSyncInstrument<$number> + Send + Sync> {
                Box::new(Bound { route: self.0.clone(), attributes: attributes.to_vec() })
            }
        }

        impl BoundSyncInstrument<$number> for Bound<$instrument<$number>> {
            fn measure(&self, measurement: $number) {
                self.route.with(|twin| twin.$method(measurement, &self.attributes));
            }
        }
    )*)*};
}

measured_by! {
    Counter::add: u64 f64;
    UpDownCounter::add: i64 f64;
    Gauge::record: u64 i64 f64;
    Histogram::record: u64 f64;
}

type Text = Option<Cow<'static, str>>;

macro_rules! routed {
    ($($make:ident: $instrument:ident<$number:ty>;)*) => {$(
        fn $make(
            &self,
            builder: InstrumentBuilder<'_, $instrument<$number>>,
        ) -> $instrument<$number> {
            let (name, description, unit) = (builder.name, builder.description, builder.unit);
            $instrument::new(Arc::new(Routed::new(self, &name.clone(), move |meter| {
                let mut builder = meter.$make(name.clone());
                (builder.description, builder.unit) = (description.clone(), unit.clone());
                builder.build()
            })))
        }
    )*};
}

macro_rules! routed_histograms {
    ($($make:ident: $number:ty;)*) => {$(
        fn $make(
            &self,
            builder: HistogramBuilder<'_, Histogram<$number>>,
        ) -> Histogram<$number> {
            let (name, boundaries) = (builder.name, builder.boundaries);
            let (description, unit): (Text, Text) = (builder.description, builder.unit);
            Histogram::new(Arc::new(Routed::new(self, &name.clone(), move |meter| {
                let mut builder = meter.$make(name.clone());
                (builder.description, builder.unit) = (description.clone(), unit.clone());
                builder.boundaries = boundaries.clone();
                builder.build()
            })))
        }
    )*};
}

macro_rules! observable {
    ($($make:ident: $instrument:ident<$number:ty>;)*) => {$(
        fn $make(
            &self,
            builder: AsyncInstrumentBuilder<'_, $instrument<$number>, $number>,
        ) -> $instrument<$number> {
            let callbacks: Arc<[_]> = builder.callbacks.into();
            let metric = || builder.name.to_string();
            for signals in signals_here(|thread| Stray::Measurement { metric: metric(), thread }) {
                let meter = meter(&signals, &self.scope);
                let mut own = meter.$make(builder.name.clone());
                own.description = builder.description.clone();
                own.unit = builder.unit.clone();
                let callbacks = callbacks.clone();
                own.with_callback(move |observer| callbacks.iter().for_each(|callback| callback(observer)))
                    .build();
            }
            $instrument::new()
        }
    )*};
}

impl InstrumentProvider for RoutedMeter {
    routed! {
        u64_counter: Counter<u64>;
        f64_counter: Counter<f64>;
        i64_up_down_counter: UpDownCounter<i64>;
        f64_up_down_counter: UpDownCounter<f64>;
        u64_gauge: Gauge<u64>;
        i64_gauge: Gauge<i64>;
        f64_gauge: Gauge<f64>;
    }

    routed_histograms! {
        u64_histogram: u64;
        f64_histogram: f64;
    }

    observable! {
        u64_observable_counter: ObservableCounter<u64>;
        f64_observable_counter: ObservableCounter<f64>;
        i64_observable_up_down_counter: ObservableUpDownCounter<i64>;
        f64_observable_up_down_counter: ObservableUpDownCounter<f64>;
        u64_observable_gauge: ObservableGauge<u64>;
        i64_observable_gauge: ObservableGauge<i64>;
        f64_observable_gauge: ObservableGauge<f64>;
    }
}
