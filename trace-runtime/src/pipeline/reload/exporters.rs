//! Exchanges the exporters that a file names for those of a later one.

use super::error::{ReloadError, failed, may_replace};
#[cfg(feature = "metrics")]
use super::readers::{ReaderChange, ReaderPlan};
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

/// A change none of whose exporters is made yet.
struct Plan<'a, T: Exported> {
    chosen: &'a Chosen<T>,
    /// The exporters that the file wants; those that stay have a queue.
    next: Vec<(&'a Output, Option<Arc<ExporterQueue<T>>>)>,
    leaving: Vec<Arc<ExporterQueue<T>>>,
}

impl FromFileExporters {
    /// Starts the exporters that a file adds, without giving them anything yet. Nothing is made before all signals
    /// may be changed.
    pub(super) fn prepare(
        &self,
        read: &FromFile,
        running: &Running,
    ) -> Result<Exchange, ReloadError> {
        let settings = &read.settings;
        let resource = &running.resource;
        let wanted = settings.spans.chosen.as_deref().unwrap_or_default();
        let spans = self.spans.as_ref();
        let spans =
            spans.map(|chosen| chosen.plan(wanted, running.queues.of_rest())).transpose()?;
        #[cfg(feature = "logs")]
        let logs = self.logs.as_ref().zip(running.logs.as_ref());
        #[cfg(feature = "logs")]
        let logs = logs
            .map(|(chosen, logs)| {
                let wanted = settings.logs.outputs.chosen.as_deref().unwrap_or_default();
                chosen.plan(wanted, logs.intake.exporters())
            })
            .transpose()?;
        #[cfg(feature = "metrics")]
        let readers = self.readers.as_deref().map(|it| ReaderPlan::new(it, read)).transpose()?;
        Ok(Exchange {
            spans: spans
                .map(|plan| plan.start(resource, |it| it.exporter.spans(&it.settings)))
                .transpose()?,
            #[cfg(feature = "logs")]
            logs: logs
                .map(|plan| plan.start(resource, |it| it.exporter.logs(&it.settings)))
                .transpose()?,
            #[cfg(feature = "metrics")]
            readers: readers.map(|plan| plan.start(read)).transpose()?,
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
    fn plan<'a>(
        &'a self,
        wanted: &'a [Output],
        set: &ExporterSet<T>,
    ) -> Result<Plan<'a, T>, ReloadError> {
        let mut left: Vec<&Started<T>> = self.started.iter().collect();
        let mut next = Vec::new();
        for output in wanted {
            let known = left.iter().position(|(known, _)| known == output);
            next.push((output, known.map(|at| left.remove(at).1.clone())));
        }
        let leaving: Vec<_> = left.into_iter().map(|(_, queue)| queue.clone()).collect();
        may_replace(leaving.len(), set.unfinished())?;
        Ok(Plan { chosen: self, next, leaving })
    }
}

impl<T: Exported> Plan<'_, T> {
    fn start(
        self,
        resource: &Resource,
        make: impl Fn(&Output) -> Result<Box<dyn Exporter<T>>, InitError>,
    ) -> Result<Change<T>, ReloadError> {
        let mut joining = Vec::new();
        let mut next = Vec::new();
        for (output, queue) in self.next {
            let queue = match queue {
                Some(queue) => queue,
                None => {
                    let exporter = make(output).map_err(failed)?;
                    let mut queue =
                        self.chosen.queue.clone().unwrap_or_else(|| output.queue.clone());
                    queue.max_bytes.get_or_insert(self.chosen.max_bytes);
                    let queue = ExporterQueue::spawn(exporter, &queue, resource);
                    let queue = Arc::new(queue.map_err(InitError::Thread).map_err(failed)?);
                    joining.push(queue.clone());
                    queue
                }
            };
            next.push((output.clone(), queue));
        }
        Ok(Change { next, leaving: self.leaving, joining })
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
