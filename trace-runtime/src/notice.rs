//! What the runtime itself has to say to people, on stderr.
//!
//! Nothing here can fail or panic: a closed stderr must not harm the program.

use std::fmt;
use std::io::Write;

/// Prints one line, marked as the runtime's own.
pub(crate) fn notice(message: impl fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "trace-runtime: {message}");
}
