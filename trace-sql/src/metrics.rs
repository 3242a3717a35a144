//! Measures statements and pools, through OpenTelemetry's global meter provider.

use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use std::sync::{Arc, PoisonError, RwLock};

/// The boundaries of the conventions, in seconds.
const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

pub(crate) type Provider = Arc<dyn MeterProvider + Send + Sync>;

/// The instruments that all pools share.
#[derive(Clone)]
pub(crate) struct Instruments {
    pub(crate) duration: Histogram<f64>,
    pub(crate) timeouts: Counter<u64>,
}

/// The instruments of the provider that was global when they were last needed.
static MADE: RwLock<Option<(Provider, Instruments)>> = RwLock::new(None);

/// Returns the provider that is global now, and its instruments: telemetry may be installed after a pool is opened.
pub(crate) fn instruments() -> (Provider, Instruments) {
    let provider = global::meter_provider();
    let made = MADE.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, instruments)) = made.as_ref().filter(|(of, _)| Arc::ptr_eq(of, &provider)) {
        return (provider, instruments.clone());
    }
    drop(made);
    // Created, and dropped, outside the lock, because providers are foreign code.
    let meter = meter(&provider);
    let instruments = Instruments {
        duration: meter
            .f64_histogram("db.client.operation.duration")
            .with_unit("s")
            .with_description("Duration of database client operations.")
            .with_boundaries(BOUNDARIES.to_vec())
            .build(),
        timeouts: meter
            .u64_counter("db.client.connection.timeouts")
            .with_unit("{timeout}")
            .with_description("The number of connection timeouts in a pool.")
            .build(),
    };
    let made = (provider.clone(), instruments.clone());
    let _old = MADE.write().unwrap_or_else(PoisonError::into_inner).replace(made);
    (provider, instruments)
}

fn meter(provider: &Provider) -> Meter {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
    provider.meter_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build())
}

/// The connections of a pool.
pub(crate) struct Connections {
    pub(crate) used: u64,
    pub(crate) idle: u64,
    pub(crate) most: u64,
}

/// Makes a provider ask for the connections of a pool when it collects; `connections` returns `None` once there is
/// no such pool.
pub(crate) fn observe(
    provider: &Provider,
    pool: &str,
    connections: impl Fn() -> Option<Connections> + Clone + Send + Sync + 'static,
) {
    let meter = meter(provider);
    let pool = KeyValue::new("db.client.connection.pool.name", pool.to_owned());
    let with_state = |state| [pool.clone(), KeyValue::new("db.client.connection.state", state)];
    let [used, idle] = ["used", "idle"].map(with_state);
    let observed = connections.clone();
    meter
        .i64_observable_up_down_counter("db.client.connection.count")
        .with_unit("{connection}")
        .with_description("The number of connections in the state that the attribute describes.")
        .with_callback(move |observer| {
            if let Some(connections) = observed() {
                observer.observe(connections.used.cast_signed(), &used);
                observer.observe(connections.idle.cast_signed(), &idle);
            }
        })
        .build();
    let pool = [pool];
    meter
        .i64_observable_up_down_counter("db.client.connection.max")
        .with_unit("{connection}")
        .with_description("The maximum number of open connections allowed.")
        .with_callback(move |observer| {
            if let Some(connections) = connections() {
                observer.observe(connections.most.cast_signed(), &pool);
            }
        })
        .build();
}
