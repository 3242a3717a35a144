//! Models what must be current, as a list.

use trace_runtime::propagation::{SpanId, TraceId};

/// A span, by its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    /// The capture in which it is current.
    pub(crate) capture: usize,
}

/// No span in a capture.
pub(crate) fn ground(capture: usize) -> Spot {
    Spot { trace: TraceId::from_u128(0), span: SpanId::INVALID, capture }
}

/// What something makes current.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) key: usize,
    pub(crate) span: Option<Spot>,
    pub(crate) baggage: Option<u8>,
}

/// What was made current, the last one last.
#[derive(Debug)]
pub(crate) struct Model {
    made: Vec<Made>,
    capture: usize,
}

impl Model {
    /// In this capture, in which nothing is current.
    pub(crate) fn new(capture: usize) -> Self {
        Self { made: Vec::new(), capture }
    }

    pub(crate) fn push(&mut self, made: Made) {
        self.made.push(made);
    }

    pub(crate) fn remove(&mut self, key: usize) {
        self.made.retain(|made| made.key != key);
    }

    /// Takes out what was made after `key`.
    pub(crate) fn take_since(&mut self, key: usize) -> Vec<Made> {
        self.made.extract_if(.., |made| made.key > key).collect()
    }

    pub(crate) fn span(&self) -> Spot {
        let span = self.made.iter().rev().find_map(|made| made.span);
        span.unwrap_or(ground(self.capture))
    }

    pub(crate) fn baggage(&self) -> u8 {
        self.made.iter().rev().find_map(|made| made.baggage).unwrap_or(0)
    }
}
