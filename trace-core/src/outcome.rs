//! The outcome of a call.

/// The outcome of a call; spans and metrics use the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned a value that is not an error.
    #[default]
    Ok = 0,
    /// It returned an error.
    Error = 1,
    /// It panicked.
    Panic = 2,
    /// Its future was dropped before it finished.
    Cancelled = 3,
}

impl Outcome {
    #[cfg(feature = "enabled")]
    pub(crate) fn from_u8(byte: u8) -> Self {
        match byte {
            1 => Self::Error,
            2 => Self::Panic,
            3 => Self::Cancelled,
            _ => Self::Ok,
        }
    }

    /// Returns the name, such as `cancelled`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
        }
    }
}
