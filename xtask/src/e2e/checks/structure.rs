//! Checks that the children of each span are those of `rules.rs`, and that the two services alternate where they should.

use super::of;
use super::rules;
use super::traces::Traces;
use crate::e2e::decoded::Span;
use crate::e2e::pass::Observed;
use crate::support::report::Report;
use std::collections::{BTreeMap, HashMap};

pub(super) fn check(observed: &Observed, traces: &Traces<'_>, report: &mut Report) {
    let record = observed.load.record.iter();
    let statuses: HashMap<&str, i64> =
        record.map(|sent| (sent.trace_id.as_str(), sent.status.map_or(0, i64::from))).collect();
    let mut wrong = Vec::new();
    for span in &observed.decoded.spans {
        // What the shop begins itself has no answer.
        let status = statuses.get(span.trace_id.as_str()).copied().unwrap_or(200);
        wrong.extend(mistake(span, traces.children(span), status));
    }
    report.none(of(observed, "spans whose children are not what they must be"), &wrong);

    for (what, is_meant) in KINDS {
        let found = observed.decoded.spans.iter().filter(|span| is_meant(span)).count();
        report.row(of(observed, what), "some", found.to_string(), found > 0);
    }
}

/// What spans of a kind are called, and which they are.
type Kind = (&'static str, fn(&Span) -> bool);

/// Without any of these, nothing would have been looked at.
const KINDS: [Kind; 6] = [
    ("spans of the warehouse", |span| span.service == "warehouse" && span.kind == "server"),
    ("spans of the database", |span| span.attributes.contains_key("db.system.name")),
    ("hits of the cache in memory", |span| span.text("cache.source") == Some("memory")),
    ("hits of the cache in the database", |span| span.text("cache.source") == Some("database")),
    ("logins that were refused", |span| {
        span.name == "log in" && span.attributes.get("auth.success") == Some(&false.into())
    }),
    ("attempts at jobs", |span| span.kind == "consumer" && span.text("job.name") != Some("digest")),
];

fn mistake(span: &Span, children: &[&Span], status: i64) -> Option<String> {
    let Some(slots) = rules::children(span, status) else {
        return Some(format!("{}: there should be no such span", span.title()));
    };
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for child in children {
        *counts.entry((&child.name, &child.kind)).or_default() += 1;
    }
    let mut wrong = Vec::new();
    for slot in slots {
        let count = counts.remove(&(slot.name, slot.kind)).unwrap_or(0);
        if !slot.count.contains(&count) {
            wrong.push(format!("{count} × {}", slot.name));
        }
    }
    wrong.extend(counts.iter().map(|((name, kind), count)| format!("{count} × {name} ({kind})")));
    (!wrong.is_empty()).then(|| format!("{} {status}: {}", span.title(), wrong.join(", ")))
}
