//! Passes a pipeline's metrics to its meter provider, whose instruments are created on a separate
//! thread.
//!
//! To create an instrument, the SDK takes the lock under which it runs the callbacks of observable
//! instruments. A callback that hangs blocks that thread, but not the collector: measurements for
//! the new instrument are added up until it exists.

use crate::amount::{Amount, Arithmetic as _};
use crate::caught::caught;
use crate::diagnostics::warn;
use crate::instruments::InstrumentKind;
use crate::recorder::suppress_this_thread;
use crate::state;
use opentelemetry::metrics::{
    Counter, Gauge, Histogram, Meter as Instruments, MeterProvider, UpDownCounter,
};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// The provider of a pipeline's meters.
pub(crate) type SharedProvider = Arc<dyn MeterProvider + Send + Sync>;

/// Reports amounts to a series.
pub(super) type Reporter = Box<dyn Fn(Amount) + Send>;

/// The time that the collector waits for an instrument, which usually takes microseconds to create.
/// While one takes longer, the collector waits for no other.
const PATIENCE: Duration = Duration::from_millis(50);

/// The numbers of series that may exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeriesLimits {
    /// For each function, and for each instrument that functions do not share.
    pub(crate) each: usize,
    /// For an instrument that functions share, not counting those of overflow.
    pub(crate) shared: usize,
}

/// The destination of a pipeline's metrics.
pub(crate) struct Outlet {
    provider: Option<SharedProvider>,
    /// Whether a test reads the global provider, too.
    pub(super) is_watched: bool,
    pub(super) service_name: Option<String>,
    pub(super) limits: SeriesLimits,
    workshop: Option<Workshop>,
    /// The instruments; `None` while one is being created.
    made: BTreeMap<Which, Option<Made>>,
    /// The number of instruments that are being created.
    ordered: usize,
    /// Whether one of them takes longer than `PATIENCE`.
    is_late: bool,
    /// Whether any was created since series last looked.
    has_received: bool,
}

/// The identity of an instrument.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Which {
    pub(super) scope: &'static str,
    pub(super) version: &'static str,
    pub(super) schema_url: Option<&'static str>,
    /// The function, if it does not share its instruments.
    pub(super) function: Option<&'static str>,
    pub(super) kind: InstrumentKind,
    pub(super) takes_floats: bool,
    pub(super) name: Cow<'static, str>,
    pub(super) unit: &'static str,
    pub(super) description: &'static str,
}

/// An instrument that was created.
#[derive(Clone)]
enum Made {
    U64Counter(Counter<u64>),
    F64Counter(Counter<f64>),
    I64UpDownCounter(UpDownCounter<i64>),
    F64UpDownCounter(UpDownCounter<f64>),
    I64Gauge(Gauge<i64>),
    F64Gauge(Gauge<f64>),
    Histogram(Histogram<f64>),
    /// No instrument, because the SDK or a view panicked.
    Nothing,
}

/// The thread that creates instruments. It ends with the outlet.
struct Workshop {
    orders: Sender<(Which, Vec<f64>)>,
    made: Receiver<(Which, Made)>,
}

impl Outlet {
    pub(super) const NONE: Self = Self {
        provider: None,
        is_watched: false,
        service_name: None,
        limits: SeriesLimits { each: usize::MAX, shared: usize::MAX },
        workshop: None,
        made: BTreeMap::new(),
        ordered: 0,
        is_late: false,
        has_received: false,
    };

    pub(crate) fn new(
        provider: Option<SharedProvider>,
        is_watched: bool,
        service_name: Option<String>,
        limits: SeriesLimits,
    ) -> Self {
        Self { provider, is_watched, service_name, limits, ..Self::NONE }
    }

    /// Returns whether measurements have a destination.
    pub(super) fn measures(&self) -> bool {
        self.provider.is_some() || self.is_watched
    }

