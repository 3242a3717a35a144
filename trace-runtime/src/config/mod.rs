//! From the environment and the builder to a running pipeline.

mod limits;

pub use limits::Limits;
