//! Prints each trace as a tree.

use super::output::{Colors, Output};
use super::pending::{Pending, Story};
use super::style;
use crate::export::tree::{Line, Role, TreeOptions, layout};
use crate::export::{ExportError, Exporter, FinishedSpan};
use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

/// Prints each trace as a tree, on stderr by default.
///
/// A trace is printed when its local root has ended and its children have come. Spans that outlive the
/// root are printed later, as another part. A root that runs for long does not delay output
/// for ever: the spans that have ended by then are printed as an earlier part.
///
/// ```
/// use trace_runtime::export::{Colors, ConsoleExporter};
///
/// let console = ConsoleExporter::builder()
///     .with_writer(std::io::stdout())
///     .with_colors(Colors::Never)
///     .build();
/// ```
pub struct ConsoleExporter {
    output: Output,
    colors: Colors,
    options: TreeOptions,
    pending: Pending,
    /// Spans that could not be printed and are not yet reported.
    lost: usize,
}

impl ConsoleExporter {
    /// Returns an exporter with the defaults: on stderr, with colours where the terminal supports them.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder.
    pub fn builder() -> ConsoleBuilder {
        ConsoleBuilder {
            output: Output::Stderr,
            colors: Colors::default(),
            options: TreeOptions::default(),
            max_wait: Duration::from_secs(30),
            max_spans: 20_000,
        }
    }

    /// Prints stories; returns `Err` if that failed, for `lost` spans of this and of earlier batches.
    fn tell(&mut self, stories: Vec<Story>) -> Result<(), String> {
        let mut result = Ok(());
        for story in stories {
            let spans: Vec<FinishedSpan<'_>> = story.spans.iter().collect();
            let mut text = String::new();
            style::write_line(&mut text, &headline(&story));
            for line in layout(&spans, &self.options) {
                style::write_line(&mut text, &line);
            }
            text.push('\n');
            if let Err(error) = self.output.write(&text, self.colors) {
                self.lost += story.spans.len();
                result = Err(format!("cannot print: {error}"));
            }
        }
        result
    }

    /// Returns the error for spans that could not be printed, at most as many as the batch has; the rest,
    /// held back from earlier batches, is reported when nothing is exported.
    fn report_lost(&mut self, most: usize, cause: String) -> ExportError {
        let lost = self.lost.min(most);
        self.lost -= lost;
        ExportError::partial(lost, cause)
    }
}

/// Returns the line above a tree.
fn headline(story: &Story) -> Line {
    let mut line = Line::default();
    line.push(Role::Quiet, format!("trace {}", story.trace_id));
    let failed = story.spans.iter().filter(|span| span.is_error()).count();
    if let Some(note) = &story.note {
        line.push(Role::Quiet, format!("  {note}"));
    }
    let count = story.spans.len();
    line.push(Role::Quiet, format!("  {count} span{}", if count == 1 { "" } else { "s" }));
    if failed > 0 {
        line.push(Role::Quiet, ", ");
        line.push(Role::Error, format!("{failed} failed"));
    }
    line
}

impl Exporter for ConsoleExporter {
    fn name(&self) -> Cow<'static, str> {
        "console".into()
    }

    fn max_delay(&self) -> Option<Duration> {
        Some(Duration::from_millis(50))
    }

    fn wake_at(&self) -> Option<Instant> {
        self.pending.next_due()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let now = Instant::now();
        for &span in batch {
            self.pending.add(span, now);
        }
        let stories = self.pending.take_due(now);
        let most = if batch.is_empty() { usize::MAX } else { batch.len() };
        self.tell(stories).map_err(|cause| self.report_lost(most, cause))
    }

    fn force_flush(&mut self) -> Result<(), ExportError> {
        let stories = self.pending.take_all();
        let told = self.tell(stories);
        let told = match told {
            Ok(()) if self.lost > 0 => Err("cannot print".to_owned()),
            told => told,
        };
        told.map_err(|cause| self.report_lost(usize::MAX, cause))
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.force_flush()
    }
}

impl Default for ConsoleExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConsoleExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleExporter")
            .field("colors", &self.colors)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Configures a [`ConsoleExporter`].
#[must_use = "nothing happens until `build` is called"]
pub struct ConsoleBuilder {
    output: Output,
    colors: Colors,
    options: TreeOptions,
    max_wait: Duration,
    max_spans: usize,
}

impl ConsoleBuilder {
    /// Prints to a writer instead of stderr.
    pub fn with_writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.output = Output::Writer(Box::new(writer));
        self
    }

    /// Sets whether the tree has colours.
    pub fn with_colors(mut self, colors: Colors) -> Self {
        self.colors = colors;
        self
    }

    /// Sets how a tree is laid out.
    pub fn with_options(mut self, options: TreeOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the time that spans wait for their root before they are printed without it; 30 s by default.
    pub fn with_max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Sets the number of spans that wait for their roots in all; beyond that, the oldest trace is printed
    /// without its root. 20,000 by default.
    pub fn with_max_spans(mut self, spans: usize) -> Self {
        self.max_spans = spans;
        self
    }

    /// Builds the exporter.
    pub fn build(self) -> ConsoleExporter {
        ConsoleExporter {
            output: self.output,
            colors: self.colors,
            options: self.options,
            pending: Pending::new(self.max_wait, self.max_spans),
            lost: 0,
        }
    }
}

impl fmt::Debug for ConsoleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleBuilder")
            .field("colors", &self.colors)
            .field("options", &self.options)
            .field("max_wait", &self.max_wait)
            .field("max_spans", &self.max_spans)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "spans_tests.rs"]
mod tests;
