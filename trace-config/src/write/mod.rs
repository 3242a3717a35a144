//! Writes configurations and schemas.

mod json;
mod schema;
mod yaml;

pub use self::schema::{distribution_schema, schema};
pub(crate) use self::yaml::{Purpose, yaml};
