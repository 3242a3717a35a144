//! Reads OpenTelemetry's declarative configuration, version 1.2, into a typed model.

mod check;
mod document;
pub mod model;
mod near;
mod node;
mod parse;
mod problem;
mod reader;
mod scalar;
mod secrets;
mod substitute;
mod write;

pub use self::model::Configuration;
pub use self::parse::Format;
pub use self::problem::{ConfigError, Problem, ProblemKind};
pub use self::reader::{Loaded, Reader};
pub use self::substitute::ReferenceProblem;
pub use self::write::{distribution_schema, schema};
