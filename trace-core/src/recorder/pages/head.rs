//! Defines the fixed-size part of a span.

use crate::context::{TraceFlags, TraceId};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::code::CodeAttributes;
use crate::site::SiteInfo;

/// Facts about a span, in [`Head::bits`].
pub(super) mod bits {
    use crate::recorder::record;

    /// The parent is a span of another process.
    pub(in super::super) const REMOTE_PARENT: u16 = 1;
    /// It began in parallel with its siblings.
    pub(in super::super) const PARALLEL: u16 = 2;
    /// There are attributes.
    pub(in super::super) const HAS_FIELDS: u16 = 4;
    /// A key may occur twice.
    pub(in super::super) const MAY_REPEAT: u16 = 8;
    /// There is a name among the items.
    pub(in super::super) const NAMED: u16 = 16;
    /// There is a `tracestate` among the items.
    pub(in super::super) const TRACE_STATE: u16 = 32;
    /// An event precedes one that was added before it.
    pub(in super::super) const EVENTS_OUT_OF_ORDER: u16 = 64;

    /// Returns the bits for the flags of a start record.
    #[inline]
    pub(in super::super) fn of_start(flags: u8) -> u16 {
        let remote = if flags & record::REMOTE_PARENT != 0 { REMOTE_PARENT } else { 0 };
        let parallel = if flags & record::PARALLEL != 0 { PARALLEL } else { 0 };
        remote | parallel
    }
}

/// The code of a status, whose description is an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusCode {
    Unset,
    Ok,
    Error,
}

/// The data that every span has, and the place of its items.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// The high and the low half.
    pub(super) trace_id: [u64; 2],
    pub(super) serial: u64,
    /// The serial of the parent; 0 without one.
    pub(super) parent: u64,
    pub(super) site: &'static SiteInfo,
    pub(super) start_unix_nanos: u64,
    /// 0 until the span has ended.
    pub(super) end_unix_nanos: u64,
    pub(super) order: u64,
    pub(super) capture: u32,
    /// The first word of its items.
    pub(super) at: u32,
    /// The number of words of its items.
    pub(super) len: u32,
    pub(super) events: u32,
    pub(super) links: u32,
    pub(super) dropped_attributes: u32,
    pub(super) dropped_events: u32,
    pub(super) dropped_links: u32,
    pub(super) trace_flags: TraceFlags,
    /// The route to exporters; 0: that of all others.
    pub(super) route: u8,
    pub(super) kind: SpanKind,
    pub(super) outcome: Outcome,
    pub(super) status: StatusCode,
    pub(super) bits: u16,
}

impl Head {
    /// Returns the trace.
    #[inline]
    pub(super) fn trace_id(&self) -> TraceId {
        trace_id(self.trace_id)
    }

    /// Returns whether it has no parent in this process.
    #[inline]
    pub(super) fn is_local_root(&self) -> bool {
        self.parent == 0 || self.bits & bits::REMOTE_PARENT != 0
    }
}

/// Returns the trace with these halves, high and low.
#[inline]
pub(super) fn trace_id([high, low]: [u64; 2]) -> TraceId {
    TraceId::from_u128(u128::from(high) << 64 | u128::from(low))
}

/// Returns the flags in the lowest byte, without the one that W3C does not define.
pub(super) fn exported_flags(word: u64) -> TraceFlags {
    TraceFlags::new(word as u8).without(TraceFlags::DEBUG)
}

/// The settings that all spans of a page share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// The number of attributes of each span that are shown.
    pub(super) attribute_limit: u32,
    pub(super) code: CodeAttributes,
}
