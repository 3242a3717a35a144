//! Measures one request.

use crate::ends::End;
use crate::metrics::Metrics;
use crate::operation::Operation;
use crate::provider::Instruments;
use crate::runtime::runtime::amount::Amount;
use crate::runtime::runtime::instruments::AttributeSet;
use crate::runtime::runtime::recorder::metered::metering;
use crate::runtime::runtime::recorder::stopwatch::Stopwatch;
use std::sync::Arc;
use std::time::Instant;

/// A request that is being measured, and counted as active until its end.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) operation: Operation,
    pub(crate) end: End,
    /// The size of the request's body, if known beforehand.
    request_size: Option<u64>,
    /// The size of the response body; `None` if unknown or measured.
    pub(crate) response_size: Option<u64>,
    by: Option<By>,
    is_active: bool,
}

/// The way in which a request is measured, from its beginning to its end.
#[derive(Debug)]
enum By {
    /// Through the ring, like `#[metered]` functions.
    Pipeline(Stopwatch),
    /// Where no pipeline measures.
    Provider(Arc<Instruments>, Instant),
}

impl By {
    // HOT: a pipeline measures.
    #[inline]
    fn now(operation: &Operation) -> Option<Self> {
        if metering() {
            Stopwatch::start().map(Self::Pipeline)
        } else {
            Some(Self::Provider(Instruments::current(operation.side), Instant::now()))
        }
    }
}

impl Measured {
    pub(crate) fn begin(operation: Operation, end: End, request_size: Option<u64>) -> Self {
        let by = By::now(&operation);
        let response_size = Some(0);
        let measured = Self { operation, end, request_size, response_size, by, is_active: true };
        measured.add_active(1);
        measured
    }

    /// Measures what has not been measured: duration and request size, and if the response `is_whole`,
    /// its size too.
    pub(crate) fn end(&mut self, is_whole: bool) {
        let has_ended = std::mem::take(&mut self.is_active);
        let is_http = !self.operation.is_grpc;
        let has_answer = is_http && is_whole && self.end.status.is_some();
        let answer = if has_answer { self.response_size.take() } else { None };
        if !has_ended && answer.is_none() || self.by.is_none() {
            return;
        }
        let attributes = self.operation.attributes(&self.end);
        if has_ended {
            self.add_active(-1);
            self.record_duration(attributes);
            if let (true, Some(size)) = (is_http, self.request_size) {
                self.record_request_size(size, attributes);
            }
        }
        if let Some(size) = answer {
            self.record_response_size(size, attributes);
        }
    }

    fn metrics(&self) -> &'static Metrics {
        Metrics::of(self.operation.side)
    }

    fn add_active(&self, number: i64) {
        // The conventions have no such metric for RPCs.
        let Some(active) = self.metrics().active.as_ref().filter(|_| !self.operation.is_grpc)
        else {
            return;
        };
        let of = self.operation.active;
        match &self.by {
            Some(By::Pipeline(watch)) => watch.record(active, of, Amount::I64(number)),
            Some(By::Provider(instruments, _)) => instruments.add_active(number, of),
            None => {}
        }
    }

    fn record_duration(&self, of: AttributeSet) {
        let is_grpc = self.operation.is_grpc;
        match &self.by {
            Some(By::Pipeline(watch)) => {
                let Metrics { duration, rpc_duration, .. } = self.metrics();
                let duration = if is_grpc { rpc_duration } else { duration };
                watch.record(duration, of, Amount::F64(watch.seconds()));
            }
            Some(By::Provider(instruments, began)) => {
                instruments.record_duration(is_grpc, began.elapsed().as_secs_f64(), of);
            }
            None => {}
        }
    }

    fn record_request_size(&self, bytes: u64, of: AttributeSet) {
        match &self.by {
            Some(By::Pipeline(watch)) => {
                watch.record(&self.metrics().request_size, of, Amount::U64(bytes));
            }
            Some(By::Provider(instruments, _)) => instruments.record_request_size(bytes, of),
            None => {}
        }
    }

    fn record_response_size(&self, bytes: u64, of: AttributeSet) {
        match &self.by {
            Some(By::Pipeline(watch)) => {
                watch.record(&self.metrics().response_size, of, Amount::U64(bytes));
            }
            Some(By::Provider(instruments, _)) => instruments.record_response_size(bytes, of),
            None => {}
        }
    }
}
