//! Writes JSON lines to a file, a standard stream or a writer of the program.

use crate::error::InitError;
use crate::export::ExportError;
use crate::export::room::Room;
use crate::export::standard::Standard;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The maximum length of a line with several items. By default, OpenTelemetry Collectors cut lines at 1 MiB, and what
/// surrounds the items counts too.
const LONGEST: usize = 1_000_000;

/// The destination of lines.
pub(super) struct Lines {
    output: Box<dyn Write + Send>,
    line: String,
    /// The maximum number of items in a line.
    most: usize,
}

impl Lines {
    /// Writes to any writer.
    pub(super) fn to(output: impl Write + Send + 'static) -> Self {
        Self { output: Box::new(output), line: String::new(), most: usize::MAX }
    }

    /// Sets the maximum number of items in a line.
    #[cfg(feature = "metrics")]
    pub(super) fn with_most(mut self, items: usize) -> Self {
        self.most = items;
        self
    }

    /// Appends to a file, which is created if it does not exist.
    pub(super) fn append(path: &Path) -> io::Result<Self> {
        Ok(Self::to(File::options().create(true).append(true).open(path)?))
    }

    /// Appends to this file, or writes to standard output.
    pub(super) fn open(file: Option<&Path>, exporter: &str) -> Result<Self, InitError> {
        let Some(path) = file else { return Ok(Self::to(Standard::Out)) };
        Self::append(path).map_err(|error| InitError::Exporter {
            name: exporter.to_owned(),
            message: format!("cannot open {}: {error}", path.display()),
        })
    }

    /// Writes this number of items: those for which there is room in one line, and the others in further lines.
    ///
    /// # Errors
    /// When a line cannot be written. Its items are lost, with those of later lines.
    pub(super) fn write(
        &mut self,
        items: usize,
        encode: impl Fn(&mut String, &mut Room),
    ) -> Result<(), ExportError> {
        let mut from = 0;
        while from < items {
            let mut room = Room::after(from, LONGEST).with_most(self.most);
            self.line.clear();
            encode(&mut self.line, &mut room);
            if room.taken() == 0 {
                break;
            }
            self.line.push('\n');
            // The whole line at once: several processes may append to one file.
            let written = self.output.write_all(self.line.as_bytes());
            if let Err(error) = written.and_then(|()| self.output.flush()) {
                let message = format!("cannot write: {error}");
                return Err(match from {
                    0 => ExportError::new(message),
                    from => ExportError::partial(items - from, message),
                });
            }
            from += room.taken();
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<(), ExportError> {
        self.output.flush().map_err(|error| ExportError::new(format!("cannot write: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::Written;

    /// Encodes items of this length until there is no more room.
    fn encode(items: usize, len: usize) -> impl Fn(&mut String, &mut Room) {
        move |out, room| {
            for _ in 0..items {
                room.take(out, |out| out.extend(std::iter::repeat_n('x', len)));
            }
        }
    }

    #[test]
    fn lines_are_no_longer_than_collectors_read() {
        let output = Written::default();
        Lines::to(output.clone()).write(5, encode(5, 400_000)).unwrap();
        let lens: Vec<_> = output.writes().iter().map(String::len).collect();
        assert_eq!(lens, [800_001, 800_001, 400_001]);
        let single = Written::default();
        Lines::to(single.clone()).write(1, encode(1, 2_000_000)).unwrap();
        assert_eq!(single.text().len(), 2_000_001, "an item is never cut");
    }

    /// A disk that is full after the first line.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = std::mem::take(&mut self.0);
            if room == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_not_written_is_counted() {
        let lost = |lines| {
            let error = Lines::to(Full(lines)).write(5, encode(5, 400_000)).unwrap_err();
            assert!(error.to_string().starts_with("cannot write: "), "{error}");
            error.lost()
        };
        assert_eq!([lost(0), lost(1)], [None, Some(3)]);
    }
}
