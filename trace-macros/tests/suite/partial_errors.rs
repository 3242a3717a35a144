//! Errors that implement `Error` for some parameters only, which the compiler checks after it has
//! selected an implementation: an attribute never requires more of a function than the function promises.

use super::{block_on, trace};
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::io::Write;
use std::pin::Pin;

/// Output that could not be finished, and why: an error only for `'static` parameters.
struct FinishError<W> {
    error: std::io::Error,
    rest: W,
}

impl<W> Debug for FinishError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.error, f)
    }
}

impl<W> Display for FinishError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.error, f)
    }
}

impl<W: Write + 'static> Error for FinishError<W> {}

/// An error only for a `'static` lifetime.
#[derive(Debug)]
struct Unexpected<'a>(&'a str);

impl Display for Unexpected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Unexpected<'static> {}

#[trace]
fn finish<W: Write>(mut writer: W) -> Result<W, FinishError<W>> {
    match writer.write_all(b"end") {
        Ok(()) => Ok(writer),
        Err(error) => Err(FinishError { error, rest: writer }),
    }
}

#[trace]
async fn finish_later<W: Write>(mut writer: W) -> Result<W, FinishError<W>> {
    match writer.write_all(b"end") {
        Ok(()) => Ok(writer),
        Err(error) => Err(FinishError { error, rest: writer }),
    }
}

#[trace]
fn finish_in_future<W: Write>(writer: W) -> impl Future<Output = Result<W, FinishError<W>>> {
    let mut writer = writer;
    async move {
        match writer.write_all(b"end") {
            Ok(()) => Ok(writer),
            Err(error) => Err(FinishError { error, rest: writer }),
        }
    }
}

type Finishing<'a, W> = Pin<Box<dyn Future<Output = Result<W, FinishError<W>>> + 'a>>;

#[trace]
fn finish_in_box<'a, W: Write + 'a>(writer: W) -> Finishing<'a, W> {
    Box::pin(async move { finish(writer) })
}

#[trace]
fn finish_some<W: Write>(writer: Option<W>) -> Option<Result<W, FinishError<W>>> {
    writer.map(|writer| finish(writer))
}

#[trace]
fn word(text: &str) -> Result<&str, Unexpected<'_>> {
    text.split(' ').next().filter(|word| !word.is_empty()).ok_or(Unexpected(text))
}

#[trace]
async fn word_later<'a>(text: &'a str) -> Result<&'a str, Unexpected<'a>> {
    text.split(' ').next().filter(|word| !word.is_empty()).ok_or(Unexpected(text))
}

struct Encoder<Sink> {
    sink: Sink,
}

trait Finish {
    type Output;
    type Error;

    fn try_finish(self) -> Result<Self::Output, Self::Error>;
}

impl<Sink: Write> Encoder<Sink> {
    #[trace]
    fn finish(self) -> Result<Sink, FinishError<Sink>> {
        finish(self.sink)
    }

    #[trace]
    async fn finish_later(self) -> Result<Sink, FinishError<Sink>> {
        finish(self.sink)
    }
}

impl<Sink: Write> Finish for Encoder<Sink> {
    type Output = Sink;
    type Error = FinishError<Sink>;

    #[trace]
    fn try_finish(self) -> Result<Sink, Self::Error> {
        finish(self.sink)
    }
}

impl<W: Write> FinishError<W> {
    #[trace]
    fn again(self) -> Result<W, Self> {
        finish(self.rest)
    }
}

type Finished<W> = Result<W, FinishError<W>>;

#[trace]
fn finish_as_named<W: Write>(writer: W) -> Finished<W> {
    finish(writer)
}

/// Aliases that hide the parameters of their error.
mod aliased {
    use super::{FinishError, Write, trace};

    type Result<W> = std::result::Result<W, FinishError<W>>;

    pub(super) struct Encoder<Sink> {
        pub(super) sink: Sink,
    }

    impl<Sink: Write> Encoder<Sink> {
        #[trace]
        pub(super) fn finish(self) -> Result<Sink> {
            super::finish(self.sink)
        }

        #[trace(err(when = err.error.kind() != std::io::ErrorKind::Other))]
        pub(super) async fn finish_later(self) -> Result<Sink> {
            super::finish(self.sink)
        }

        #[trace]
        pub(super) fn finish_some(self) -> Option<Result<Sink>> {
            Some(super::finish(self.sink))
        }
    }

    impl<Sink> Encoder<Sink> {
        #[trace]
        pub(super) fn whole(self) -> Result<Self> {
            Ok(self)
        }

        #[trace]
        pub(super) fn borrowed(&mut self) -> Result<&mut Sink> {
            Ok(&mut self.sink)
        }

        #[trace]
        pub(super) fn text<'a>(&self, text: &'a str) -> Result<&'a str> {
            Ok(text)
        }
    }
}

#[test]
fn errors_for_some_parameters() {
    let mut room = [0; 4];
    let mut full: &mut [u8] = &mut [];
    assert!(finish(&mut room[..]).is_ok() && block_on(finish_later(&mut room[..])).is_ok());
    assert!(finish(&mut full).is_err() && block_on(finish_later(&mut full)).is_err());
    assert!(block_on(finish_in_future(&mut full)).is_err());
    assert!(block_on(finish_in_box(&mut full)).is_err());
    assert!(finish_some(Some(&mut full)).is_some_and(|finished| finished.is_err()));
    let text = String::from("a b");
    assert_eq!((word(&text).ok(), block_on(word_later(&text)).ok()), (Some("a"), Some("a")));
    assert_eq!(word("").unwrap_err().0, "");
    assert!(Encoder { sink: &mut full }.finish().is_err());
    assert!(block_on(Encoder { sink: &mut full }.finish_later()).is_err());
    assert!(Encoder { sink: &mut full }.try_finish().is_err());
    assert!(aliased::Encoder { sink: &mut full }.finish().is_err());
    assert!(block_on(aliased::Encoder { sink: &mut full }.finish_later()).is_err());
    assert!(aliased::Encoder { sink: &mut full }.finish_some().is_some_and(|it| it.is_err()));
    let mut encoder = aliased::Encoder { sink: &mut full };
    assert!(encoder.borrowed().is_ok() && encoder.text("a").is_ok() && encoder.whole().is_ok());
    assert!(finish_as_named(&mut full).and_then(finish).is_err());
    assert!(finish(&mut full).map_or_else(FinishError::again, Ok).is_err());
}
