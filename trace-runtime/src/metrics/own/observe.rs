//! Registers gauges by callback, and isolates readers from callbacks that panic.
//!
//! The SDK runs callbacks under its own lock, and a panic in there ends every reader for good. So
//! each of them runs guarded: its first panic is reported, and it is not called again.

use crate::caught::caught;
use crate::diagnostics::warn;
use crate::escape;
use crate::recorder::{fork, suppress_this_thread, suppressed};
use opentelemetry::metrics::Meter;
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Registers a gauge: `read` is called whenever metrics are read, on the reader's thread.
///
/// It may be called at any time, before telemetry is installed too. Nothing is recorded while
/// `read` runs. Should it panic, that is reported once, it is not called again, and everything else
/// goes on. It must not wait for long, for all readers wait for it; a gauge that is registered while one
/// hangs is there once that goes on.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// static QUEUED: AtomicU64 = AtomicU64::new(0);
///
/// trace_runtime::metrics::observe("queue.depth", "{order}", || QUEUED.load(Ordering::Relaxed) as f64);
/// ```
pub fn observe(
    name: impl Into<Cow<'static, str>>,
    unit: impl Into<Cow<'static, str>>,
    read: impl Fn() -> f64 + Send + Sync + 'static,
) {
    observe_each(name, unit, move |tell| tell(read(), &[]));
}

/// Registers a gauge of several values, which attributes distinguish; otherwise like [`observe`].
///
/// ```
/// use opentelemetry::KeyValue;
///
/// trace_runtime::metrics::observe_each("pool.connections", "{connection}", |observe| {
///     observe(3.0, &[KeyValue::new("state", "idle")]);
///     observe(5.0, &[KeyValue::new("state", "used")]);
/// });
/// ```
pub fn observe_each(
    name: impl Into<Cow<'static, str>>,
    unit: impl Into<Cow<'static, str>>,
    read: impl Fn(&mut dyn FnMut(f64, &[KeyValue])) + Send + Sync + 'static,
) {
    let name = name.into();
    let observed =
        Arc::new(Observed { guard: Guard::new(name.clone()), name, unit: unit.into(), read });
    let meter = {
        let mut registry = registry();
        registry.observed.push(observed.clone());
        registry.meter.clone()
    };
    if let Some(meter) = meter {
        register_aside(observed, &meter);
    }
}

/// How long a program waits for a gauge, which takes microseconds to register.
const PATIENCE: Duration = Duration::from_millis(50);

/// Registers a gauge on another thread: the SDK does so under the lock under which it calls others, and
/// one that hangs must not hold up the program.
fn register_aside(observed: Arc<dyn Register>, meter: &Meter) {
    let (done, is_done) = channel();
    let register = {
        let (observed, meter) = (observed.clone(), meter.clone());
        move || {
            suppress_this_thread();
            observed.register(&meter);
            let _ = done.send(());
        }
    };
    match std::thread::Builder::new().name("trace-observe".to_owned()).spawn(register) {
        Ok(_) => {
            let _ = is_done.recv_timeout(PATIENCE);
        }
        // Without a thread there is no other way.
        Err(_) => observed.register(meter),
    }
}

/// Registers all gauges in a pipeline that begins.
pub(super) fn begin(meter: &Meter) {
    let mut registry = registry();
    registry.observed.iter().for_each(|observed| observed.clone().register(meter));
    registry.meter = Some(meter.clone());
}

struct Registry {
    observed: Vec<Arc<dyn Register>>,
    /// Of the pipeline that is running, or that ran last.
    meter: Option<Meter>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { observed: Vec::new(), meter: None });

/// Has forks wait until no other thread is in here; the meter is the parent's.
pub(super) fn keep_over_forks() {
    fork::keep(&REGISTRY, |registry| std::mem::forget(registry.meter.take()));
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Observed<F> {
    name: Cow<'static, str>,
    unit: Cow<'static, str>,
    guard: Guard,
    read: F,
}

trait Register: Send + Sync {
    fn register(self: Arc<Self>, meter: &Meter);
}

impl<F> Register for Observed<F>
where
    F: Fn(&mut dyn FnMut(f64, &[KeyValue])) + Send + Sync + 'static,
{
    fn register(self: Arc<Self>, meter: &Meter) {
        let gauge = meter.f64_observable_gauge(self.name.clone()).with_unit(self.unit.clone());
        gauge
            .with_callback(move |observer| {
                self.guard.run(|| {
                    (self.read)(&mut |value, attributes| observer.observe(value, attributes));
                });
            })
            .build();
    }
}

/// Isolates a callback from its callers.
pub(super) struct Guard {
    name: Cow<'static, str>,
    is_broken: AtomicBool,
}

impl Guard {
    pub(super) fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), is_broken: AtomicBool::new(false) }
    }

    /// Runs it, unless it has panicked before.
    pub(super) fn run(&self, read: impl FnOnce()) {
        if self.is_broken.load(Ordering::Relaxed) {
            return;
        }
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        suppressed(|| {
            if let Err(panic) = caught(read)
                && !self.is_broken.swap(true, Ordering::Relaxed)
            {
                let why = panic.message();
                warn(format_args!(
                    "gauge `{}` panicked: {why}; it is not read again",
                    escape::line(&self.name).cut(256)
                ));
            }
        });
    }
}

/// An observable instrument, guarded like the program's own.
macro_rules! observable {
    ($meter:expr, $method:ident, $name:expr, $unit:expr, $description:literal, $read:expr) => {{
        let guard = $crate::metrics::own::observe::Guard::new($name);
        let read = $read;
        $meter
            .$method($name)
            .with_unit($unit)
            .with_description($description)
            .with_callback(move |observer| {
                guard.run(|| {
                    read(&mut |value, attributes: &[opentelemetry::KeyValue]| {
                        observer.observe(value, attributes);
                    })
                });
            })
            .build();
    }};
}
pub(super) use observable;
