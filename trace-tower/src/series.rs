//! Binds instruments to the labels of requests: a request looks up its labels once, and each
//! measurement is little more than an addition.

use crate::conventions::Side;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, BoundUpDownCounter, Histogram, UpDownCounter};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Series beyond these are looked up by the SDK, which has a separate limit (2,000 by default).
const MOST: usize = 1024;

/// The labels of one request. They have few values, whatever clients send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Labels {
    pub(crate) side: Side,
    pub(crate) is_grpc: bool,
    pub(crate) method: &'static str,
    pub(crate) scheme: &'static str,
    /// The route, the template, or the method of an RPC.
    pub(crate) target: Option<&'static str>,
    pub(crate) version: Option<&'static str>,
    pub(crate) status: Option<u16>,
    /// The code of an RPC.
    pub(crate) code: Option<&'static str>,
    pub(crate) server: Option<(Arc<str>, Option<u16>)>,
    pub(crate) failure: Option<Cow<'static, str>>,
}

impl Labels {
    fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(8);
        let mut put = |key: &'static str, value: Option<opentelemetry::Value>| {
            attributes.extend(value.map(|value| KeyValue::new(key, value)));
        };
        if self.is_grpc {
            put("rpc.system.name", Some("grpc".into()));
            put("rpc.method", Some(self.target.unwrap_or("_OTHER").into()));
            put("rpc.response.status_code", self.code.map(Into::into));
        } else {
            put("http.request.method", Some(self.method.into()));
            put("url.scheme", Some(self.scheme.into()));
            let key = match self.side {
                Side::Server => "http.route",
                Side::Client => "url.template",
            };
            put(key, self.target.map(Into::into));
            put("network.protocol.version", self.version.map(Into::into));
            put("http.response.status_code", self.status.map(|status| i64::from(status).into()));
        }
        if let Some((address, port)) = &self.server {
            put("server.address", Some(address.clone().into()));
            put("server.port", port.map(|port| i64::from(port).into()));
        }
        put("error.type", self.failure.clone().map(Into::into));
        attributes
    }
}

/// An instrument that may be bound to the attributes of a series.
#[derive(Default)]
struct Slot<T>(OnceLock<BoundHistogram<T>>);

/// A series: the requests with the same labels.
#[derive(Default)]
pub(crate) struct Series {
    attributes: Vec<KeyValue>,
    /// Kept for later requests; others are not bound.
    is_kept: bool,
    duration: Slot<f64>,
    request_size: Slot<u64>,
    response_size: Slot<u64>,
}

impl Series {
    pub(crate) fn passing(labels: &Labels) -> Self {
        Self { attributes: labels.attributes(), ..Self::default() }
    }

    pub(crate) fn record_duration(&self, instrument: &Histogram<f64>, seconds: f64) {
        match self.is_kept {
            true => self.duration.of(instrument, &self.attributes).record(seconds),
            false => instrument.record(seconds, &self.attributes),
        }
    }

    pub(crate) fn record_request_size(&self, instrument: &Histogram<u64>, bytes: u64) {
        self.record_size(&self.request_size, instrument, bytes);
    }

    pub(crate) fn record_response_size(&self, instrument: &Histogram<u64>, bytes: u64) {
        self.record_size(&self.response_size, instrument, bytes);
    }

    fn record_size(&self, slot: &Slot<u64>, instrument: &Histogram<u64>, bytes: u64) {
        match self.is_kept {
            true => slot.of(instrument, &self.attributes).record(bytes),
            false => instrument.record(bytes, &self.attributes),
        }
    }
}

impl<T> Slot<T> {
    // A bound instrument may be exported before it has measured anything, so it is bound at the first.
    fn of(&self, instrument: &Histogram<T>, attributes: &[KeyValue]) -> &BoundHistogram<T> {
        self.0.get_or_init(|| instrument.bind(attributes))
    }
}

/// The series so far.
#[derive(Default)]
pub(crate) struct SeriesMap {
    ended: RwLock<HashMap<Labels, Arc<Series>>>,
    active: RwLock<HashMap<[&'static str; 2], BoundUpDownCounter<i64>>>,
}

impl SeriesMap {
    // HOT: every request looks this up.
    pub(crate) fn find(&self, labels: Labels) -> Arc<Series> {
        let known = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(&labels) {
            return series.clone();
        }
        drop(known);
        self.remember(labels)
    }

    #[cold]
    fn remember(&self, labels: Labels) -> Arc<Series> {
        let mut known = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        let is_kept = known.len() < MOST;
        let series = Arc::new(Series { is_kept, ..Series::passing(&labels) });
        match is_kept {
            true => known.entry(labels).or_insert(series).clone(),
            false => series,
        }
    }

    /// Methods and schemes are known ones, of which there are few.
    pub(crate) fn add_active(
        &self,
        instrument: &UpDownCounter<i64>,
        number: i64,
        of: [&'static str; 2],
    ) {
        let known = self.active.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(active) = known.get(&of) {
            return active.add(number);
        }
        drop(known);
        let bound = instrument.bind(&active_attributes(of));
        bound.add(number);
        self.active.write().unwrap_or_else(PoisonError::into_inner).insert(of, bound);
    }
}

impl fmt::Debug for SeriesMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeriesMap").finish_non_exhaustive()
    }
}

/// Those of the requests under way, by method and scheme.
pub(crate) fn active_attributes([method, scheme]: [&'static str; 2]) -> [KeyValue; 2] {
    [KeyValue::new("http.request.method", method), KeyValue::new("url.scheme", scheme)]
}
