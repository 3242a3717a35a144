//! Starts spans, and records fields that are set later.

use crate::callsite::site_of;
use crate::error::{ErrorText, Pairs};
use crate::fields::Fields;
use crate::options::Options;
use crate::otel::{Special, is_special};
use crate::runtime::layer::{Lineage, SharedSpan, Site, Subject, is_recording};
use trace_runtime::{SpanKind, Value};
use tracing_core::Metadata;
use tracing_core::span::{Attributes, Record};

/// The number of values kept on the stack: spans with more fields are rare.
const FEW: usize = 8;

/// Starts the span of these attributes in `place`; returns `false` if it is not recorded.
pub(crate) fn start(
    place: &SharedSpan,
    attributes: &Attributes<'_>,
    lineage: Lineage<'_>,
    options: Options,
) -> bool {
    let metadata = attributes.metadata();
    let site = site_of(metadata, options);
    if attributes.is_empty() || !is_recording(site, lineage) {
        return place.start(site, SpanKind::Internal, None, lineage, &[]);
    }
    Fields::with(
        |visitor| attributes.record(visitor),
        |fields| start_with(place, site, metadata, fields, lineage, options),
    )
}

fn start_with(
    place: &SharedSpan,
    site: &'static Site,
    metadata: &Metadata<'_>,
    fields: &Fields,
    lineage: Lineage<'_>,
    options: Options,
) -> bool {
    let special = Special::of(fields);
    let (mut few, mut many) = ([Value::Absent; FEW], Vec::new());
    let values = match metadata.fields().len() {
        count @ ..=FEW => &mut few[..count],
        count => {
            many.resize(count, Value::Absent);
            &mut many[..]
        }
    };
    for found in fields.iter().filter(|found| !is_special(found.key)) {
        if let Some(value) = values.get_mut(found.index) {
            *value = fields.value(found);
        }
    }
    let kind = special.kind.unwrap_or_default();
    let has_started = place.start(site, kind, special.name, lineage, values);
    if let (true, Some(subject)) = (has_started, place.subject()) {
        subject.set_status(&special.status);
        put_errors(subject, fields, options);
    }
    has_started
}

/// Records fields that are set after the span's start.
pub(crate) fn record(subject: Subject, record: &Record<'_>, options: Options) {
    Fields::with(
        |visitor| record.record(visitor),
        |fields| {
            let special = Special::of(fields);
            if let Some(name) = special.name {
                subject.set_name(name);
            }
            if let Some(kind) = special.kind {
                subject.set_kind(kind);
            }
            subject.set_status(&special.status);
            for found in fields.iter().filter(|found| !is_special(found.key)) {
                if let Ok(key) = found.index.try_into() {
                    subject.set(key, fields.value(found));
                }
            }
            put_errors(subject, fields, options);
        },
    );
}

/// Records the causes and exceptions of errors among the fields.
fn put_errors(subject: Subject, fields: &Fields, options: Options) {
    for found in fields.iter() {
        if let (Some(causes), Some(message)) = (fields.causes(found), fields.text(found)) {
            let error = ErrorText::new(found.key, message, causes);
            let mut pairs = Pairs::new();
            error.put_chain(&mut pairs);
            if options.error_fields_to_exceptions {
                error.put_exception(&mut pairs);
            }
            subject.set_attributes(&pairs);
        }
    }
}
