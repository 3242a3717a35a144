//! The hot path: from a call to bytes in a ring. All unsafe code of the workspace lives here.
//!
//! It knows sites and values; it does not know who reads the rings.

pub(crate) mod fields;
pub(crate) mod words;

pub use words::RecordedValue;
