//! The text that Prometheus reads: the
//! [classic format](https://prometheus.io/docs/instrumenting/exposition_formats/) and
//! [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/).
//!
//! It knows families, labels and numbers, not where they come from. Whatever it is given, what it
//! writes can be read: names are made to fit, and what would contradict itself is left out.

use super::names;
use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Write};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metrics) enum Format {
    /// The classic text, version 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

/// What the series of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// What is always 1 and has all it says in its labels.
    Info,
}

/// A number as it was measured: integers keep all their digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    I64(i64),
    U64(u64),
    F64(f64),
}

/// The buckets of a histogram, cumulative and ascending, without the last one.
pub(super) struct Buckets<'a> {
    pub(super) bounds: &'a mut dyn Iterator<Item = (f64, u64)>,
    pub(super) count: u64,
    /// `None` where some values are negative: the sum is then no counter.
    pub(super) sum: Option<Number>,
}

/// All families.
#[derive(Debug)]
pub(in crate::metrics) struct Page {
    format: Format,
    families: BTreeMap<String, Family>,
    /// Which family has the series of a name: `x_count` may be a histogram's or a gauge.
    claimed: HashMap<String, String>,
    /// What did not fit, by name.
    refused: Vec<String>,
    labels: Labels,
}

#[derive(Debug)]
struct Family {
    kind: Kind,
    help: String,
    unit: Option<String>,
    /// The labels of the series that it has.
    seen: HashSet<String>,
    body: String,
}

impl Page {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            families: BTreeMap::new(),
            claimed: HashMap::new(),
            refused: Vec::new(),
            labels: Labels { list: Vec::new(), len: 0, has_le: false, format },
        }
    }

    /// The family of that name, to add series to. `None` when series of that name are of another
    /// kind already.
    pub(super) fn family(
        &mut self,
        name: &str,
        unit: &str,
        help: &str,
        kind: Kind,
    ) -> Option<Series<'_>> {
        let (family, unit) = match kind {
            Kind::Info => (name.to_owned(), None),
            _ => names::family(name, unit, kind),
        };
        if !self.claim(&family, kind) {
            self.refused.push(name.to_owned());
            return None;
        }
        let found = self.families.entry(family.clone()).or_insert_with(|| Family {
            kind,
            // A family without help is one that nobody can look up.
            help: if help.is_empty() { name.to_owned() } else { help.to_owned() },
            unit,
            seen: HashSet::new(),
            body: String::new(),
        });
        Some(Series { format: self.format, name: family, family: found, labels: &mut self.labels })
    }

    /// Whether all series that the family has are its own.
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

    /// Names of what was left out because others had the name.
    pub(in crate::metrics) fn refused(&self) -> &[String] {
        &self.refused
    }

    /// The text.
    pub(in crate::metrics) fn finish(self) -> String {
        let bytes = self.families.values().map(|family| family.body.len() + 200).sum();
        let mut out = String::with_capacity(bytes);
        for (name, family) in &self.families {
            if !family.body.is_empty() {
                family.head(&mut out, name, self.format);
                out.push_str(&family.body);
            }
        }
        if self.format == Format::OpenMetrics {
            out.push_str("# EOF\n");
        }
        out
    }
}

impl Family {
    fn head(&self, out: &mut String, name: &str, format: Format) {
        // The classic format gives a family the name of its series.
        let suffix = match (format, self.kind) {
            (Format::Text, Kind::Counter) => "_total",
            (Format::Text, Kind::Info) => "_info",
            _ => "",
        };
        // A gauge whose name ends like the series of others is what such checks as promtool's take
        // for a mistake; the name is the user's, so the kind is what gives way.
        let ends = ["_bucket", "_count", "_sum", "_total"];
        let is_misnamed = self.kind == Kind::Gauge && ends.iter().any(|end| name.ends_with(end));
        let kind = match (self.kind, format) {
            (Kind::Gauge, Format::Text) if is_misnamed => "untyped",
            (Kind::Gauge, Format::OpenMetrics) if is_misnamed => "unknown",
            (Kind::Counter, _) => "counter",
            (Kind::Gauge, _) | (Kind::Info, Format::Text) => "gauge",
            (Kind::Histogram, _) => "histogram",
            (Kind::Info, Format::OpenMetrics) => "info",
        };
        let _ = writeln!(out, "# TYPE {name}{suffix} {kind}");
        if let (Some(unit), Format::OpenMetrics) = (&self.unit, format) {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        let _ = write!(out, "# HELP {name}{suffix} ");
        escape(out, &self.help, format == Format::OpenMetrics);
        out.push('\n');
    }
}

/// A family that series are added to.
pub(super) struct Series<'a> {
    format: Format,
    name: String,
    family: &'a mut Family,
    labels: &'a mut Labels,
}

