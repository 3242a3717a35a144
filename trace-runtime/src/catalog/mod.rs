//! The catalog: all spans and metrics that a binary can record, called or not. Dashboards, alert rules
//! and documentation are made from it.

#[cfg(feature = "metrics")]
pub(crate) mod conflicts;
#[cfg(feature = "json")]
mod json;
mod markdown;
pub(crate) mod patterns;

use crate::instruments::{Instrument, InstrumentKind, Meter};
use crate::kind::SpanKind;
use crate::objective::Objective;
use crate::recorder::linked::{Entry, entries, sites as traced_sites};
use crate::site::{Site, SiteInfo};
use std::collections::BTreeMap;

/// Every annotated function of the binary, its libraries included.
///
/// ```
/// use trace_runtime::{metered, trace};
///
/// /// Takes the money.
/// #[trace(kind = Client)]
/// #[metered(name = "payment")]
/// fn pay() {}
///
/// let catalog = trace_runtime::catalog();
/// let site = catalog.sites().iter().find(|site| site.function.ends_with("pay")).unwrap();
/// assert_eq!(site.documentation, "Takes the money.");
/// assert_eq!(site.metrics[0].name, "payment.duration");
/// # pay();
/// ```
///
/// It is gathered by the linker on Linux, Android, FreeBSD and Apple's systems; elsewhere it is
/// empty.
pub fn catalog() -> Catalog {
    let mut sites: BTreeMap<usize, AnnotatedSite> = BTreeMap::new();
    for site in traced_sites() {
        let known = sites.entry(std::ptr::from_ref(site).addr());
        let known = known.or_insert_with(|| AnnotatedSite::of(site));
        known.span = Some(SpanEntry::of(site.info()));
    }
    for entry in entries() {
        let site = match entry {
            Entry::Meter(meter) => meter.place(),
            Entry::Instrument(instrument) => instrument.place(),
        };
        let known = sites.entry(std::ptr::from_ref(site).addr());
        let known = known.or_insert_with(|| AnnotatedSite::of(site));
        match entry {
            Entry::Meter(meter) => known.metrics.extend(MetricEntry::of_meter(meter)),
            Entry::Instrument(instrument) => known.metrics.push(MetricEntry::of_value(instrument)),
        }
    }
    let mut sites: Vec<_> = sites.into_values().collect();
    sites.sort_by_key(|site| (site.krate, site.file, site.line, site.function));
    for site in &mut sites {
        site.metrics.sort_by_key(|metric| metric.name.clone());
    }
    Catalog { sites }
}

/// What [`catalog`] returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalog {
    sites: Vec<AnnotatedSite>,
}

impl Catalog {
    /// The functions, by crate, file and line.
    pub fn sites(&self) -> &[AnnotatedSite] {
        &self.sites
    }
}

/// An annotated function.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AnnotatedSite {
    /// Its path: `code.function.name`.
    pub function: &'static str,
    /// Its crate.
    pub krate: &'static str,
    /// The version of that crate.
    pub version: &'static str,
    /// Where it is: `code.file.path`.
    pub file: &'static str,
    /// And in which line: `code.line.number`.
    pub line: u32,
    /// The first line of its documentation; empty if there is none.
    pub documentation: &'static str,
    /// The span of a call, if it has one.
    pub span: Option<SpanEntry>,
    /// Its metrics, by name.
    pub metrics: Vec<MetricEntry>,
}

impl AnnotatedSite {
    fn of(site: &'static Site) -> Self {
        let info = site.info();
        Self {
            function: &info.function,
            krate: info.scope,
            version: info.version,
            file: info.file,
            line: info.line,
            documentation: info.documentation,
            span: None,
            metrics: Vec::new(),
        }
    }
}

/// The span of a function's calls.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanEntry {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: SpanKind,
    /// The keys of its attributes.
    pub attributes: Vec<&'static str>,
}

impl SpanEntry {
    fn of(info: &'static SiteInfo) -> Self {
        Self { name: info.name, kind: info.kind, attributes: info.keys.clone() }
    }
}

/// A metric of a function.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MetricEntry {
    /// Its name.
    pub name: String,
    /// What becomes of its values.
    pub kind: InstrumentKind,
    /// Its unit; empty if it has none.
    pub unit: &'static str,
    /// Its description; empty if it has none.
    pub description: &'static str,
    /// The keys of its labels.
    pub labels: Vec<&'static str>,
    /// The boundaries of its buckets; empty: those that are common.
    pub boundaries: &'static [f64],
    /// What is promised of it.
    pub objective: Option<&'static Objective>,
}

impl MetricEntry {
    fn of_meter(meter: &'static Meter) -> Vec<Self> {
        let entry = |name: String, kind, unit, description, labels: &[&'static str]| Self {
            name,
            kind,
            unit,
            description,
            labels: labels.iter().copied().chain(meter.keys()).collect(),
            boundaries: if kind == InstrumentKind::Histogram { meter.boundaries() } else { &[] },
            objective: meter.promises(),
        };
        let function = ["function", "module", "service.name"];
        let (mut entries, active) = match meter.name() {
            Some(name) => (
                vec![entry(
                    format!("{name}.duration"),
                    InstrumentKind::Histogram,
                    "s",
                    "How long it takes.",
                    &["error.type"],
                )],
                (format!("{name}.active"), &[][..]),
            ),
            None => (
                vec![
                    entry(
                        "function.calls".to_owned(),
                        InstrumentKind::Counter,
                        "",
                        "Calls of functions.",
                        &[
                            &function[..],
                            &["caller.function", "caller.module", "result", "error.type"],
                        ]
                        .concat(),
                    ),
                    entry(
                        "function.calls.duration".to_owned(),
                        InstrumentKind::Histogram,
                        "s",
                        "How long calls of functions take.",
                        &function,
                    ),
                ],
                ("function.calls.concurrent".to_owned(), &function[..]),
            ),
        };
        if meter.counts_in_flight() {
            let (name, labels) = active;
            entries.push(Self {
                name,
                kind: InstrumentKind::UpDownCounter,
                unit: "",
                description: "Calls that are in flight.",
                labels: labels.to_vec(),
                boundaries: &[],
                objective: None,
            });
        }
        entries
    }

    fn of_value(instrument: &'static Instrument) -> Self {
        Self {
            name: instrument.name().to_owned(),
            kind: instrument.kind(),
            unit: instrument.unit(),
            description: instrument.description(),
            labels: instrument.keys().collect(),
            boundaries: instrument.boundaries(),
            objective: None,
        }
    }
}
