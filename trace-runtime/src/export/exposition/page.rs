//! Writes the text that Prometheus reads: the
//! [classic format](https://prometheus.io/docs/instrumenting/exposition_formats/) and
//! [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/).
//!
//! It depends on families, labels and numbers, not on their source. Its output is valid for any
//! input: names are adapted, and contradictory series are left out.

use super::names::{self, FamilyName, Kind};
pub(super) use super::value::Number;
use super::value::Value;
use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::ops::Range;

/// The format of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFormat {
    /// The classic text, version 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

/// The buckets of a histogram, cumulative and ascending, without the last one.
pub(super) struct Buckets<'a> {
    pub(super) bounds: &'a mut dyn Iterator<Item = (f64, u64)>,
    pub(super) count: u64,
    /// `None` if some values are negative: the sum is then not a counter.
    pub(super) sum: Option<Number>,
}

/// All families of a page.
#[derive(Debug)]
pub(crate) struct Page {
    format: TextFormat,
    has_suffixes: bool,
    families: BTreeMap<String, Family>,
    /// The family that owns the series of a name: `x_count` may be a histogram's or a gauge.
    claimed: HashMap<String, String>,
    left_out: LeftOut,
    labels: Labels,
}

/// The metrics that conflict with earlier ones.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Metrics whose name is taken by another kind of metric.
    pub(crate) kinds: BTreeSet<String>,
    /// Metrics with series that exist already, and whose values cannot be added to theirs.
    pub(crate) series: BTreeSet<String>,
    /// The number of series left out.
    pub(crate) count: u64,
}

#[derive(Debug)]
struct Family {
    kind: Kind,
    help: String,
    unit: Option<String>,
    /// Whether the names of its series end with `_total`, as those of counters do in OpenMetrics.
    is_total: bool,
    /// Its series, by their labels.
    seen: HashMap<String, Seen>,
    body: String,
    /// The parts of the body to remove: series that were written again, in the order of their places.
    stale: Vec<Range<usize>>,
}

/// A series that is written.
#[derive(Debug)]
struct Seen {
    place: Range<usize>,
    value: Value,
}

impl Page {
    pub(super) fn new(format: TextFormat) -> Self {
        Self {
            format,
            has_suffixes: true,
            families: BTreeMap::new(),
            claimed: HashMap::new(),
            left_out: LeftOut::default(),
            labels: Labels { list: Vec::new(), len: 0, has_le: false, format },
        }
    }

    /// Leaves out the suffixes of names that repeat the type and the unit.
    pub(super) fn without_suffixes(mut self) -> Self {
        self.has_suffixes = false;
        self
    }

    /// Returns the family of that name, to add series to. `None` if series of that name exist in another
    /// kind: Prometheus's formats allow one kind per name.
    pub(super) fn family(
        &mut self,
        name: &str,
        unit: &str,
        help: &str,
        kind: Kind,
    ) -> Option<Series<'_>> {
        let FamilyName { name: family, unit, is_total } = match kind {
            Kind::Info => FamilyName { name: name.to_owned(), unit: None, is_total: false },
            _ => names::family(name, unit, kind, self.has_suffixes),
        };
        if !self.claim(&family, kind) {
            self.left_out.kinds.insert(name.to_owned());
            return None;
        }
        let found = self.families.entry(family.clone()).or_insert_with(|| Family {
            kind,
            // A family without help text cannot be looked up.
            help: if help.is_empty() { name.to_owned() } else { help.to_owned() },
            unit,
            is_total,
            seen: HashMap::new(),
            body: String::new(),
            stale: Vec::new(),
        });
        Some(Series {
            format: self.format,
            metric: name.to_owned(),
            name: family,
            family: found,
            labels: &mut self.labels,
            left_out: &mut self.left_out,
        })
    }

    /// Returns whether all series of the family belong to it.
    fn claim(&mut self, family: &str, kind: Kind) -> bool {
        if let Some(known) = self.families.get(family) {
            return known.kind == kind;
        }
        let suffixes: &[&str] = match kind {
            Kind::Counter => &["", "_total"],
            Kind::Gauge => &[""],
            Kind::Histogram => &["", "_bucket", "_count", "_sum"],
            Kind::Info => &["", "_info"],
        };
        let series = suffixes.iter().map(|suffix| format!("{family}{suffix}"));
        let series: Vec<String> = series.collect();
        if series.iter().any(|name| self.claimed.contains_key(name)) {
            return false;
        }
        for name in series {
            if let Entry::Vacant(vacant) = self.claimed.entry(name) {
                vacant.insert(family.to_owned());
            }
        }
        true
    }

    /// Counts series of metrics that have no family.
    pub(super) fn leave_out(&mut self, series: usize) {
        self.left_out.count += series as u64;
    }

    pub(crate) fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// Returns the text.
    pub(crate) fn finish(self) -> String {
        let bytes = self.families.values().map(|family| family.body.len() + 200).sum();
        let mut out = String::with_capacity(bytes);
        for (name, family) in &self.families {
            if !family.body.is_empty() {
                family.head(&mut out, name, self.format);
                family.write_body(&mut out);
            }
        }
        if self.format == TextFormat::OpenMetrics {
            out.push_str("# EOF\n");
        }
        out
    }
}

