//! The Collector's configuration. It has no schema that could be had; what goes wrong there by hand is that a
//! pipeline names something that is not defined, or that something defined is in no pipeline.

use super::{Files, fields, texts};
use crate::Outcome;
use crate::support::report::Report;
use std::collections::BTreeSet;

pub(super) fn check(files: &Files, report: &mut Report) -> Outcome {
    let config = files.yaml("collector/config.yaml")?;
    let service = &config["service"];
    let mut wrong = Vec::new();
    for kind in ["receivers", "processors", "exporters", "extensions"] {
        let defined: BTreeSet<&str> = fields(&config[kind]).map(|(name, _)| name).collect();
        let used: BTreeSet<&str> = match kind {
            "extensions" => texts(&service[kind]).collect(),
            _ => fields(&service["pipelines"]).flat_map(|(_, it)| texts(&it[kind])).collect(),
        };
        let only = |these: &BTreeSet<&str>, those: &BTreeSet<&str>, what: &str| {
            let names = these.difference(those).map(|name| format!("{kind}: {name} {what}"));
            names.collect::<Vec<_>>()
        };
        wrong.extend(only(&used, &defined, "is not defined"));
        wrong.extend(only(&defined, &used, "is not used"));
    }
    report.none("mistakes in the Collector's pipelines", &wrong);
    let signals: BTreeSet<&str> = fields(&service["pipelines"]).map(|(name, _)| name).collect();
    let all = BTreeSet::from(["logs", "metrics", "traces"]);
    let names = |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(", ");
    report.row("signals that the Collector takes", names(&all), names(&signals), signals == all);
    Ok(())
}
