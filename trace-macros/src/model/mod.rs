//! Validates what was meant, and keeps the spans for messages of the compiler. Nothing here depends on
//! what the expansion looks like.

pub(crate) mod business;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod error_type;
mod instrument;
pub(crate) mod label;
pub(crate) mod metered;
mod nesting;
pub(crate) mod opaque;
mod questions;
pub(crate) mod reserved;
pub(crate) mod returns;
pub(crate) mod trace;
mod types;
pub(crate) mod validate;
pub(crate) mod values;
