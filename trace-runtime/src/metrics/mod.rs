//! Metrics: from the meter provider to those who read it.
//!
//! It knows the provider and its readers; it does not know who measures.

mod meters;

pub(crate) use meters::Meters;