impl Family {
    fn write_body(&self, out: &mut String) {
        let mut places = self.stale.clone();
        places.sort_unstable_by_key(|place| place.start);
        let mut from = 0;
        for place in places {
            out.push_str(&self.body[from..place.start]);
            from = place.end;
        }
        out.push_str(&self.body[from..]);
    }

    fn head(&self, out: &mut String, name: &str, format: TextFormat) {
        // In the classic format a family has the name of its series.
        let suffix = match (format, self.kind) {
            (TextFormat::Text, Kind::Counter) if self.is_total => "_total",
            (TextFormat::Text, Kind::Info) => "_info",
            _ => "",
        };
        // Checks such as promtool's treat a gauge whose name ends like the series of others
        // as a mistake. The name is the user's choice, so the kind gives way.
        let ends = ["_bucket", "_count", "_sum", "_total"];
        let is_misnamed = self.kind == Kind::Gauge && ends.iter().any(|end| name.ends_with(end));
        let kind = match (self.kind, format) {
            (Kind::Gauge, TextFormat::Text) if is_misnamed => "untyped",
            (Kind::Gauge, TextFormat::OpenMetrics) if is_misnamed => "unknown",
            // Names without suffixes may lack the one that OpenMetrics demands of counters.
            (Kind::Counter, TextFormat::OpenMetrics) if !self.is_total => "unknown",
            (Kind::Counter, _) => "counter",
            (Kind::Gauge, _) | (Kind::Info, TextFormat::Text) => "gauge",
            (Kind::Histogram, _) => "histogram",
            (Kind::Info, TextFormat::OpenMetrics) => "info",
        };
        let _ = writeln!(out, "# TYPE {name}{suffix} {kind}");
        if let (Some(unit), TextFormat::OpenMetrics) = (&self.unit, format) {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        let _ = write!(out, "# HELP {name}{suffix} ");
        escape(out, &self.help, format == TextFormat::OpenMetrics);
        out.push('\n');
    }
}

/// A family that series are added to.
pub(super) struct Series<'a> {
    format: TextFormat,
    /// Its name in OpenTelemetry.
    metric: String,
    name: String,
    family: &'a mut Family,
    labels: &'a mut Labels,
    left_out: &'a mut LeftOut,
}

