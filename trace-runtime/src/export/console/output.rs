//! Writes text for people, with colours or without.

use crate::export::standard::Standard;
use anstream::{AutoStream, ColorChoice};
use std::io::{self, Write};

/// The use of colours in a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colors {
    /// Colours on a terminal, unless `NO_COLOR` or `CLICOLOR=0` is set; with `CLICOLOR_FORCE` always. The
    /// program's own writer has none.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The destination of the text.
pub(crate) enum Output {
    Stderr,
    Writer(Box<dyn Write + Send>),
}

impl Output {
    /// Writes all of it at once, so that it does not mix with the program's own output.
    pub(crate) fn write(&mut self, text: &str, colors: Colors) -> io::Result<()> {
        let choice = match colors {
            Colors::Auto => ColorChoice::Auto,
            Colors::Always => ColorChoice::AlwaysAnsi,
            Colors::Never => ColorChoice::Never,
        };
        match self {
            Self::Stderr => {
                let choice = match choice {
                    ColorChoice::Auto => AutoStream::choice(&io::stderr()),
                    choice => choice,
                };
                match choice {
                    ColorChoice::Never => {
                        let plain = anstream::adapter::strip_str(text).to_string();
                        Standard::Err.write_all(plain.as_bytes())
                    }
                    _ => Standard::Err.write_all(text.as_bytes()),
                }
            }
            Self::Writer(writer) => {
                if choice == ColorChoice::AlwaysAnsi {
                    writer.write_all(text.as_bytes())?;
                } else {
                    let plain = anstream::adapter::strip_str(text).to_string();
                    writer.write_all(plain.as_bytes())?;
                }
                writer.flush()
            }
        }
    }
}
