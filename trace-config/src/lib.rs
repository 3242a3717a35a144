#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod check;
#[cfg(feature = "serde")]
mod deserialize;
mod document;
pub mod model;
mod near;
mod node;
mod parse;
mod problem;
mod reader;
mod scalar;
mod secrets;
#[cfg(feature = "serde")]
mod section;
mod substitute;
mod write;

#[cfg(feature = "serde")]
pub use self::deserialize::DeserializeError;
pub use self::parse::Format;
pub use self::problem::{ConfigError, Problem, ProblemKind};
pub use self::reader::{Loaded, Reader};
#[cfg(feature = "serde")]
pub use self::section::Section;
pub use self::substitute::ReferenceProblem;
pub use self::write::{distribution_schema, schema};
