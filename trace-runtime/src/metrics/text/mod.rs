//! Metrics as Prometheus writes them, for it and for people.
//!
//! | file | what it holds |
//! |---|---|
//! | `convert.rs` | from what was collected to families and series |
//! | `page.rs` | the text, in both formats |
//! | `names.rs` | what names, units and keys are called there |

mod convert;
mod names;
mod page;

pub(super) use convert::page;
pub(super) use page::Format;
