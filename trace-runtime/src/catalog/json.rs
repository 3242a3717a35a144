//! The catalog for programs.

use super::{AnnotatedSite, Catalog, MetricEntry, SpanEntry};
use serde_json::{Value, json};

impl Catalog {
    /// The catalog as JSON: a list of functions.
    pub fn to_json(&self) -> String {
        let sites: Vec<_> = self.sites.iter().map(site).collect();
        format!("{:#}", json!({ "sites": sites }))
    }
}

fn site(site: &AnnotatedSite) -> Value {
    let AnnotatedSite { function, krate, version, file, line, documentation, span, metrics } = site;
    json!({
        "function": function,
        "crate": krate,
        "version": version,
        "file": file,
        "line": line,
        "documentation": documentation,
        "span": span.as_ref().map(|SpanEntry { name, kind, attributes }| json!({
            "name": name,
            "kind": kind.as_str(),
            "attributes": attributes,
        })),
        "metrics": metrics.iter().map(metric).collect::<Vec<_>>(),
    })
}

fn metric(metric: &MetricEntry) -> Value {
    let MetricEntry { name, kind, unit, description, labels, boundaries, objective } = metric;
    json!({
        "name": name,
        "kind": kind.as_str(),
        "unit": unit,
        "description": description,
        "labels": labels,
        "boundaries": boundaries,
        "objective": objective.map(|objective| json!({
            "name": objective.name(),
            "success_rate": objective.promised_success_rate(),
            "latency": objective.promised_latency().map(|latency| json!({
                "threshold_seconds": latency.threshold.as_secs_f64(),
                "percentile": latency.percentile,
            })),
        })),
    })
}
