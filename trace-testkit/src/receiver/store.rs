//! Stores the requests that a receiver got, and the answers that it gives next.

use super::answer::Answer;
use super::arrange;
use super::payload::Items;
use super::request::Request;
use crate::model::{LogData, SpanData};
use crate::news::News;
use crate::script::Script;
use crate::source::{Accumulator, Snapshot, Source};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

#[derive(Debug, Default)]
pub(super) struct Store {
    state: Mutex<Received>,
    news: News,
    /// Rises when hanging requests may go on.
    released: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Received {
    spans: Vec<SpanData>,
    metrics: Accumulator,
    logs: Vec<LogData>,
    requests: Vec<Request>,
    broken: Vec<String>,
    script: Script<Answer>,
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, Received> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<R>(&self, change: impl FnOnce(&mut Received) -> R) -> R {
        let result = change(&mut self.lock());
        self.news.announce();
        result
    }

    /// Remembers a request; the number is for [`settle`](Self::settle).
    pub(super) fn note(&self, request: Request) -> usize {
        self.change(|state| {
            state.requests.push(request);
            state.requests.len() - 1
        })
    }

    /// Records why a request was refused, if it was.
    pub(super) fn settle(&self, number: usize, refused: Option<String>) {
        self.change(|state| {
            if let Some(request) = state.requests.get_mut(number) {
                request.refused = refused;
            }
        });
    }

    /// Keeps what a request contained, except the last `rejected` items.
    pub(super) fn take(&self, number: usize, mut items: Items, rejected: usize) {
        items.reject(rejected);
        self.change(|state| {
            if let Some(request) = state.requests.get_mut(number) {
                request.taken = items.count();
                request.refused = items.refused(rejected);
            }
            match items {
                Items::Spans(spans) => state.spans.extend(spans),
                Items::Metrics { metrics, .. } => state.metrics.add(metrics),
                Items::Logs(logs) => state.logs.extend(logs),
            }
        });
    }

    /// Remembers why a connection failed.
    pub(super) fn broken(&self, why: String) {
        self.change(|state| state.broken.push(why));
    }

    pub(super) fn broken_connections(&self) -> Vec<String> {
        self.lock().broken.clone()
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    pub(super) fn push_answer(&self, answer: Answer) {
        let times = answer.times;
        self.lock().script.push(answer, times);
    }

    pub(super) fn next_answer(&self) -> Answer {
        self.lock().script.next().unwrap_or_else(Answer::accept)
    }

    pub(super) fn respond_normally(&self) {
        self.lock().script.clear();
        self.released.send_modify(|generation| *generation += 1);
    }

    /// Returns a channel that changes when hanging requests may go on.
    pub(super) fn release(&self) -> watch::Receiver<u64> {
        self.released.subscribe()
    }
}

impl Source for Store {
    fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        let mut snapshot = Snapshot::default();
        snapshot.spans.clone_from(&state.spans);
        snapshot.metrics = state.metrics.metrics().to_vec();
        snapshot.logs.clone_from(&state.logs);
        drop(state);
        arrange::arrange(&mut snapshot.spans);
        snapshot
    }

    fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.news.wait(seen, deadline)
    }
}
