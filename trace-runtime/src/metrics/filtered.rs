//! Leaves attributes out of measurements, in front of the SDK's instruments.
//!
//! A view of the SDK lists the attributes that it keeps. It knows neither patterns nor attributes that it leaves out, which
//! configuration files have.

use opentelemetry::metrics::{
    AsyncInstrument, AsyncInstrumentBuilder, BoundCounter, BoundGauge, BoundHistogram,
    BoundSyncInstrument, BoundUpDownCounter, Counter, Gauge, Histogram, HistogramBuilder,
    InstrumentBuilder, InstrumentProvider, Meter, MeterProvider, ObservableCounter,
    ObservableGauge, ObservableUpDownCounter, SyncInstrument, UpDownCounter,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::InstrumentKind;
use std::fmt;
use std::sync::Arc;

/// An instrument, by what views select it.
pub(crate) struct Described<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: InstrumentKind,
    pub(crate) unit: &'a str,
    pub(crate) scope: &'a InstrumentationScope,
}

type Selects = dyn Fn(&Described<'_>) -> bool + Send + Sync;
/// Decides which attributes are kept, by their keys.
pub(crate) type Keeps = dyn Fn(&str) -> bool + Send + Sync;

/// The attributes that a view keeps, and the instruments that it selects.
pub(crate) struct AttributeFilter {
    pub(crate) selects: Box<Selects>,
    /// `None`: all of them.
    pub(crate) keeps: Option<Arc<Keeps>>,
}

impl fmt::Debug for AttributeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttributeFilter").finish_non_exhaustive()
    }
}

/// A provider whose instruments leave attributes out.
///
/// An instrument that several views select passes on what any of them keeps.
pub(crate) struct FilteredProvider<P> {
    inner: P,
    filters: Arc<[AttributeFilter]>,
}

impl<P> FilteredProvider<P> {
    pub(crate) fn new(inner: P, filters: Arc<[AttributeFilter]>) -> Self {
        Self { inner, filters }
    }
}

impl<P: MeterProvider> MeterProvider for FilteredProvider<P> {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        let meter = self.inner.meter_with_scope(scope.clone());
        let filters = self.filters.clone();
        Meter::new(Arc::new(FilteredMeter { meter, scope, filters }))
    }
}

struct FilteredMeter {
    meter: Meter,
    scope: InstrumentationScope,
    filters: Arc<[AttributeFilter]>,
}

impl FilteredMeter {
    /// Returns the filter of an instrument; `None` if it keeps all attributes.
    fn filter(&self, name: &str, unit: Option<&str>, kind: InstrumentKind) -> Option<Filter> {
        let instrument =
            Described { name, kind, unit: unit.unwrap_or_default(), scope: &self.scope };
        let views = self.filters.iter().filter(|view| (view.selects)(&instrument));
        let keeps = views.map(|view| view.keeps.clone()).collect::<Option<Vec<_>>>()?;
        (!keeps.is_empty()).then(|| Filter(keeps.into()))
    }
}

/// The attributes that an instrument keeps.
#[derive(Clone)]
struct Filter(Arc<[Arc<Keeps>]>);

impl Filter {
    fn keeps(&self, attribute: &KeyValue) -> bool {
        self.0.iter().any(|keeps| keeps(attribute.key.as_str()))
    }

    /// Calls a function with the attributes that are kept.
    fn apply<R>(&self, attributes: &[KeyValue], then: impl FnOnce(&[KeyValue]) -> R) -> R {
        if attributes.iter().all(|attribute| self.keeps(attribute)) {
            return then(attributes);
        }
        let kept = attributes.iter().filter(|attribute| self.keeps(attribute));
        then(&kept.cloned().collect::<Vec<_>>())
    }
}

/// An instrument that leaves attributes out.
struct Filtered<I> {
    inner: I,
    filter: Filter,
}

/// An instrument that is bound to the attributes that were kept.
struct Bound<I>(I);

/// Implements the interface of instruments.
macro_rules! filtered {
    ($($instrument:ident, $bound:ident, $method:ident;)*) => {$(
        impl<T: 'static> SyncInstrument<T> for Filtered<$instrument<T>> {
            fn measure(&self, measurement: T, attributes: &[KeyValue]) {
                self.filter.apply(attributes, |kept| self.inner.$method(measurement, kept));
            }

            fn bind(&self, attributes: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
                Box::new(Bound(self.filter.apply(attributes, |kept| self.inner.bind(kept))))
            }
        }

        impl<T> BoundSyncInstrument<T> for Bound<$bound<T>> {
            fn measure(&self, measurement: T) {
                self.0.$method(measurement);
            }
        }
    )*};
}

