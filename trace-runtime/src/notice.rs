//! What the runtime itself has to say to people, on stderr.
//!
//! Nothing here can fail or panic: a closed stderr must not harm the program.

use crate::escape;
use std::fmt;
use std::io::Write;

/// Longer notices are cut, in characters. What they quote is cut before, where it is quoted.
const MAX_CHARS: usize = 8_192;

/// Prints one line, marked as the runtime's own. What is no line is escaped and cut here, whatever it holds.
pub(crate) fn notice(message: impl fmt::Display) {
    let _ = writeln!(
        std::io::stderr().lock(),
        "trace-runtime: {}",
        escape::line(message).cut(MAX_CHARS)
    );
}