    /// Returns the reporter of a series; `None` if its instrument does not exist yet.
    pub(super) fn reporter(
        &mut self,
        capture: u32,
        which: &Which,
        boundaries: &[f64],
        attributes: &[KeyValue],
    ) -> Option<Reporter> {
        let mut reporters = Vec::new();
        if self.provider.is_some() && capture == 0 {
            reporters.push(self.instrument(which, boundaries)?.reporter(attributes, true));
        }
        // These instruments belong to the capture that is current when an amount is reported.
        if capture != 0 || self.is_watched {
            let meter = global::meter_with_scope(which.scope());
            reporters.push(Made::make(&meter, which, boundaries).reporter(attributes, false));
        }
        Some(match reporters.len() {
            1 => reporters.remove(0),
            _ => Box::new(move |amount| reporters.iter().for_each(|reporter| reporter(amount))),
        })
    }

    fn instrument(&mut self, which: &Which, boundaries: &[f64]) -> Option<Made> {
        self.receive_all();
        if let Some(made) = self.made.get(which) {
            return made.clone();
        }
        if self.workshop.is_none() {
            self.workshop = self.provider.clone().and_then(Workshop::open);
        }
        let order = (which.clone(), boundaries.to_vec());
        let is_ordered = self.workshop.as_ref().is_some_and(|it| it.orders.send(order).is_ok());
        if !is_ordered {
            // Without the thread, the instrument has to be created here.
            let meter = self.provider.as_ref()?.meter_with_scope(which.scope());
            let made = Made::make(&meter, which, boundaries);
            self.made.insert(which.clone(), Some(made.clone()));
            return Some(made);
        }
        self.made.insert(which.clone(), None);
        self.ordered += 1;
        let deadline = Instant::now() + PATIENCE;
        while !self.is_late && self.made.get(which).is_some_and(Option::is_none) {
            self.is_late = !self.wait(deadline);
        }
        self.made.get(which).cloned().flatten()
    }

    /// Waits for the next instrument; returns `false` if the deadline comes first.
    fn wait(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let made = self.workshop.as_ref().map(|workshop| workshop.made.recv_timeout(left));
        match made {
            Some(Ok((which, made))) => self.receive(which, made),
            Some(Err(RecvTimeoutError::Timeout)) | None => return false,
            Some(Err(RecvTimeoutError::Disconnected)) => self.give_up(),
        }
        true
    }

    /// Returns whether instruments were created since the last call; series may wait for them.
    pub(super) fn has_news(&mut self) -> bool {
        self.receive_all();
        std::mem::take(&mut self.has_received)
    }

    /// Receives the instruments that were created.
    fn receive_all(&mut self) {
        while self.ordered > 0
            && let Some(Ok((which, made))) =
                self.workshop.as_ref().map(|workshop| workshop.made.try_recv())
        {
            self.receive(which, made);
        }
    }

    fn receive(&mut self, which: Which, made: Made) {
        self.has_received = true;
        self.made.insert(which, Some(made));
        self.ordered -= 1;
        self.is_late &= self.ordered > 0;
    }

    /// Handles the unexpected end of the thread: the missing instruments measure nothing.
    fn give_up(&mut self) {
        self.has_received = true;
        self.made.values_mut().for_each(|made| *made = made.take().or(Some(Made::Nothing)));
        self.ordered = 0;
    }
}

impl Workshop {
    fn open(provider: SharedProvider) -> Option<Self> {
        let (orders, ordered) = channel::<(Which, Vec<f64>)>();
        let (deliver, made) = channel();
        let thread = std::thread::Builder::new().name("trace-instruments".to_owned());
        let thread = thread.spawn(move || {
            suppress_this_thread();
            for (which, boundaries) in ordered {
                let make = || {
                    let meter = provider.meter_with_scope(which.scope());
                    Made::make(&meter, &which, &boundaries)
                };
                let made = caught(make).unwrap_or_else(|_| {
                    warn(format_args!(
                        "instrument `{}` cannot be made: a view panicked; it measures nothing",
                        which.name
                    ));
                    Made::Nothing
                });
                if deliver.send((which, made)).is_err() {
                    break;
                }
                state::wake_collector();
            }
        });
        thread.ok().map(|_| Self { orders, made })
    }
}