impl Series<'_> {
    /// Begins a series; its labels follow.
    pub(super) fn labels(&mut self) -> &mut Labels {
        self.labels.clear(self.family.kind == Kind::Histogram);
        self.labels
    }

    /// Ends a series that is one number but not a sum.
    pub(super) fn number(&mut self, value: Number) {
        self.end(Value::Level, Some(value));
    }

    /// Ends a series that is a sum.
    pub(super) fn sum(&mut self, value: Number) {
        self.end(Value::Sum(value), None);
    }

    /// Ends a series that is a histogram.
    pub(super) fn histogram(&mut self, Buckets { bounds, count, sum }: Buckets<'_>) {
        // The last bucket is written separately.
        let buckets = bounds.filter(|(bound, _)| bound.is_finite()).collect();
        self.end(Value::Histogram { buckets, count, sum }, None);
    }

    /// Writes a series; adds it to the one with the same labels, if there is one.
    fn end(&mut self, mut value: Value, level: Option<Number>) {
        let labels = self.labels.written();
        if let Some(seen) = self.family.seen.get(&labels) {
            if !value.add(&seen.value) {
                self.left_out.series.insert(self.metric.clone());
                self.left_out.count += 1;
                return;
            }
            self.family.stale.push(seen.place.clone());
        }
        let start = self.family.body.len();
        match &value {
            Value::Level => self.one(&labels, level.unwrap_or(Number::U64(0))),
            Value::Sum(sum) => self.one(&labels, *sum),
            Value::Histogram { buckets, count, sum } => self.many(&labels, buckets, *count, *sum),
        }
        let place = start..self.family.body.len();
        self.family.seen.insert(labels, Seen { place, value });
    }

    fn one(&mut self, labels: &str, value: Number) {
        let suffix = match self.family.kind {
            Kind::Counter if self.family.is_total => "_total",
            Kind::Info => "_info",
            Kind::Counter | Kind::Gauge | Kind::Histogram => "",
        };
        self.line(suffix, labels, None, value);
    }

    fn many(&mut self, labels: &str, buckets: &[(f64, u64)], count: u64, sum: Option<Number>) {
        for &(bound, count) in buckets {
            self.line("_bucket", labels, Some(bound), Number::U64(count));
        }
        self.line("_bucket", labels, Some(f64::INFINITY), Number::U64(count));
        // OpenMetrics requires both or neither.
        match (sum, self.format) {
            (Some(sum), _) => {
                self.line("_sum", labels, None, sum);
                self.line("_count", labels, None, Number::U64(count));
            }
            (None, TextFormat::Text) => self.line("_count", labels, None, Number::U64(count)),
            (None, TextFormat::OpenMetrics) => {}
        }
    }

    fn line(&mut self, suffix: &str, labels: &str, le: Option<f64>, value: Number) {
        let out = &mut self.family.body;
        out.push_str(&self.name);
        out.push_str(suffix);
        if !labels.is_empty() || le.is_some() {
            out.push('{');
            out.push_str(labels);
            if let Some(le) = le {
                let comma = if labels.is_empty() { "" } else { "," };
                let _ = write!(out, "{comma}le=\"{}\"", Bound(le, self.format));
            }
            out.push('}');
        }
        let _ = writeln!(out, " {value}");
    }
}

/// The upper bound of a bucket.
struct Bound(f64, TextFormat);

/// Formats it as each format's own libraries do, so that the series stays the same.
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(bound, TextFormat::OpenMetrics) if bound.is_finite() => write!(f, "{bound:?}"),
            Self(bound, _) => Number::F64(bound).fmt(f),
        }
    }
}

/// The labels of one series.
#[derive(Debug)]
pub(super) struct Labels {
    /// The label, its original key, its value.
    list: Vec<(String, String, String)>,
    len: usize,
    /// `le` belongs to the histogram.
    has_le: bool,
    format: TextFormat,
}

impl Labels {
    fn clear(&mut self, has_le: bool) {
        self.len = 0;
        self.has_le = has_le;
    }

    pub(super) fn add(&mut self, key: &str, value: impl fmt::Display) {
        // Reuses the texts of earlier series: this is most of the work of a scrape.
        if self.list.len() == self.len {
            self.list.push(Default::default());
        }
        let (label, from, text) = &mut self.list[self.len];
        label.clear();
        from.clear();
        text.clear();
        if self.has_le && key == "le" {
            label.push_str("exported_le");
        } else if names::is_label(key) {
            label.push_str(key);
        } else {
            *label = names::label(key);
        }
        from.push_str(key);
        let _ = write!(text, "{value}");
        self.len += 1;
    }

    /// Adds a label that contains the bound of a bucket. It is written like that bucket's `le`: rules compare
    /// the two as texts.
    pub(super) fn add_bound(&mut self, key: &str, bound: &str) {
        match bound.parse() {
            Ok(number) => self.add(key, Bound(number, self.format)),
            Err(_) => self.add(key, bound),
        }
    }

    /// Returns the labels as text: sorted, with the values of keys that yield the same label joined by `;`.
    fn written(&mut self) -> String {
        let list = &mut self.list[..self.len];
        list.sort_unstable();
        let mut out =
            String::with_capacity(list.iter().map(|it| it.0.len() + it.2.len() + 4).sum());
        let mut last = "";
        for (label, _, value) in &*list {
            if label == last {
                out.pop();
                out.push(';');
            } else {
                if !out.is_empty() {
                    out.push(',');
                }
                out.push_str(label);
                out.push_str("=\"");
                last = label;
            }
            escape(&mut out, value, true);
            out.push('"');
        }
        out
    }
}

fn escape(out: &mut String, text: &str, quotes: bool) {
    if !text.contains(['\\', '\n', '"']) {
        out.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
