//! Measures statements and pools, through OpenTelemetry's global meter provider.

use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use sqlx::{Database, Pool};
use std::sync::{Arc, Weak};

/// The boundaries of the conventions, in seconds.
const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// The instruments of a pool, whose connections a provider counts until they are dropped.
pub(crate) struct PoolMetrics<DB: Database> {
    pub(crate) duration: Histogram<f64>,
    pub(crate) timeouts: Counter<u64>,
    _observed: Arc<Pool<DB>>,
}

impl<DB: Database> PoolMetrics<DB> {
    /// Creates instruments of a provider; `name` is the pool's.
    pub(crate) fn new(provider: &dyn MeterProvider, pool: &Pool<DB>, name: &KeyValue) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
        let scope = scope.with_version(env!("CARGO_PKG_VERSION")).build();
        let meter = provider.meter_with_scope(scope);
        let observed = Arc::new(pool.clone());
        observe(&meter, &Arc::downgrade(&observed), name);
        Self {
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
            _observed: observed,
        }
    }
}

/// Makes a provider ask for the connections of a pool when it collects, as long as the pool is there.
fn observe<DB: Database>(meter: &Meter, pool: &Weak<Pool<DB>>, name: &KeyValue) {
    let with_state = |state| [name.clone(), KeyValue::new("db.client.connection.state", state)];
    let [used, idle] = ["used", "idle"].map(with_state);
    let observed = pool.clone();
    meter
        .i64_observable_up_down_counter("db.client.connection.count")
        .with_unit("{connection}")
        .with_description("The number of connections in the state that the attribute describes.")
        .with_callback(move |observer| {
            if let Some(pool) = observed.upgrade() {
                let (all, unused) = (u64::from(pool.size()), pool.num_idle() as u64);
                observer.observe(all.saturating_sub(unused).cast_signed(), &used);
                observer.observe(unused.cast_signed(), &idle);
            }
        })
        .build();
    let (observed, name) = (pool.clone(), [name.clone()]);
    meter
        .i64_observable_up_down_counter("db.client.connection.max")
        .with_unit("{connection}")
        .with_description("The maximum number of open connections allowed.")
        .with_callback(move |observer| {
            if let Some(pool) = observed.upgrade() {
                observer.observe(pool.options().get_max_connections().into(), &name);
            }
        })
        .build();
}
