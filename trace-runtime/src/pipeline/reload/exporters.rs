//! Exchanges the exporters that a file names for those of a later one.

use super::ReloadError;
#[cfg(feature = "metrics")]
use super::readers::{ReaderChange, Readers};
use crate::config::Output;
use crate::config::file::FromFile;
use crate::error::InitError;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::export::{Exported, Exporter, ExporterQueue, ExporterSet, FinishedSpans};
use crate::pipeline::chosen::{Chosen, FromFileExporters, Started};
use crate::pipeline::running::Running;
use crate::recorder::suppress_this_thread;
use opentelemetry_sdk::Resource;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The time that an exporter has to send what it has when it is replaced or removed.
const DRAIN: Duration = Duration::from_secs(30);

/// Exporters that were replaced keep their threads until they have ended. Beyond this number of one signal,
/// none is replaced.
const MOST_UNFINISHED: usize = 16;

/// What another file makes of all exporters.
pub(super) struct Exchange {
    spans: Option<Change<FinishedSpans>>,
    #[cfg(feature = "logs")]
    logs: Option<Change<EmittedLog>>,
    #[cfg(feature = "metrics")]
    readers: Option<ReaderChange>,
}

/// What another file makes of the exporters of spans or log records.
struct Change<T: Exported> {
    next: Vec<Started<T>>,
    leaving: Vec<Arc<ExporterQueue<T>>>,
    joining: Vec<Arc<ExporterQueue<T>>>,
}

impl FromFileExporters {
    /// Starts the exporters that a file adds, without giving them anything yet.
    pub(super) fn prepare(
        &self,
        read: &FromFile,
        running: &Running,
    ) -> Result<Exchange, ReloadError> {
        let settings = &read.settings;
        let wanted = settings.spans.chosen.as_deref().unwrap_or_default();
        let resource = &running.resource;
        let spans = match &self.spans {
            Some(chosen) => {
                Some(chosen.prepare(wanted, running.queues.of_rest(), resource, |output| {
                    output.exporter.spans(&output.settings)
                })?)
            }
            None => None,
        };
        #[cfg(feature = "logs")]
        let logs = match (&self.logs, &running.logs) {
            (Some(chosen), Some(logs)) => {
                let wanted = settings.logs.outputs.chosen.as_deref().unwrap_or_default();
                let make = |output: &Output| output.exporter.logs(&output.settings);
                Some(chosen.prepare(wanted, logs.intake.exporters(), resource, make)?)
            }
            _ => None,
        };
        #[cfg(feature = "metrics")]
        let readers = match &self.readers {
            Some(readers) => Some(Readers(readers).prepare(read).map_err(|error| match error {
                Ok(fixed) => fixed,
                Err(error) => failed(error),
            })?),
            None => None,
        };
        Ok(Exchange {
            spans,
            #[cfg(feature = "logs")]
            logs,
            #[cfg(feature = "metrics")]
            readers,
        })
    }

    /// Puts exporters in the place of others.
    pub(super) fn exchange(&mut self, exchange: Exchange, running: &Running) {
        let deadline = Instant::now() + DRAIN;
        let mut retired = Retired::default();
        if let Some(change) = exchange.spans {
            let books = running.collector.books();
            let Change { next, leaving, joining } = change;
            running.queues.of_rest().exchange(&leaving, &joining, books.arrived(), deadline);
            drop(books);
            self.spans.iter_mut().for_each(|chosen| chosen.started.clone_from(&next));
            if !leaving.is_empty() {
                let queues = running.queues.clone();
                retired.0.push(Box::new(move || queues.of_rest().drain(&leaving, deadline)));
            }
        }
        #[cfg(feature = "logs")]
        if let (Some(change), Some(logs)) = (exchange.logs, &running.logs) {
            let Change { next, leaving, joining } = change;
            logs.intake.exchange(|exporters, arrived| {
                exporters.exchange(&leaving, &joining, arrived, deadline);
            });
            self.logs.iter_mut().for_each(|chosen| chosen.started.clone_from(&next));
            if !leaving.is_empty() {
                let logs = logs.clone();
                let drain = move || logs.intake.exporters().drain(&leaving, deadline);
                retired.0.push(Box::new(drain));
            }
        }
        #[cfg(feature = "metrics")]
        if let (Some(change), Some(readers)) = (exchange.readers, &mut self.readers) {
            *readers = change.apply();
        }
        retired.drain();
    }
}

impl<T: Exported> Chosen<T> {
    fn prepare(
        &self,
        wanted: &[Output],
        set: &ExporterSet<T>,
        resource: &Resource,
        make: impl Fn(&Output) -> Result<Box<dyn Exporter<T>>, InitError>,
    ) -> Result<Change<T>, ReloadError> {
        let mut left: Vec<&Started<T>> = self.started.iter().collect();
        let mut joining = Vec::new();
        let mut next = Vec::new();
        for output in wanted {
            let queue = match left.iter().position(|(known, _)| known == output) {
                Some(at) => left.remove(at).1.clone(),
                None => {
                    let exporter = make(output).map_err(failed)?;
                    let mut queue = self.queue.clone().unwrap_or_else(|| output.queue.clone());
                    queue.max_bytes.get_or_insert(self.max_bytes);
                    let queue = ExporterQueue::spawn(exporter, &queue, resource);
                    let queue = Arc::new(queue.map_err(InitError::Thread).map_err(failed)?);
                    joining.push(queue.clone());
                    queue
                }
            };
            next.push((output.clone(), queue));
        }
        let leaving: Vec<_> = left.into_iter().map(|(_, queue)| queue.clone()).collect();
        let count = set.unfinished();
        if count >= MOST_UNFINISHED && !leaving.is_empty() {
            return Err(ReloadError::Unfinished { count });
        }
        Ok(Change { next, leaving, joining })
    }
}

/// Returns the reason why a file with an exporter that cannot be made is refused.
pub(super) fn failed(error: InitError) -> ReloadError {
    match error {
        InitError::Configuration(error) => ReloadError::Invalid(error),
        error => ReloadError::Exporter(Arc::new(error)),
    }
}

/// What waits for exporters to end.
#[derive(Default)]
struct Retired(Vec<Box<dyn FnOnce() + Send>>);

impl Retired {
    /// Waits on a separate thread. Without one, exporters end all the same, and one that hangs keeps what it
    /// has.
    fn drain(self) {
        if self.0.is_empty() {
            return;
        }
        let thread = thread::Builder::new().name("trace-drain".to_owned());
        let _ = thread.spawn(move || {
            suppress_this_thread();
            self.0.into_iter().for_each(|drain| drain());
        });
    }
}
