//! Exchanges the exporters of metrics that a file names for those of a later one.
//!
//! The SDK's meter provider keeps the readers with which it was built, and each instrument the temporality that its
//! reader had then. So a reader stays, and another exporter is put behind it.

use super::error::{ReloadError, failed, may_replace};
use crate::config::ReaderSettings;
use crate::config::file::FromFile;
use crate::error::{ConfigurationError, InitError};
use crate::export::reader::{PreparedPush, PushWatch};
use crate::pipeline::chosen::ChosenReader;

/// What another file makes of the readers.
pub(super) struct ReaderChange(Vec<(ChosenReader, Step)>);

enum Step {
    Keep,
    Put(PreparedPush),
    Remove,
}

/// A change none of whose exporters is made yet.
pub(super) struct ReaderPlan<'a> {
    /// The readers; those that stay as they are have a step.
    changes: Vec<(ChosenReader, Option<Step>)>,
    added: Vec<&'a ReaderSettings>,
}

impl<'a> ReaderPlan<'a> {
    pub(super) fn new(readers: &[ChosenReader], read: &'a FromFile) -> Result<Self, ReloadError> {
        let wanted = read.settings.metrics.readers.as_deref().unwrap_or_default();
        let mut changes: Vec<(ChosenReader, Option<Step>)> =
            readers.iter().map(|reader| (reader.clone(), None)).collect();
        let mut added = Vec::new();
        for settings in wanted {
            let is_same = |(reader, step): &&mut (ChosenReader, Option<Step>)| {
                step.is_none() && reader.settings.as_ref() == Some(settings)
            };
            match changes.iter_mut().find(is_same) {
                Some((_, step)) => *step = Some(Step::Keep),
                None => added.push(settings),
            }
        }
        let leaving =
            changes.iter().filter(|(reader, step)| step.is_none() && reader.settings.is_some());
        let pushed = readers.iter().filter_map(|reader| reader.push.as_ref());
        may_replace(leaving.count(), pushed.map(PushWatch::unfinished).sum())?;
        Ok(Self { changes, added })
    }

    /// Starts the exporters that a file adds, without giving them anything yet.
    pub(super) fn start(self, read: &FromFile) -> Result<ReaderChange, ReloadError> {
        let Self { mut changes, added } = self;
        for settings in added {
            let made = settings.exporter.metrics(&settings.exporter_settings()).map_err(failed)?;
            let Some(exporter) = made else {
                let message = "pull readers are opened only at start-up";
                return Err(fixed(read, message));
            };
            let temporality = exporter.temporality().unwrap_or(settings.push.temporality);
            let fits = |(reader, step): &(ChosenReader, Option<Step>)| {
                let is_alike = reader.temporality == temporality;
                step.is_none() && reader.push.is_some() && is_alike
            };
            // One that has an exporter of the same name comes first.
            let is_named = |change: &(ChosenReader, Option<Step>)| {
                fits(change)
                    && change.0.settings.as_ref().is_some_and(|it| it.exporter == settings.exporter)
            };
            let at = changes.iter().position(is_named).or_else(|| changes.iter().position(fits));
            let Some((reader, step)) = at.map(|at| &mut changes[at]) else {
                let message = "the provider of metrics keeps the readers with which it began, and their \
                               temporality: another exporter takes the place of one, or one is removed";
                return Err(fixed(read, message));
            };
            let Some(push) = &reader.push else { continue };
            let prepared = push.prepare(exporter, settings.push.interval);
            *step = Some(Step::Put(prepared.map_err(InitError::Thread).map_err(failed)?));
            reader.settings = Some(settings.clone());
        }
        let mut steps = Vec::new();
        for (reader, step) in changes {
            let is_scraped = reader.push.is_none();
            let step = match step {
                Some(step) => step,
                None if is_scraped => {
                    let message = "pull readers stay as they were opened at start-up";
                    return Err(fixed(read, message));
                }
                None if reader.settings.is_none() => Step::Keep,
                None => Step::Remove,
            };
            steps.push((reader, step));
        }
        Ok(ReaderChange(steps))
    }
}

fn fixed(read: &FromFile, message: &str) -> ReloadError {
    let configuration = &read.loaded.configuration;
    let problem = match &configuration.meter_provider {
        Some(section) => read.loaded.unsupported(section.at, Some("readers"), message),
        None => read.loaded.unsupported(configuration.at, Some("meter_provider"), message),
    };
    ReloadError::Fixed(ConfigurationError::new(vec![problem]))
}

impl ReaderChange {
    /// Puts the exporters in the place of others; returns the readers.
    pub(super) fn apply(self) -> Vec<ChosenReader> {
        let apply = |(mut reader, step): (ChosenReader, Step)| {
            match (step, &reader.push) {
                (Step::Put(prepared), Some(push)) => push.put(prepared),
                (Step::Remove, Some(push)) => {
                    push.remove();
                    reader.settings = None;
                }
                _ => {}
            }
            reader
        };
        self.0.into_iter().map(apply).collect()
    }
}