filtered! {
    Counter, BoundCounter, add;
    UpDownCounter, BoundUpDownCounter, add;
    Gauge, BoundGauge, record;
    Histogram, BoundHistogram, record;
}

/// What a callback observes, without the attributes that are left out.
struct FilteredObserver<'a, T> {
    observer: &'a dyn AsyncInstrument<T>,
    filter: &'a Filter,
}

impl<T> AsyncInstrument<T> for FilteredObserver<'_, T> {
    fn observe(&self, measurement: T, attributes: &[KeyValue]) {
        self.filter.apply(attributes, |kept| self.observer.observe(measurement, kept));
    }
}

/// Returns a builder of the inner meter with the description and the unit of the given one.
macro_rules! described {
    ($inner:expr, $given:ident) => {{
        let mut inner = $inner;
        if let Some(description) = $given.description {
            inner = inner.with_description(description);
        }
        if let Some(unit) = $given.unit {
            inner = inner.with_unit(unit);
        }
        inner
    }};
}

/// Defines methods that create instruments of the inner meter, behind their filter.
macro_rules! create {
    ($($method:ident: $builder:ident<$instrument:ident<$number:ty>> $(with $more:ident)?;)*) => {$(
        fn $method(
            &self,
            builder: $builder<'_, $instrument<$number>>,
        ) -> $instrument<$number> {
            let kind = InstrumentKind::$instrument;
            let filter = self.filter(&builder.name, builder.unit.as_deref(), kind);
            let inner = described!(self.meter.$method(builder.name), builder);
            $(
                let inner = match builder.$more {
                    Some($more) => inner.with_boundaries($more),
                    None => inner,
                };
            )?
            let inner = inner.build();
            match filter {
                Some(filter) => $instrument::new(Arc::new(Filtered { inner, filter })),
                None => inner,
            }
        }
    )*};
}

/// Defines methods that create observable instruments of the inner meter, with filters in their callbacks.
macro_rules! create_observable {
    ($($method:ident: $instrument:ident<$number:ty>;)*) => {$(
        fn $method(
            &self,
            builder: AsyncInstrumentBuilder<'_, $instrument<$number>, $number>,
        ) -> $instrument<$number> {
            let kind = InstrumentKind::$instrument;
            let filter = self.filter(&builder.name, builder.unit.as_deref(), kind);
            let mut inner = described!(self.meter.$method(builder.name), builder);
            for callback in builder.callbacks {
                inner = match filter.clone() {
                    Some(filter) => inner.with_callback(move |observer| {
                        callback(&FilteredObserver { observer, filter: &filter });
                    }),
                    None => inner.with_callback(callback),
                };
            }
            inner.build()
        }
    )*};
}

impl InstrumentProvider for FilteredMeter {
    create! {
        u64_counter: InstrumentBuilder<Counter<u64>>;
        f64_counter: InstrumentBuilder<Counter<f64>>;
        i64_up_down_counter: InstrumentBuilder<UpDownCounter<i64>>;
        f64_up_down_counter: InstrumentBuilder<UpDownCounter<f64>>;
        u64_gauge: InstrumentBuilder<Gauge<u64>>;
        i64_gauge: InstrumentBuilder<Gauge<i64>>;
        f64_gauge: InstrumentBuilder<Gauge<f64>>;
        u64_histogram: HistogramBuilder<Histogram<u64>> with boundaries;
        f64_histogram: HistogramBuilder<Histogram<f64>> with boundaries;
    }

    create_observable! {
        u64_observable_counter: ObservableCounter<u64>;
        f64_observable_counter: ObservableCounter<f64>;
        i64_observable_up_down_counter: ObservableUpDownCounter<i64>;
        f64_observable_up_down_counter: ObservableUpDownCounter<f64>;
        u64_observable_gauge: ObservableGauge<u64>;
        i64_observable_gauge: ObservableGauge<i64>;
        f64_observable_gauge: ObservableGauge<f64>;
    }
}