impl Series<'_> {
    /// Begins a series; then come its labels.
    pub(super) fn labels(&mut self) -> &mut Labels {
        self.labels.clear(self.family.kind == Kind::Histogram);
        self.labels
    }

    /// Ends a series that is one number.
    pub(super) fn number(&mut self, value: Number) {
        let Some(labels) = self.fresh() else { return };
        let suffix = match self.family.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.line(suffix, &labels, None, value);
        self.family.seen.insert(labels);
    }

    /// Ends a series that is a histogram.
    pub(super) fn histogram(&mut self, buckets: Buckets<'_>) {
        let Some(labels) = self.fresh() else { return };
        for (bound, count) in buckets.bounds {
            // The last bucket is written below.
            if bound.is_finite() {
                self.line("_bucket", &labels, Some(bound), Number::U64(count));
            }
        }
        self.line("_bucket", &labels, Some(f64::INFINITY), Number::U64(buckets.count));
        // OpenMetrics has the two together or not at all.
        match (buckets.sum, self.format) {
            (Some(sum), _) => {
                self.line("_sum", &labels, None, sum);
                self.line("_count", &labels, None, Number::U64(buckets.count));
            }
            (None, Format::Text) => self.line("_count", &labels, None, Number::U64(buckets.count)),
            (None, Format::OpenMetrics) => {}
        }
        self.family.seen.insert(labels);
    }

    /// The labels in writing; `None` when the family has such a series already.
    fn fresh(&mut self) -> Option<String> {
        let labels = self.labels.written();
        (!self.family.seen.contains(&labels)).then_some(labels)
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
struct Bound(f64, Format);

/// As each format's own libraries write it, so that it is the same series.
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(bound, Format::OpenMetrics) if bound.is_finite() => write!(f, "{bound:?}"),
            Self(bound, _) => Number::F64(bound).fmt(f),
        }
    }
}

/// The labels of one series.
#[derive(Debug)]
pub(super) struct Labels {
    /// The label, the key that it was made of, the value.
    list: Vec<(String, String, String)>,
    len: usize,
    /// `le` is the histogram's.
    has_le: bool,
    format: Format,
}

impl Labels {
    fn clear(&mut self, has_le: bool) {
        self.len = 0;
        self.has_le = has_le;
    }

    pub(super) fn add(&mut self, key: &str, value: impl fmt::Display) {
        // The texts of earlier series are used again: this is most of the work of a scrape.
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

    /// A label that names the bound of a bucket. It is written like that bucket's `le`: rules compare
    /// the two as texts.
    pub(super) fn add_bound(&mut self, key: &str, bound: &str) {
        match bound.parse() {
            Ok(number) => self.add(key, Bound(number, self.format)),
            Err(_) => self.add(key, bound),
        }
    }

    /// In writing: sorted, and the values of keys that make the same label joined by `;`.
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

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Below it, every whole number is an `f64`.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        match *self {
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::F64(value) if value.is_nan() => f.write_str("NaN"),
            Self::F64(f64::INFINITY) => f.write_str("+Inf"),
            Self::F64(f64::NEG_INFINITY) => f.write_str("-Inf"),
            Self::F64(value) if value.abs() < WHOLE && value.fract() == 0.0 => {
                (value as i64).fmt(f)
            }
            Self::F64(value) => fmt::Debug::fmt(&value, f),
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
