//! Formats the message of a failed assertion.

use crate::names::shown;
use crate::runtime::escape::{self, lines};
use crate::source::{Home, Snapshot};
use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The longest line of a drawing, in characters; longer ones are cut.
const MAX_LINE: usize = 4_096;
/// How many mismatches, and how many notes, are shown; the rest is counted.
const MISMATCHES: usize = 100;

/// The message of a failed assertion: every mismatch, a drawing of what was recorded, and notes.
///
/// An assertion panics with it; its `try_` twin returns it. `Display` and `Debug` print the same
/// text, so `unwrap` shows it too. Control characters are escaped, and lines of the drawing are cut
/// at 4,096 characters.
///
/// ```
/// use trace_testkit::Report;
///
/// let report = Report::new("span `charge` is not as expected")
///     .with_mismatch(r#""amount": expected 7, is 8"#)
///     .with_note("it was recorded by checkout 1.2.0");
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
    /// Whether the drawing lists the mismatches too.
    listed_in_drawing: bool,
    notes: Vec<String>,
}

impl Report {
    /// Creates a report with this headline.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), ..Self::default() }
    }

    /// Adds a mismatch: one sentence on what differs.
    #[must_use]
    pub fn with_mismatch(mut self, mismatch: impl Into<String>) -> Self {
        self.mismatches.push(mismatch.into());
        self
    }

    /// Adds several mismatches.
    #[must_use]
    pub fn with_mismatches(mut self, mismatches: impl IntoIterator<Item = String>) -> Self {
        self.mismatches.extend(mismatches);
        self
    }

    /// Shows this text, indented, below the mismatches.
    #[must_use]
    pub fn with_drawing(mut self, drawing: impl Into<String>) -> Self {
        self.drawing = drawing.into();
        self
    }

    /// Shows this text, which replaces the mismatches if it lists all of them.
    pub(crate) fn with_complete_drawing(mut self, drawing: String, lists_all: bool) -> Self {
        self.listed_in_drawing = lists_all;
        self.with_drawing(drawing)
    }

    /// Adds a hint at the end.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds notes that explain missing telemetry: orphans, open spans and losses.
    #[must_use]
    pub fn with_explanations(mut self, snapshot: &Snapshot) -> Self {
        self.notes.extend(explanations(snapshot));
        self
    }

    /// Returns the mismatches, one sentence each.
    #[must_use]
    pub fn mismatches(&self) -> &[String] {
        &self.mismatches
    }

    /// Fails the test, at the caller's line.
    #[track_caller]
    pub(crate) fn fail(&self) -> ! {
        if ATTEMPTING.get() {
            // Without running the panic hook, which would print it.
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
        let listed = if self.listed_in_drawing { &[][..] } else { &self.mismatches[..] };
        for mismatch in listed.iter().take(MISMATCHES) {
            writeln!(f, "  ~ {}", lines(mismatch).to_string().replace('\n', "\n    "))?;
        }
        if listed.len() > MISMATCHES {
            writeln!(f, "  … {} more", listed.len() - MISMATCHES)?;
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
