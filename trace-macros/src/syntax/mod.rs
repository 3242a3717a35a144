//! Parses the source: items, options and attributes, as written. Nothing here depends on which
//! combinations make sense (`model`) or what they turn into (`expand`).
//!
//! The options of an attribute are the rows of one table: `trace`, `metered`, `business`, and `derive`
//! for `#[label(…)]`. `option` reads any of them.

pub(crate) mod attributes;
pub(crate) mod buckets;
pub(crate) mod business;
pub(crate) mod derive;
pub(crate) mod early;
pub(crate) mod err;
pub(crate) mod field;
pub(crate) mod given;
mod habits;
pub(crate) mod instrument;
pub(crate) mod invisible;
pub(crate) mod item;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod label;
mod list;
pub(crate) mod metered;
pub(crate) mod name;
pub(crate) mod option;
pub(crate) mod stack;
pub(crate) mod tail;
#[cfg(test)]
mod tests;
pub(crate) mod trace;
