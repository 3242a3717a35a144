//! Measures one request.

use crate::ends::End;
use crate::metrics::Metric;
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

    fn seconds(&self) -> f64 {
        match self {
            Self::Pipeline(watch) => watch.seconds(),
            Self::Provider(_, began) => began.elapsed().as_secs_f64(),
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
        let Some(by) = &self.by else { return };
        if !has_ended && answer.is_none() {
            return;
        }
        let attributes = self.operation.attributes(&self.end);
        if has_ended {
            self.add_active(-1);
            let duration = if is_http { Metric::Duration } else { Metric::RpcDuration };
            self.record(duration, Amount::F64(by.seconds()), attributes);
            if let (true, Some(size)) = (is_http, self.request_size) {
                self.record(Metric::RequestSize, Amount::U64(size), attributes);
            }
        }
        if let Some(size) = answer {
            self.record(Metric::ResponseSize, Amount::U64(size), attributes);
        }
    }

    fn add_active(&self, number: i64) {
        // The conventions have no such metric for RPCs.
        if !self.operation.is_grpc {
            self.record(Metric::Active, Amount::I64(number), self.operation.active);
        }
    }

    fn record(&self, metric: Metric, amount: Amount, of: AttributeSet) {
        match (&self.by, metric.of(self.operation.side)) {
            (Some(By::Pipeline(watch)), Some(instrument)) => watch.record(instrument, of, amount),
            (Some(By::Provider(instruments, _)), _) => instruments.record(metric, amount, of),
            (Some(By::Pipeline(_)), None) | (None, _) => {}
        }
    }
}
