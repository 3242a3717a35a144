//! A no-op stand-in for labels.

/// A type whose values can be a label of a metric; in this build, any type.
pub trait Label {}

impl<T: ?Sized> Label for T {}
