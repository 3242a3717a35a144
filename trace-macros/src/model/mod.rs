//! What was meant: validated, with the spans kept for the compiler's own messages. Nothing here
//! knows what the expansion looks like.

pub(crate) mod check;
mod nesting;
pub(crate) mod returns;
pub(crate) mod trace;
