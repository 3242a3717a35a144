//! OpenTelemetry's global meter provider, and whether instruments of it can be bound to attributes.
//!
//! An implementation of the API that has no bound instruments gives some that drop what they
//! measure, and it cannot be asked. So they are only used of providers that are set here.

use crate::recorder::fork;
use opentelemetry::global;
use opentelemetry::metrics::MeterProvider;
use std::sync::{Arc, Mutex, PoisonError, Weak};

type Provider = dyn MeterProvider + Send + Sync;

static BINDING: Mutex<Option<Weak<Provider>>> = Mutex::new(None);

/// Has forks wait until no other thread is in here.
pub(super) fn keep_over_forks() {
    fork::keep(&BINDING, |binding| std::mem::forget(binding.take()));
}

/// Makes a provider the global one whose instruments can be bound.
pub fn set_meter_provider(provider: impl MeterProvider + Send + Sync + 'static) {
    global::set_meter_provider(provider);
    let set = Arc::downgrade(&global::meter_provider());
    *BINDING.lock().unwrap_or_else(PoisonError::into_inner) = Some(set);
}

/// Whether instruments of what is, or was, the global provider can be bound.
pub fn can_bind(provider: &Arc<Provider>) -> bool {
    let binding = BINDING.lock().unwrap_or_else(PoisonError::into_inner);
    binding.as_ref().is_some_and(|binding| binding.ptr_eq(&Arc::downgrade(provider)))
}
