//! The names of all attributes and options, how each is written, and where each is allowed.
//!
//! A new option starts here: a name, a row in `form`, and a place in the lists below; then a word in the
//! enum of its attribute, which the compiler asks to be read.

use syn::Path;

/// The attributes of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macro {
    /// `#[trace]`
    Trace,
    /// `#[metered]`
    Metered,
    /// `#[business_metric]`
    BusinessMetric,
}

impl Macro {
    /// The attribute that a path names: its last segment decides, because the runtime may be
    /// renamed or re-exported; attributes of that name in other libraries are left alone.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        const FOREIGN: &[&str] = &["fastrace", "metered", "minitrace", "opentelemetry", "tracing"];
        let last = &path.segments.last()?.ident;
        if path.segments.len() > 1 && FOREIGN.iter().any(|name| path.segments[0].ident == name) {
            return None;
        }
        [Self::Trace, Self::Metered, Self::BusinessMetric]
            .into_iter()
            .find(|attribute| last == attribute.name())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Metered => "metered",
            Self::BusinessMetric => "business_metric",
        }
    }

    /// What a function is made by it.
    pub(crate) fn participle(self) -> &'static str {
        match self {
            Self::Trace => "traced",
            Self::Metered => "metered",
            Self::BusinessMetric => "measured",
        }
    }
}

/// How an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `root`
    Flag,
    /// `kind = Client`
    Value,
    /// `attrs(…)`
    List,
}

pub(crate) const NAME: &str = "name";
pub(crate) const KIND: &str = "kind";
pub(crate) const ATTRS: &str = "attrs";
pub(crate) const RET: &str = "ret";
pub(crate) const ERR: &str = "err";
pub(crate) const ROOT: &str = "root";
pub(crate) const PARENT: &str = "parent";
pub(crate) const LINKS: &str = "links";
pub(crate) const BAGGAGE: &str = "baggage";
pub(crate) const ATTACH: &str = "attach";
pub(crate) const CRATE: &str = "crate";
pub(crate) const SKIP: &str = "skip";

pub(crate) const LABELS: &str = "labels";
pub(crate) const IN_FLIGHT: &str = "in_flight";
pub(crate) const SLO: &str = "slo";
pub(crate) const BUCKETS: &str = "buckets";

pub(crate) const COUNTER: &str = "counter";
pub(crate) const UPDOWN: &str = "updown";
pub(crate) const GAUGE: &str = "gauge";
pub(crate) const HISTOGRAM: &str = "histogram";
pub(crate) const VALUE: &str = "value";
pub(crate) const ON: &str = "on";

/// The parts of `err(…)`.
pub(crate) const WHEN: &str = "when";
pub(crate) const TYPE: &str = "type";
pub(crate) const IGNORE: &str = "ignore";

/// The parts of an instrument, beside its name and its buckets.
pub(crate) const UNIT: &str = "unit";
pub(crate) const DESCRIPTION: &str = "description";

/// What a label of any text needs: `key(cap = 100)`.
pub(crate) const CAP: &str = "cap";

/// The words of `on = …`.
pub(crate) const OK: &str = "ok";
pub(crate) const ERROR: &str = "error";

/// Put in the place of the options of an attribute that another one has read.
pub(crate) const ABSORBED: &str = "__absorbed";

/// The helper attribute on parameters.
pub(crate) const ATTR: &str = "attr";
/// The helper attribute of `#[derive(Label)]`, and its parts.
pub(crate) const LABEL: &str = "label";
pub(crate) const RENAME: &str = "rename";
pub(crate) const RENAME_ALL: &str = "rename_all";
pub(crate) const RANGE: &str = "range";

/// The kinds of a span.
pub(crate) const KINDS: &[&str] = &["Internal", "Server", "Client", "Producer", "Consumer"];

/// The cases that `rename_all` knows.
pub(crate) const CASES: &[&str] = &[
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "camelCase",
    "PascalCase",
    "lowercase",
    "UPPERCASE",
];

/// Where a list of options stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a function or method.
    Function,
    /// On an `impl` block or a trait.
    Container,
    /// On a method within an `impl` block that has the same attribute.
    Member,
    /// In `span!`.
    Block,
}

impl Place {
    /// The options that an attribute has there; `span!` has those of `#[trace]`.
    pub(crate) fn options(self, of: Macro) -> &'static [&'static str] {
        match (of, self) {
            (Macro::Trace, Place::Function) => {
                &[NAME, KIND, ATTRS, RET, ERR, ROOT, PARENT, LINKS, BAGGAGE, ATTACH, CRATE]
            }
            (Macro::Trace, Place::Member) => {
                &[NAME, KIND, ATTRS, RET, ERR, ROOT, PARENT, LINKS, BAGGAGE, ATTACH, CRATE, SKIP]
            }
            (Macro::Trace, Place::Container) => &[KIND, ATTRS, ERR, ROOT, BAGGAGE, ATTACH, CRATE],
            (Macro::Trace, Place::Block) => {
                &[NAME, KIND, ATTRS, ROOT, PARENT, LINKS, ATTACH, CRATE]
            }
            (Macro::Metered, Place::Member) => {
                &[NAME, LABELS, ERR, IN_FLIGHT, SLO, BUCKETS, CRATE, SKIP]
            }
            (Macro::Metered, Place::Container) => &[LABELS, ERR, IN_FLIGHT, SLO, BUCKETS, CRATE],
            (Macro::Metered, _) => &[NAME, LABELS, ERR, IN_FLIGHT, SLO, BUCKETS, CRATE],
            (Macro::BusinessMetric, _) => {
                &[COUNTER, UPDOWN, GAUGE, HISTOGRAM, VALUE, LABELS, ON, CRATE]
            }
        }
    }

    /// The place in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Place::Function | Place::Member => "on a function",
            Place::Container => "on a whole `impl` block",
            Place::Block => "in `span!`",
        }
    }
}

