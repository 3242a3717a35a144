//! Puts spans together from records: starts, ends, and whatever was said in between.
//!
//! Records of different rings arrive in any order. What names a span that is not known yet waits
//! for the next sweep; a span that has ended is closed one sweep later, so that what other threads
//! said of it still finds it.

use super::limits::{OpenLimits, SpanLimits};
use super::open::{NumberMap, Open};
use super::open_span::{OpenSpan, dropped_of, exported_flags, owned, read_link, set_status};
use crate::captures;
use crate::clock::Timebase;
use crate::context::{TraceFlags, TraceId, TraceState};
use crate::export::{FinishedEvent, FinishedSpan, Status};
use crate::outcome::Outcome;
use crate::recorder::fields::Fields;
use crate::recorder::ids;
#[cfg(feature = "metrics")]
use crate::recorder::measure::Ticks;
use crate::recorder::record::{self, OwnedRecord, Record};
use crate::recorder::ring_state::RingState;
use crate::recorder::words::Chunk;
use crate::site::{Site, SiteInfo};
use std::borrow::Cow;

/// What the records of a ring have said so far.
#[derive(Default)]
pub(crate) struct Strand {
    context: TraceContext,
    trail: RingState,
}

/// What the last context record of a ring said.
#[derive(Default)]
struct TraceContext {
    trace_id: TraceId,
    flags: TraceFlags,
    capture: u32,
    trace_state: Option<TraceState>,
}

/// What a record says of a span that starts.
struct Birth {
    site: &'static SiteInfo,
    serial: u64,
    parent: u64,
    flags: u8,
    tick: u64,
}

/// The parents of spans that were open when their pipeline ended, or that there was no room for, by
/// serial: calls among them will leave, and say no more than that (see `trail.rs`).
pub(crate) type Earlier = NumberMap<u64>;

/// What an open span takes at least: itself, and its places in two tables.
const SPAN_BYTES: usize = size_of::<Option<OpenSpan>>() + 64;
/// What an event or a link takes beside its words, in a list that may have room for another.
const ITEM_BYTES: usize = 2 * size_of::<FinishedEvent>();
/// Spans without memory whose parents are known, so that calls leave to the right one.
const MOST_EARLIER: usize = 1 << 19;

/// All spans between their start and their hand-over.
pub(crate) struct Assembler {
    limits: SpanLimits,
    open_limits: OpenLimits,
    open: Open<OpenSpan>,
    /// How many of them have not ended, and what they take.
    running: OpenLimits,
    earlier: Earlier,
    sites: NumberMap<&'static SiteInfo>,
    /// Serials of those that ended in this sweep, and in the one before.
    ended: Vec<u64>,
    closing: Vec<u64>,
    strays: Vec<OwnedRecord>,
    old_strays: Vec<OwnedRecord>,
    finished: Vec<FinishedSpan>,
    /// Starts seen since the beginning.
    pub(crate) started: u64,
    /// Starts beyond the limit of open spans, which are not among those.
    pub(crate) too_many: u64,
    /// Details whose span could not be found, or has no room for them.
    pub(crate) lost_details: u64,
}

impl Assembler {
    pub(crate) fn new(limits: SpanLimits, open_limits: OpenLimits, earlier: Earlier) -> Self {
        Self {
            limits,
            open_limits,
            open: Open::default(),
            running: OpenLimits { spans: 0, bytes: 0 },
            earlier,
            sites: NumberMap::default(),
            ended: Vec::new(),
            closing: Vec::new(),
            strays: Vec::new(),
            old_strays: Vec::new(),
            finished: Vec::new(),
            started: 0,
            too_many: 0,
            lost_details: 0,
        }
    }

    /// Spans that were started and not yet handed over.
    pub(crate) fn buffered(&self) -> u64 {
        (self.open.len() + self.finished.len()) as u64
    }

    /// Whether a further sweep would hand something over.
    pub(crate) fn is_settled(&self) -> bool {
        self.closing.is_empty()
            && self.ended.is_empty()
            && self.strays.is_empty()
            && self.old_strays.is_empty()
    }

