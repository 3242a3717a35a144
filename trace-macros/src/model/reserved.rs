//! The names that no label may have: the rule of the attributes, and of baggage that labels metrics
//! in the runtime, which gets the table by a macro because this crate can export nothing else.

/// Why names are taken, and which: as labels have them in Prometheus, `*` for whatever follows.
type Taken = (&'static str, &'static [&'static str]);

const EVERYWHERE: [Taken; 3] = [
    ("Prometheus tells buckets apart by it", &["le", "quantile"]),
    ("Prometheus tells targets apart by it", &["instance", "job"]),
    (
        "names that begin like this are kept for Prometheus and OpenTelemetry",
        &["__*", "otel_scope_*"],
    ),
];

/// What all calls are told apart by.
const OURS: Taken = (
    "the metrics of every call have that one",
    &[
        "caller",
        "caller_function",
        "caller_module",
        "error",
        "error_type",
        "function",
        "module",
        "objective_latency_threshold",
        "objective_name",
        "objective_percentile",
        "ok",
        "outcome",
        "result",
        "service_name",
    ],
);

/// All names that are taken on a metric; `ours`: on one that has labels of its own.
pub(crate) fn names(ours: bool) -> impl Iterator<Item = Taken> {
    EVERYWHERE.into_iter().chain(ours.then_some(OURS))
}

/// Why a label cannot be called `name`, which is as Prometheus has it.
pub(super) fn why(name: &str, ours: bool) -> Option<&'static str> {
    let is_taken = |taken: &&str| match taken.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *taken,
    };
    names(ours).find(|(_, taken)| taken.iter().any(is_taken)).map(|(why, _)| why)
}
