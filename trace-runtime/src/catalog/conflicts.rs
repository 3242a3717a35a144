//! Metrics that cannot both be: found before anything is measured.

use super::{AnnotatedSite, Catalog, MetricEntry};
use crate::error::InitError;
use std::collections::HashMap;

/// Fails with the first two functions that mean different things by one name.
pub(crate) fn find_conflict(catalog: &Catalog) -> Result<(), InitError> {
    let mut known: HashMap<&str, (&MetricEntry, &AnnotatedSite)> = HashMap::new();
    let all = catalog.sites().iter().flat_map(|site| site.metrics.iter().map(move |it| (it, site)));
    for (metric, site) in all {
        let (first, there) = *known.entry(&metric.name).or_insert((metric, site));
        let differences = [
            (first.kind.as_str(), metric.kind.as_str(), "kinds"),
            (first.unit, metric.unit, "units"),
        ];
        if let Some((one, other, what)) =
            differences.into_iter().find(|(one, other, _)| one != other)
        {
            let (there, here) = (place(there), place(site));
            return Err(InitError::MetricConflict {
                metric: metric.name.clone(),
                message: format!(
                    "has two {what}: `{one}` at {there}, and `{other}` at {here}; give one of them \
                     another name"
                ),
            });
        }
    }
    Ok(())
}

fn place(site: &AnnotatedSite) -> String {
    format!("{}:{} (`{}`)", site.file, site.line, site.function)
}
