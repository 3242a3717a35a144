//! What stands in the source: items, options and attributes, as written. Nothing here knows which
//! combinations make sense (`model`) or what they turn into (`expand`).

pub(crate) mod attributes;
pub(crate) mod buckets;
pub(crate) mod business;
pub(crate) mod derive;
pub(crate) mod early;
pub(crate) mod err;
pub(crate) mod field;
pub(crate) mod invisible;
pub(crate) mod item;
pub(crate) mod keys;
pub(crate) mod label;
pub(crate) mod metered;
pub(crate) mod name;
pub(crate) mod option;
pub(crate) mod stack;
pub(crate) mod tail;
pub(crate) mod trace;
