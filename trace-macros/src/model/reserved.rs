//! Lists the names that no label may have. The attributes enforce the list, and so does the runtime for
//! baggage that labels metrics; it gets the list from a macro, because this crate can export nothing else.

/// The reason why names are reserved, and the names, as labels have them in Prometheus. `*` stands for
/// any ending.
type Taken = (&'static str, &'static [&'static str]);

const EVERYWHERE: [Taken; 3] = [
    ("Prometheus distinguishes buckets by it", &["le", "quantile"]),
    ("Prometheus distinguishes targets by it", &["instance", "job"]),
    (
        "names with this prefix are reserved for Prometheus and OpenTelemetry",
        &["__*", "otel_scope_*"],
    ),
];

/// The labels of every call.
const OURS: Taken = (
    "the metrics of every call have that label",
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

/// All names that are reserved on a metric; `ours` if the metric also has the labels of every call.
pub(crate) fn names(ours: bool) -> impl Iterator<Item = Taken> {
    EVERYWHERE.into_iter().chain(ours.then_some(OURS))
}

/// The reason why a label cannot have a name, which is given in the form of Prometheus.
pub(super) fn why(name: &str, ours: bool) -> Option<&'static str> {
    let is_taken = |taken: &&str| match taken.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *taken,
    };
    names(ours).find(|(_, taken)| taken.iter().any(is_taken)).map(|(why, _)| why)
}
