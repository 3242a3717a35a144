//! What was meant: validated, with the spans kept for the compiler's own messages. Nothing here
//! knows what the expansion looks like.

pub(crate) mod business;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod error_type;
mod instrument;
pub(crate) mod label;
pub(crate) mod metered;
mod nesting;
pub(crate) mod opaque;
pub(crate) mod reserved;
pub(crate) mod returns;
pub(crate) mod trace;
pub(crate) mod values;