    /// Takes one record; `strand` is that of its ring.
    pub(crate) fn record(&mut self, strand: &mut Strand, times: &Timebase, record: Record<'_>) {
        let mut reader = record.reader();
        match record.kind() {
            record::LEAVE.. => {
                let (tick, outcome) = record.left();
                let serial = self.left(strand);
                // The end of a span of an earlier pipeline is nobody's loss.
                self.end(times, serial, times.complete(tick), outcome);
            }
            record::ENTER..=record::ENTER_MOST => {
                // First, so that it is known whatever goes wrong with the rest.
                let (serial, parent) = strand.trail.enter();
                let (site, count) = record.entered();
                let site = self.site(site);
                let tick = reader.word();
                let birth = Birth { site, serial, parent, flags: site.kind as u8, tick };
                self.start(&strand.context, times, &birth, reader.site_chunk(count));
            }
            record::START => {
                let flags = record.flags();
                let site = reader.site();
                let (tick, serial, parent) = (reader.word(), reader.word(), reader.word());
                strand.trail.start(serial, flags & record::ENTERS != 0);
                let site = self.site(site);
                let birth = Birth { site, serial, parent, flags, tick };
                self.start(&strand.context, times, &birth, reader.site_chunk(record.count()));
            }
            record::PLACE => strand.trail.place(reader.word(), reader.word()),
            record::CONTEXT => {
                strand.trail.place(reader.word(), reader.word());
                let (high, low) = (reader.word(), reader.word());
                let flags = reader.word();
                strand.context = TraceContext {
                    trace_id: TraceId::from_u128(u128::from(high) << 64 | u128::from(low)),
                    flags: exported_flags(flags),
                    capture: (flags >> 32) as u32,
                    trace_state: (!reader.is_empty()).then(|| reader.text().into()),
                };
            }
            _ => {
                if !self.detail(times, record) {
                    self.strays.push(record.to_owned());
                }
            }
        }
    }

    /// The call that is current in a ring was left, so long after it was entered.
    #[cfg(feature = "metrics")]
    pub(crate) fn leave(&mut self, strand: &mut Strand, times: &Timebase, duration: Ticks) {
        let serial = self.left(strand);
        let start = self.open.get(serial).map_or(0, |open| open.start_tick);
        let (Ticks::Real(ticks) | Ticks::Virtual(ticks)) = duration;
        self.end(times, serial, start + ticks, Outcome::Ok);
    }

    /// The serial of the call that was left.
    fn left(&self, strand: &mut Strand) -> u64 {
        strand.trail.leave(|serial| match self.open.get(serial) {
            Some(open) => Some(open.parent),
            None => self.earlier.get(&serial).copied(),
        })
    }

    fn start(
        &mut self,
        context: &TraceContext,
        times: &Timebase,
        birth: &Birth,
        values: Chunk<'_>,
    ) {
        let Birth { site, serial, parent, flags, tick } = *birth;
        if self.is_crowded() || self.running.spans >= self.open_limits.spans {
            self.too_many += 1;
            if self.earlier.len() < MOST_EARLIER {
                self.earlier.insert(serial, parent);
            }
            return;
        }
        let bytes = SPAN_BYTES + Fields::bytes_beyond(values.word_count());
        self.running.spans += 1;
        self.running.bytes += bytes;
        let mut fields = Fields::default();
        fields.push(values);
        let remote = flags & record::REMOTE_PARENT != 0;
        let (start_mono, start_unix_nanos) = match captures::virtual_nanos(tick) {
            Some(nanos) => (0, nanos),
            None => (times.mono(tick), times.wall(times.mono(tick))),
        };
        self.started += 1;
        let span = FinishedSpan {
            trace_id: context.trace_id,
            span_id: ids::span_id_in(serial, context.capture),
            parent_span_id: ids::span_id_in(parent, if remote { 0 } else { context.capture }),
            parent_is_remote: remote,
            trace_flags: context.flags,
            trace_state: context.trace_state.clone(),
            site,
            name: Cow::Borrowed(site.name),
            kind: record::span_kind(flags),
            start_unix_nanos,
            end_unix_nanos: 0,
            status: Status::Unset,
            outcome: Outcome::Ok,
            events: Vec::new(),
            links: Vec::new(),
            dropped_attributes: dropped_of(flags, values),
            dropped_events: 0,
            dropped_links: 0,
            order: ids::count_of(serial).unwrap_or(tick),
            parallel: flags & record::PARALLEL != 0,
            capture: context.capture,
            fields,
        };
        self.open.insert(serial, OpenSpan { span, parent, start_tick: tick, start_mono, bytes });
    }