impl Which {
    /// Returns the scope of a function's metrics: its crate. Functions with their own boundaries
    /// have separate scopes, because an instrument of a scope keeps the boundaries that it was
    /// created with.
    fn scope(&self) -> InstrumentationScope {
        let mut scope = InstrumentationScope::builder(self.scope);
        if !self.version.is_empty() {
            scope = scope.with_version(self.version);
        }
        if let Some(schema_url) = self.schema_url {
            scope = scope.with_schema_url(schema_url);
        }
        if let Some(function) = self.function {
            scope = scope.with_attributes([KeyValue::new("code.function.name", function)]);
        }
        scope.build()
    }
}

impl Made {
    fn make(meter: &Instruments, which: &Which, boundaries: &[f64]) -> Self {
        let name = which.name.clone();
        macro_rules! make {
            ($variant:ident, $make:ident) => {{
                let mut builder = meter.$make(name);
                if !which.unit.is_empty() {
                    builder = builder.with_unit(which.unit);
                }
                if !which.description.is_empty() {
                    builder = builder.with_description(which.description);
                }
                Self::$variant(builder.build())
            }};
        }
        match (which.kind, which.takes_floats) {
            (InstrumentKind::Counter, false) => make!(U64Counter, u64_counter),
            (InstrumentKind::Counter, true) => make!(F64Counter, f64_counter),
            (InstrumentKind::UpDownCounter, false) => {
                make!(I64UpDownCounter, i64_up_down_counter)
            }
            (InstrumentKind::UpDownCounter, true) => make!(F64UpDownCounter, f64_up_down_counter),
            (InstrumentKind::Gauge, false) => make!(I64Gauge, i64_gauge),
            (InstrumentKind::Gauge, true) => make!(F64Gauge, f64_gauge),
            // Whole numbers use the same bounds as fractional ones.
            _ => {
                let mut builder = meter.f64_histogram(name);
                if !which.unit.is_empty() {
                    builder = builder.with_unit(which.unit);
                }
                if !which.description.is_empty() {
                    builder = builder.with_description(which.description);
                }
                if !boundaries.is_empty() {
                    builder = builder.with_boundaries(boundaries.to_vec());
                }
                Self::Histogram(builder.build())
            }
        }
    }

    /// Returns the reporter of the series with these attributes. `binds`: whether the instrument
    /// can be bound to them.
    fn reporter(&self, attributes: &[KeyValue], binds: bool) -> Reporter {
        macro_rules! reporter {
            ($instrument:ident, $method:ident, $convert:ident) => {
                if binds {
                    let bound = $instrument.bind(attributes);
                    Box::new(move |amount: Amount| bound.$method(amount.$convert()))
                } else {
                    let (instrument, attributes) = ($instrument.clone(), attributes.to_vec());
                    Box::new(move |amount| instrument.$method(amount.$convert(), &attributes))
                }
            };
        }
        match self {
            Self::U64Counter(counter) => reporter!(counter, add, to_u64),
            Self::F64Counter(counter) => reporter!(counter, add, to_f64),
            Self::I64UpDownCounter(counter) => reporter!(counter, add, to_i64),
            Self::F64UpDownCounter(counter) => reporter!(counter, add, to_f64),
            Self::I64Gauge(gauge) => reporter!(gauge, record, to_i64),
            Self::F64Gauge(gauge) => reporter!(gauge, record, to_f64),
            Self::Histogram(histogram) => reporter!(histogram, record, to_f64),
            Self::Nothing => Box::new(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_sdk::metrics::SdkMeterProvider;

    #[test]
    fn a_new_instrument_is_news_however_it_was_received() {
        let provider = SdkMeterProvider::builder().build();
        let limits = SeriesLimits { each: 1, shared: 1 };
        let mut outlet = Outlet::new(Some(Arc::new(provider)), false, None, limits);
        // Another instrument takes long, so none is waited for.
        outlet.is_late = true;
        let which = Which {
            scope: "shop",
            version: "",
            schema_url: None,
            function: None,
            kind: InstrumentKind::Counter,
            takes_floats: false,
            name: "orders".into(),
            unit: "",
            description: "",
        };
        assert!(outlet.instrument(&which, &[]).is_none());
        // Another series asks for it first.
        while outlet.instrument(&which, &[]).is_none() {
            std::thread::yield_now();
        }
        assert!(outlet.has_news());
        assert!(!outlet.has_news());
    }
}
