//! What a failed assertion says.

use crate::names::shown;
use crate::runtime::escape::{self, lines};
use crate::source::{Home, Snapshot};
use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Longer lines of drawings are cut, in characters.
const MAX_LINE: usize = 4_096;
/// More mismatches, and more notes, are counted.
const MISMATCHES: usize = 100;

/// Everything that is wrong, and what is needed to see why.
///
/// An assertion panics with it; its `try_` twin returns it. It reads the same through `Display`
/// and `Debug`, so that `unwrap` shows it too. Control characters that it quotes are escaped, and
/// lines of its drawing are cut at 4,096 characters.
///
/// ```
/// use trace_testkit::Report;
///
/// let report = Report::new("span `charge` is not as expected")
///     .mismatch(r#""amount": expected 7, is 8"#)
///     .note("it was recorded by checkout 1.2.0");
/// assert_eq!(
///     report.to_string(),
///     "span `charge` is not as expected\n\
///      \x20 ~ \"amount\": expected 7, is 8\n\
///      \n\
///      note: it was recorded by checkout 1.2.0\n",
/// );
/// ```
#[derive(Clone, Default)]
pub struct Report {
    headline: String,
    mismatches: Vec<String>,
    drawing: String,
    /// Whether the drawing tells the mismatches too.
    told_in_drawing: bool,
    notes: Vec<String>,
}

impl Report {
    /// A report under this headline.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), ..Self::default() }
    }

    /// Adds something that is not as expected.
    #[must_use]
    pub fn mismatch(mut self, mismatch: impl Into<String>) -> Self {
        self.mismatches.push(mismatch.into());
        self
    }

    /// Adds several things that are not as expected.
    #[must_use]
    pub fn with_mismatches(mut self, mismatches: impl IntoIterator<Item = String>) -> Self {
        self.mismatches.extend(mismatches);
        self
    }

    /// Shows this text, indented, below the mismatches.
    #[must_use]
    pub fn drawing(mut self, drawing: impl Into<String>) -> Self {
        self.drawing = drawing.into();
        self
    }

    /// Shows this text; in the mismatches' stead, if it tells all of them.
    pub(crate) fn telling_drawing(mut self, drawing: String, tells_all: bool) -> Self {
        self.told_in_drawing = tells_all;
        self.drawing(drawing)
    }

    /// Adds a hint at the end.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what explains missing telemetry: orphans, open spans and losses.
    #[must_use]
    pub fn explained_by(mut self, snapshot: &Snapshot) -> Self {
        self.notes.extend(explanations(snapshot));
        self
    }

    /// What is not as expected, one sentence each.
    #[must_use]
    pub fn mismatches(&self) -> &[String] {
        &self.mismatches
    }

    /// Fails the test, at the caller's line.
    #[track_caller]
    pub(crate) fn fail(&self) -> ! {
        if ATTEMPTING.get() {
            // Nobody is to hear of it.
            resume_unwind(Box::new(self.clone()));
        }
        panic!("{self}")
    }
}

thread_local! {
    /// Whether reports on this thread are for [`attempt`].
    static ATTEMPTING: Cell<bool> = const { Cell::new(false) };
}

/// Runs assertions that may fail, without failing the test.
pub(crate) fn attempt<R>(assertions: impl FnOnce() -> R) -> Result<R, Report> {
    let before = ATTEMPTING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(assertions));
    ATTEMPTING.set(before);
    result.map_err(|panic| match panic.downcast::<Report>() {
        Ok(report) => *report,
        // An assertion of another kind.
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Report::new(text.unwrap_or("an assertion failed"))
        }
    })
}

/// Unwraps, or fails the test with the report at the caller's line.
#[track_caller]
pub(crate) fn hold<T>(result: Result<T, Report>) -> T {
    match result {
        Ok(value) => value,
        Err(report) => report.fail(),
    }
}

pub(crate) fn explanations(snapshot: &Snapshot) -> Vec<String> {
    let mut notes = Vec::new();
    for orphan in &snapshot.orphans {
        let thread = orphan.thread.as_ref();
        let thread = thread.map(|name| format!(" on thread `{}`", shown(name))).unwrap_or_default();
        let unsure = match orphan.home {
            Home::Here => "",
            Home::Unknown => " It may belong to another test of this process.",
        };
        notes.push(format!(
            "span `{}` began{thread} with no parent: was the task spawned without its context?\
             {unsure}",
            shown(&orphan.span.name)
        ));
    }
    for open in &snapshot.open {
        notes.push(format!("span `{}` has begun and has not ended", shown(&open.name)));
    }
    for loss in snapshot.losses.iter().filter(|loss| loss.count > 0) {
        notes.push(format!("lost {}: {}", loss.what, loss.count));
    }
    notes
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", lines(&self.headline))?;
        let told = if self.told_in_drawing { &[][..] } else { &self.mismatches[..] };
        for mismatch in told.iter().take(MISMATCHES) {
            writeln!(f, "  ~ {}", lines(mismatch).to_string().replace('\n', "\n    "))?;
        }
        if told.len() > MISMATCHES {
            writeln!(f, "  … {} more", told.len() - MISMATCHES)?;
        }
        if !self.drawing.is_empty() {
            f.write_char('\n')?;
            for line in self.drawing.lines() {
                writeln!(f, "{}", format!("  {}", escape::line(line).cut(MAX_LINE)).trim_end())?;
            }
        }
        if !self.notes.is_empty() {
            f.write_char('\n')?;
        }
        for note in self.notes.iter().take(MISMATCHES) {
            writeln!(f, "note: {}", lines(note).to_string().replace('\n', "\n      "))?;
        }
        if self.notes.len() > MISMATCHES {
            writeln!(f, "… {} more notes", self.notes.len() - MISMATCHES)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Report {}
