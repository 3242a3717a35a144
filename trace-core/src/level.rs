//! The levels of spans.

use std::fmt;
use std::str::FromStr;

/// How much detail a span is: the levels of `tracing`, of which greater ones are more verbose.
///
/// A function has a level by `#[trace(level = debug)]`. It has a span only where its level is on: for the
/// process, for its module, or for the request that it works on.
///
/// ```
/// use trace_runtime::Level;
///
/// assert!(Level::Debug > Level::Info);
/// assert_eq!("debug".parse(), Ok(Level::Debug));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// What has failed.
    Error = 1,
    /// What is suspicious.
    Warn = 2,
    /// What a request does; the default.
    #[default]
    Info = 3,
    /// How it does that.
    Debug = 4,
    /// Each step.
    Trace = 5,
}

impl Level {
    /// All levels, in order.
    pub(crate) const ALL: [Self; 5] =
        [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    #[cfg(feature = "enabled")]
    pub(crate) const fn from_u8(byte: u8) -> Self {
        match byte {
            1 => Self::Error,
            2 => Self::Warn,
            4 => Self::Debug,
            5 => Self::Trace,
            _ => Self::Info,
        }
    }

    /// Returns the name, such as `debug`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = LevelError;

    /// Reads the name of a level, in upper or lower case.
    fn from_str(text: &str) -> Result<Self, LevelError> {
        let is_named = |level: &Self| level.as_str().eq_ignore_ascii_case(text.trim());
        Self::ALL.into_iter().find(is_named).ok_or(LevelError)
    }
}

/// A text is not the name of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelError;

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level is `error`, `warn`, `info`, `debug` or `trace`")
    }
}

impl std::error::Error for LevelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_they_are_written() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
            assert_eq!(format!(" {} ", level.as_str().to_uppercase()).parse(), Ok(level));
        }
        assert_eq!("verbose".parse::<Level>(), Err(LevelError));
    }
}
