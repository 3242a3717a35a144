//! Holds a span of `tracing` between its start and its end, readable by all threads without a lock.

use super::layer::Subject;
use crate::context::{Baggage, Current, SpanContext, TraceState, bits};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::attached::{Attached, attach_serial, attach_shared};
use crate::recorder::finish::Finish;
use crate::recorder::late;
use crate::recorder::start::{self, Lineage};
use crate::recorder::task;
use crate::sampler::Initial;
use crate::site::Site;
use crate::value::Value;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The properties of a span beside its capture, its flags and its bits.
const RECORDING: u64 = 1 << 48;
const WAS_PANICKING: u64 = 1 << 49;
const HAS_REST: u64 = 1 << 50;
/// Its capture, its flags and its bits, except the bit that describes a thread.
const OF_TRACE: u64 =
    ((1 << 48) - 1 - ((bits::IN_STEP as u64) << 40)) | (7 << LEVEL_SHIFT) | (0xff << ROUTE_SHIFT);
/// The position of the level that is on for the request, in three bits, and of the route.
const LEVEL_SHIFT: u32 = 51;
const ROUTE_SHIFT: u32 = 54;

/// A slot for a span between its start and its end, in words.
///
/// The words themselves do not order accesses. Ordering comes from outside: a thread that reads the
/// slot has learned from another one that the span is here, and the thread that ends the span, that
/// no other thread still reads it. A read at the wrong time finds no span, or words of two, and
/// harms no memory.
#[derive(Debug, Default)]
pub struct SharedSpan {
    trace: [AtomicU64; 2],
    /// 0: no span is here.
    serial: AtomicU64,
    traits: AtomicU64,
    /// The tick at which it was last left; 0: never.
    left: AtomicU64,
    /// State that few spans have.
    rest: Mutex<Option<(Option<TraceState>, Baggage)>>,
}

