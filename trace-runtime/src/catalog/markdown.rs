//! The catalog as a page for people.

use super::{AnnotatedSite, Catalog, MetricEntry};
use std::fmt::Write;

impl Catalog {
    /// The catalog as Markdown: a table of the metrics, and one of the functions.
    pub fn to_markdown(&self) -> String {
        let mut page = String::from("# What this program tells\n");
        let metrics: Vec<_> = self
            .sites
            .iter()
            .flat_map(|site| site.metrics.iter().map(move |it| (it, site)))
            .collect();
        if !metrics.is_empty() {
            page.push_str(
                "\n## Metrics\n\n\
                 | metric | kind | unit | labels | objective | function |\n|---|---|---|---|---|---|\n",
            );
            let mut rows: Vec<_> = metrics.iter().map(|(metric, site)| row(metric, site)).collect();
            rows.sort();
            page.extend(rows);
        }
        if !self.sites.is_empty() {
            page.push_str(
                "\n## Functions\n\n\
                 | function | span | attributes | what it does | where |\n|---|---|---|---|---|\n",
            );
            for site in &self.sites {
                let (span, attributes) = site.span.as_ref().map_or_else(Default::default, |span| {
                    (span.name.to_owned(), words(&span.attributes))
                });
                let AnnotatedSite { function, documentation, file, line, .. } = site;
                let (span, documentation) = (cell(&span), cell(documentation));
                let _ = writeln!(
                    page,
                    "| `{function}` | {span} | {attributes} | {documentation} | {file}:{line} |"
                );
            }
        }
        page
    }
}

fn row(metric: &MetricEntry, site: &AnnotatedSite) -> String {
    let MetricEntry { name, unit, labels, objective, .. } = metric;
    let kind = metric.kind.as_str();
    let objective = objective.map_or("", |objective| objective.name());
    let labels = words(labels);
    let (unit, function) = (cell(unit), site.function);
    format!("| `{name}` | {kind} | {unit} | {labels} | {objective} | `{function}` |\n")
}

fn words(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
