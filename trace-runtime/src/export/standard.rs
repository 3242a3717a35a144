//! Writes to the standard streams so that failures are reported.
//!
//! The standard library reports a write to a closed stream as a success, and opens `/dev/null` in its
//! place if it was closed before the program started. An exporter has to count such losses.

use std::io::{self, Write};

/// A standard stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standard {
    #[cfg(any(feature = "json", feature = "logs"))]
    Out,
    #[cfg(any(feature = "console", feature = "logs"))]
    Err,
}

impl Write for Standard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// Writes all at once, so that it does not mix with the program's own output.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            #[cfg(any(feature = "json", feature = "logs"))]
            Self::Out => {
                let mut stdout = io::stdout().lock();
                stdout.flush()?;
                write_to(stdout, bytes)
            }
            #[cfg(any(feature = "console", feature = "logs"))]
            Self::Err => write_to(io::stderr().lock(), bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
fn write_to(mut stream: impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

#[cfg(unix)]
fn write_to(stream: impl std::os::fd::AsFd, bytes: &[u8]) -> io::Result<()> {
    use std::fs::File;

    let mut file = File::from(stream.as_fd().try_clone_to_owned()?);
    if is_stand_in(&file) {
        return Err(io::Error::new(io::ErrorKind::BrokenPipe, "it is closed"));
    }
    file.write_all(bytes)
}

/// Returns whether the standard library has opened this in place of a closed stream: `/dev/null`, opened
/// for reading too, unlike `> /dev/null`.
#[cfg(target_os = "linux")]
fn is_stand_in(file: &std::fs::File) -> bool {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    /// The null device, and the access mode for both directions.
    const NULL: u64 = 1 << 8 | 3;
    const MODES: u32 = 0o3;
    const BOTH: u32 = 0o2;

    let is_null = |file: &std::fs::File| {
        let metadata = file.metadata().ok()?;
        Some(metadata.file_type().is_char_device() && metadata.rdev() == NULL)
    };
    if is_null(file) != Some(true) {
        return false;
    }
    let path = format!("/proc/self/fdinfo/{}", file.as_raw_fd());
    let flags = std::fs::read_to_string(path).ok().and_then(|info| {
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
        u32::from_str_radix(flags.trim(), 8).ok()
    });
    flags.is_some_and(|flags| flags & MODES == BOTH)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_stand_in(_: &std::fs::File) -> bool {
    false
}