    fn site(&mut self, site: &'static Site) -> &'static SiteInfo {
        let address = std::ptr::from_ref(site) as u64;
        self.sites.entry(address).or_insert_with(|| site.info())
    }

    /// Whether what is open takes all the memory that there is for it.
    fn is_crowded(&self) -> bool {
        self.running.bytes >= self.open_limits.bytes
    }

    /// `false`: there is no such span.
    fn end(&mut self, times: &Timebase, serial: u64, tick: u64, outcome: Outcome) -> bool {
        let Some(open) = self.open.get_mut(serial) else {
            return self.earlier.remove(&serial).is_some();
        };
        open.end(times, tick, outcome);
        let bytes = std::mem::take(&mut open.bytes);
        if bytes > 0 {
            self.running.spans -= 1;
            self.running.bytes -= bytes;
        }
        self.ended.push(serial);
        true
    }

    /// Applies a record that names its span; `false` when there is no such span.
    fn detail(&mut self, times: &Timebase, record: Record<'_>) -> bool {
        let mut reader = record.reader();
        if record.kind() == record::END {
            let (tick, serial) = (reader.word(), reader.word());
            return self.end(times, serial, tick, record.outcome());
        }
        let is_crowded = self.is_crowded();
        let serial = reader.word();
        let Some(open) = self.open.get_mut(serial) else {
            // Details of a span that was dropped and counted are dropped with it.
            return self.earlier.contains_key(&serial);
        };
        let takes_memory = !matches!(record.kind(), record::STATUS | record::NATURE);
        if takes_memory && open.bytes > 0 {
            if is_crowded {
                self.lost_details += 1;
                if record.kind() == record::ERROR && record.flags() != 0 {
                    set_status(&mut open.span, Status::Error { description: Cow::Borrowed("") });
                }
                return true;
            }
            // Room that lists take beyond what is in them included.
            let is_listed = matches!(record.kind(), record::EVENT | record::LINK | record::ERROR);
            let item = if is_listed { ITEM_BYTES } else { 0 };
            let bytes = item + 16 * record.len_of_body();
            open.bytes += bytes;
            self.running.bytes += bytes;
        }
        let span = &mut open.span;
        match record.kind() {
            record::FIELDS => {
                let chunk = reader.chunk();
                span.dropped_attributes += dropped_of(record.flags(), chunk);
                span.fields.push(chunk);
            }
            record::EVENT => {
                let tick = reader.word();
                // What somebody says happened when it did, be it before the span.
                let said = captures::virtual_nanos(tick);
                let unix_nanos = said.unwrap_or_else(|| open.at(times, tick));
                let name = owned(reader.value());
                open.event(&self.limits, name, unix_nanos, |fields| {
                    let chunk = reader.chunk();
                    fields.push(chunk);
                    dropped_of(record.flags(), chunk)
                });
            }
            record::LINK => read_link(span, &self.limits, record.flags(), &mut reader),
            record::NAME => span.name = owned(reader.value()),
            record::STATUS => {
                let code = reader.word();
                let description = owned(reader.value());
                match code {
                    1 => set_status(span, Status::Ok),
                    3 if span.status != Status::Unset => {}
                    _ => set_status(span, Status::Error { description }),
                }
            }
            record::NATURE => span.kind = record::span_kind(record.flags()),
            record::ERROR => open.error(times, &self.limits, record, &mut reader),
            _ => {}
        }
        true
    }

    /// Ends a sweep: tries again what found no span, and closes what ended a sweep ago.
    pub(crate) fn settle(&mut self, times: &Timebase) {
        for stray in std::mem::take(&mut self.old_strays) {
            // The end of a span of an earlier pipeline is nobody's loss.
            if !self.detail(times, stray.as_record()) && stray.kind() != record::END {
                self.lost_details += 1;
            }
        }
        for stray in std::mem::take(&mut self.strays) {
            if !self.detail(times, stray.as_record()) {
                self.old_strays.push(stray);
            }
        }
        self.finished.reserve(self.closing.len());
        for serial in self.closing.drain(..) {
            let closed = self.open.remove(serial, |OpenSpan { span, .. }| {
                span.dropped_attributes +=
                    span.fields.set_limit(self.limits.attribute_count, span.site);
                span.events.sort_by_key(|event| event.unix_nanos);
            });
            self.finished.extend(closed.map(|open| open.span));
        }
        std::mem::swap(&mut self.closing, &mut self.ended);
        self.open.trim();
    }

    /// The spans of a capture that have not ended; of all, if it is 0.
    pub(crate) fn open(&self, capture: u32) -> Vec<FinishedSpan> {
        let spans = self.open.iter().map(|open| &open.span);
        let is_of =
            |span: &&FinishedSpan| capture == 0 || span.capture & captures::NUMBER == capture;
        spans.filter(|span| span.end_unix_nanos == 0).filter(is_of).cloned().collect()
    }

    /// What whoever reads on after this one needs to know.
    pub(crate) fn take_earlier(&mut self) -> Earlier {
        std::mem::take(&mut self.earlier)
    }

    /// The spans that are complete.
    pub(crate) fn take_finished(&mut self) -> Vec<FinishedSpan> {
        std::mem::take(&mut self.finished)
    }

    /// Gives up the spans that are still open; says how many.
    pub(crate) fn abandon(&mut self) -> u64 {
        let abandoned = self.open.len() as u64;
        let still_open = self.open.by_serial().filter(|(_, open)| open.span.end_unix_nanos == 0);
        let room = MOST_EARLIER.saturating_sub(self.earlier.len());
        self.earlier.extend(still_open.map(|(serial, open)| (serial, open.parent)).take(room));
        self.open = Open::default();
        self.running = OpenLimits { spans: 0, bytes: 0 };
        self.ended.clear();
        self.closing.clear();
        abandoned
    }
}
