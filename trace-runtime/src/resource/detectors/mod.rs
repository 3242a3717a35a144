//! The detectors: each lists the variables that it reads, and returns the attributes that it finds.
//!
//! Names are those of the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/resource/).

pub(super) mod aws_ecs;
pub(super) mod aws_lambda;
pub(super) mod container;
pub(super) mod gcp_cloud_run;
pub(super) mod host;
pub(super) mod host_id;
pub(super) mod kubernetes;
pub(super) mod os;
pub(super) mod process;
pub(super) mod service;

pub(crate) use service::keep_over_forks;

use opentelemetry::{KeyValue, Value};

/// Returns the attributes that have a value.
fn known<V: Into<Value>>(
    attributes: impl IntoIterator<Item = (&'static str, Option<V>)>,
) -> impl Iterator<Item = KeyValue> {
    attributes.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?)))
}
