//! Names that more than one place mentions. The options themselves are in the tables of their
//! attributes.

pub(crate) const NAME: &str = "name";
pub(crate) const RET: &str = "ret";
pub(crate) const ERR: &str = "err";
pub(crate) const LEVEL: &str = "level";
pub(crate) const ROOT: &str = "root";
pub(crate) const PARENT: &str = "parent";
pub(crate) const CRATE: &str = "crate";
pub(crate) const SKIP: &str = "skip";
pub(crate) const LABELS: &str = "labels";
pub(crate) const VALUE: &str = "value";
pub(crate) const ON: &str = "on";

/// The kinds of instruments.
pub(crate) const COUNTER: &str = "counter";
pub(crate) const UPDOWN: &str = "updown";
pub(crate) const GAUGE: &str = "gauge";
pub(crate) const HISTOGRAM: &str = "histogram";

/// The parts of an instrument, besides its name.
pub(crate) const UNIT: &str = "unit";
pub(crate) const DESCRIPTION: &str = "description";
pub(crate) const BUCKETS: &str = "buckets";

/// The parts of `err(…)`.
pub(crate) const WHEN: &str = "when";
pub(crate) const TYPE: &str = "type";
pub(crate) const IGNORE: &str = "ignore";

/// The option of a label that takes any text: `key(cap = 100)`.
pub(crate) const CAP: &str = "cap";

/// The values of `on = …`.
pub(crate) const OK: &str = "ok";
pub(crate) const ERROR: &str = "error";

/// Replaces the options of an attribute that another one has read.
pub(crate) const ABSORBED: &str = "__absorbed";

/// The helper attribute on parameters.
pub(crate) const ATTR: &str = "attr";
/// The helper attribute of `#[derive(Label)]`.
pub(crate) const LABEL: &str = "label";

/// The kinds of a span.
pub(crate) const KINDS: &[&str] = &["Internal", "Server", "Client", "Producer", "Consumer"];

/// The levels of a span.
pub(crate) const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// The cases of `rename_all`.
pub(crate) const CASES: &[&str] = &[
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "camelCase",
    "PascalCase",
    "lowercase",
    "UPPERCASE",
];