/// How the option of this name is written, with an example; `None` for a name that no attribute
/// has.
pub(crate) fn form(of: Macro, name: &str) -> Option<(Form, &'static str)> {
    Some(match name {
        NAME if of == Macro::Metered => (Form::Value, "name = \"checkout\""),
        NAME => (Form::Value, "name = CONST"),
        KIND => (Form::Value, "kind = Client"),
        ATTRS => (Form::List, "attrs(key = value)"),
        RET => (Form::List, "ret(items = ret.len())"),
        ERR => (Form::List, "err(type = err.code())"),
        ROOT => (Form::Flag, "root"),
        PARENT => (Form::Value, "parent = context"),
        LINKS => (Form::Value, "links = [context]"),
        BAGGAGE => (Form::List, "baggage(tenant = id)"),
        ATTACH => (Form::Flag, "attach"),
        CRATE => (Form::Value, "crate = my_crate::telemetry"),
        SKIP => (Form::Flag, "skip"),
        LABELS => (Form::List, "labels(tier)"),
        IN_FLIGHT => (Form::Flag, "in_flight"),
        SLO => (Form::Value, "slo = API_SLO"),
        BUCKETS => (Form::Value, "buckets = [0.01, 0.1, 1.0]"),
        COUNTER => (Form::List, "counter(\"orders\")"),
        UPDOWN => (Form::List, "updown(\"sessions.active\")"),
        GAUGE => (Form::List, "gauge(\"queue.depth\")"),
        HISTOGRAM => (Form::List, "histogram(\"cart.items\")"),
        VALUE => (Form::Value, "value = order.total"),
        ON => (Form::Value, "on = ok"),
        _ => return None,
    })
}

/// What somebody who writes an option of another library most likely wants.
pub(crate) fn habit(of: Macro, name: &str) -> Option<&'static str> {
    match of {
        Macro::Trace => habit_of_spans(name),
        Macro::Metered => habit_of_meters(name),
        Macro::BusinessMetric => habit_of_instruments(name),
    }
}

fn habit_of_spans(name: &str) -> Option<&'static str> {
    Some(match name {
        "fields" | "properties" | "attributes" | "tags" => {
            "attributes are recorded with `attrs(key = value)` or `#[attr]` on a parameter"
        }
        "skip_all" => "no argument is recorded unless it is asked for; leave it out",
        "follows_from" | "link" => "links are given with `links = [context]`",
        "span_kind" => "the kind is given with `kind = Client`",
        "short_name" => "it is the default; leave it out",
        "enter_on_poll" => "a future has one span, however often it is polled; leave it out",
        "ok_if" | "error_if" => "`err(when = condition)` says which errors count",
        _ => return None,
    })
}

fn habit_of_meters(name: &str) -> Option<&'static str> {
    Some(match name {
        "objective" => "the objective is given with `slo = API_SLO`, the path of a constant",
        "track_concurrency" | "concurrency" | "inflight" => {
            "calls in progress are counted with `in_flight`"
        }
        "ok_if" | "error_if" => "`err(when = condition)` says which errors count",
        "struct_name" => "methods of an `impl` block carry the name of its type; leave it out",
        "skip_autometrics" => "a method is left out with `#[metered(skip)]`",
        "tags" | "attributes" | "attrs" | "fields" => {
            "labels are given with `labels(key = value)`; each has a bounded set of values"
        }
        "registry" => "there is one pipeline; leave it out",
        "boundaries" => "the buckets are given with `buckets = [0.01, 0.1, 1.0]`",
        "counter" | "updown" | "gauge" | "histogram" => {
            "numbers of your own are recorded with `#[business_metric(…)]`"
        }
        _ => return None,
    })
}

fn habit_of_instruments(name: &str) -> Option<&'static str> {
    Some(match name {
        "Counter" | "increment_counter" => "write `counter(\"orders\")`",
        "UpDownCounter" | "up_down_counter" | "updown_counter" => {
            "write `updown(\"sessions.active\")`"
        }
        "Gauge" => "write `gauge(\"queue.depth\")`",
        "Histogram" | "distribution" | "summary" | "timer" => "write `histogram(\"cart.items\")`",
        "increment" | "add" | "record" | "amount" | "measure" | "set" => {
            "what is recorded is given with `value = order.total`"
        }
        "tags" | "attributes" | "attrs" | "fields" => {
            "labels are given with `labels(key = value)`; each has a bounded set of values"
        }
        UNIT | DESCRIPTION | BUCKETS | NAME => {
            "it belongs to the instrument: `counter(\"orders\", unit = \"{order}\", description = \
             \"…\")`"
        }
        "ok_if" | "error_if" | "when" => {
            "`on = ok` or `on = error` says which calls are recorded, and so does a value that is an \
             `Option`"
        }
        _ => return None,
    })
}
