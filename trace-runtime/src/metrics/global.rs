//! Keeps what is made of OpenTelemetry's global meter provider.

use arc_swap::ArcSwapOption;
use opentelemetry::global;
use opentelemetry::metrics::MeterProvider;
use std::fmt;
use std::sync::Arc;

type Provider = Arc<dyn MeterProvider + Send + Sync>;

/// Instruments of OpenTelemetry's global meter provider, for libraries that measure through its API.
///
/// A program may install telemetry after it has set up a library, and replace the provider later; instruments of the
/// provider that was global before would measure nothing. These are made when they are first needed, and again once
/// another provider is global.
///
/// ```
/// use opentelemetry::metrics::Histogram;
/// use trace_runtime::metrics::GlobalInstruments;
///
/// static DURATION: GlobalInstruments<Histogram<f64>> = GlobalInstruments::new();
///
/// fn measure(seconds: f64) {
///     let duration = DURATION.get(|provider| {
///         provider.meter("fetcher").f64_histogram("fetch.duration").with_unit("s").build()
///     });
///     duration.record(seconds, &[]);
/// }
/// # measure(0.25);
/// ```
pub struct GlobalInstruments<T>(ArcSwapOption<Made<T>>);

struct Made<T> {
    provider: Provider,
    instruments: Arc<T>,
}

impl<T> GlobalInstruments<T> {
    /// Creates a place for instruments, which are not made yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// Returns the instruments of the provider that is global now; `make` makes them, if they are not there yet.
    ///
    /// Two threads that find none may both make some. Only those of one thread are kept, so that a callback of an
    /// observable instrument should observe nothing once what `make` has returned is dropped.
    ///
    /// # Panics
    /// If `make` panics; the next call makes the instruments then.
    pub fn get(&self, make: impl FnOnce(&dyn MeterProvider) -> T) -> Arc<T> {
        let provider = global::meter_provider();
        let is_of = |made: &Made<T>| Arc::ptr_eq(&made.provider, &provider);
        let before = self.0.load();
        if let Some(made) = before.as_ref().filter(|made| is_of(made)) {
            return made.instruments.clone();
        }
        let instruments = Arc::new(make(&*provider));
        let made = Arc::new(Made { provider: provider.clone(), instruments: instruments.clone() });
        let found = self.0.compare_and_swap(&before, Some(made));
        // Another thread was faster: its instruments are kept, and those made here are dropped.
        match found.as_ref().filter(|made| is_of(made)) {
            Some(made) => made.instruments.clone(),
            None => instruments,
        }
    }
}

impl<T> Default for GlobalInstruments<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for GlobalInstruments<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_made = self.0.load().is_some();
        f.debug_struct("GlobalInstruments").field("is_made", &is_made).finish_non_exhaustive()
    }
}
