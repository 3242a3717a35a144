//! Turns the model into tokens. Every expansion is one static, one guard or one wrapped future, and
//! calls into the hidden module; all shared code is there, not here.
//!
//! `entry` takes tokens from the compiler, `attribute` and `container` find the functions, `body`
//! chooses the form of each; all other files write one piece of an expansion.

mod absorbed;
mod attribute;
mod baggage;
mod blocks;
mod body;
mod container;
mod derive;
mod entries;
mod entry;
mod expansion;
mod function;
mod future;
mod inner;
mod label;
mod linked;
mod look;
mod measure;
mod meter;
mod names;
mod outcome;
mod parameters;
mod site;
mod span;
mod start;
#[cfg(test)]
mod tests;

pub(crate) use entry::{business_metric, label, metered, reserved_labels, span, trace};