impl SharedSpan {
    /// Starts a span in this slot, which must be empty; the span does not become current. `false`:
    /// nothing is recorded, and no other code needs to be notified.
    #[inline]
    pub fn start(
        &self,
        site: &'static Site,
        kind: SpanKind,
        name: Option<&str>,
        lineage: Lineage<'_>,
        values: &[Value<'_>],
    ) -> bool {
        if let (Lineage::Current, None) = (lineage, name) {
            let put = |trace: &Current, serial, recording| {
                self.put(trace, serial, recording, false);
            };
            if start::start_child(site, kind, values, put).is_some() {
                return true;
            }
        }
        self.start_anywhere(site, kind, name, lineage, values)
    }

    fn start_anywhere(
        &self,
        site: &'static Site,
        kind: SpanKind,
        name: Option<&str>,
        lineage: Lineage<'_>,
        values: &[Value<'_>],
    ) -> bool {
        let initial = Initial { name, values, ..Initial::default() };
        let started = task::start_span(site, kind, initial, lineage, false, None);
        let Some((context, recording)) = started else { return false };
        if let (true, Some(name)) = (recording, name) {
            late::name(context.serial, Value::Str(name));
        }
        self.put(&context, context.serial, recording, std::thread::panicking());
        if self.traits.load(Relaxed) & HAS_REST != 0 {
            *self.rest() = Some((context.trace_state, context.baggage));
        }
        true
    }

    /// Stores the words of a span: of this context, except for its serial.
    #[inline]
    fn put(&self, context: &Current, serial: u64, recording: bool, was_panicking: bool) {
        // All fields are named, so that none is forgotten. The version is known to the collector.
        let Current {
            trace_id,
            serial: _,
            capture,
            flags,
            bits,
            level,
            route,
            version: _,
            ref trace_state,
            ref baggage,
        } = *context;
        let has_rest = trace_state.is_some() || !baggage.is_empty();
        let traits = u64::from(capture)
            | u64::from(flags) << 32
            | u64::from(bits & !bits::IN_STEP) << 40
            | u64::from(level) << LEVEL_SHIFT
            | u64::from(route) << ROUTE_SHIFT
            | if recording { RECORDING } else { 0 }
            | if was_panicking { WAS_PANICKING } else { 0 }
            | if has_rest { HAS_REST } else { 0 };
        self.trace[0].store(trace_id as u64, Relaxed);
        self.trace[1].store((trace_id >> 64) as u64, Relaxed);
        self.traits.store(traits, Relaxed);
        self.left.store(0, Relaxed);
        self.serial.store(serial, Relaxed);
    }

    /// Ends the span in this slot, if there is one, at the tick at which it was last left.
    #[inline]
    pub fn end(&self) {
        let (serial, traits) = (self.serial.load(Relaxed), self.traits.load(Relaxed));
        if serial == 0 {
            return;
        }
        self.serial.store(0, Relaxed);
        if traits & HAS_REST != 0 {
            *self.rest() = None;
        }
        let mut finish = Finish::new(serial, traits & RECORDING != 0);
        if traits & WAS_PANICKING == 0 && std::thread::panicking() {
            finish.set_outcome(Outcome::Panic);
        }
        let left = self.left.load(Relaxed);
        finish.end_at((left != 0).then_some(left));
    }

    fn rest(&self) -> MutexGuard<'_, Option<(Option<TraceState>, Baggage)>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trace_id(&self) -> u128 {
        let [low, high] = [0, 1].map(|half| u128::from(self.trace[half].load(Relaxed)));
        low | high << 64
    }

    #[inline]
    fn current(&self) -> Option<Current> {
        let serial = self.serial.load(Relaxed);
        if serial == 0 {
            return None;
        }
        let traits = self.traits.load(Relaxed);
        let (trace_state, baggage) = match traits & HAS_REST {
            0 => (None, Baggage::new()),
            _ => self.rest().clone()?,
        };
        Some(Current {
            trace_id: self.trace_id(),
            serial,
            capture: traits as u32,
            flags: (traits >> 32) as u8,
            bits: (traits >> 40) as u8,
            level: (traits >> LEVEL_SHIFT) as u8 & 7,
            route: (traits >> ROUTE_SHIFT) as u8,
            version: 0,
            trace_state,
            baggage,
        })
    }

    /// Returns the identity of the span.
    pub fn context(&self) -> Option<SpanContext> {
        self.current().map(|context| context.context())
    }

    /// Makes the span current on this thread; returns its serial, which is unique in the process.
    #[inline]
    pub fn enter(&self) -> Option<(u64, Attached)> {
        let (serial, traits) = (self.serial.load(Relaxed), self.traits.load(Relaxed));
        let is_same = |current: &Current| {
            let of_trace = u64::from(current.capture)
                | u64::from(current.flags) << 32
                | u64::from(current.bits & !bits::IN_STEP) << 40
                | u64::from(current.level) << LEVEL_SHIFT
                | u64::from(current.route) << ROUTE_SHIFT;
            traits & (OF_TRACE | HAS_REST) == of_trace
                && current.trace_id == self.trace_id()
                && current.trace_state.is_none()
                && current.baggage.is_empty()
        };
        if serial != 0
            && let Some(attached) = attach_serial(serial, is_same)
        {
            return Some((serial, attached));
        }
        self.current().map(|context| (context.serial, attach_shared(context)))
    }

    /// Leaves the span; unless it is entered again, this is its end. Returns its serial.
    #[inline]
    pub fn leave(&self) -> Option<u64> {
        let serial = self.serial.load(Relaxed);
        if serial != 0 && self.traits.load(Relaxed) & RECORDING != 0 {
            self.left.store(late::tick(serial), Relaxed);
        }
        (serial != 0).then_some(serial)
    }

    /// Returns the span for additions; `None`: it is not recorded.
    #[inline]
    pub fn subject(&self) -> Option<Subject> {
        let serial = self.serial.load(Relaxed);
        (serial != 0 && self.traits.load(Relaxed) & RECORDING != 0).then(|| Subject::of(serial))
    }
}

impl Drop for SharedSpan {
    fn drop(&mut self) {
        self.end();
    }
}
