//! The tests, in one binary.

mod bounds;
mod complete;
mod deserialize;
mod docs;
mod fuzz;
mod hostile;
mod messages;
mod mutations;
mod official;
mod reading;
mod schema;
mod substitution;
