//! Checks links.

use super::attributes::all_differ;
use super::subject::{Condition, Subject};
use crate::matcher::{Match, Operand};
use crate::model::LinkData;
use crate::names;
use std::fmt;
use trace_runtime::SpanContext;

/// A pattern for a link. Names and contexts convert to a pattern for the target alone.
///
/// ```
/// use trace_testkit::link;
///
/// assert_eq!(link("charge").has("reason", "retry").to_string(), "`charge`");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct LinkPattern {
    target: LinkTarget,
    attributes: Vec<(String, Match)>,
    closed: bool,
}

#[derive(Clone, Debug)]
enum LinkTarget {
    Name(Match),
    Context(SpanContext),
}

/// Expects a link to `target`: the name of a recorded span, or a context.
pub fn link(target: impl Into<LinkPattern>) -> LinkPattern {
    target.into()
}

impl LinkPattern {
    fn to(target: LinkTarget) -> Self {
        Self { target, attributes: Vec::new(), closed: false }
    }

    /// Expects this attribute.
    pub fn has(mut self, key: impl Into<String>, value: impl Into<Match>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// Expects no attributes except those named.
    pub fn only(mut self) -> Self {
        self.closed = true;
        self
    }

    fn leads(&self, subject: Subject<'_>, link: &LinkData) -> bool {
        match &self.target {
            LinkTarget::Name(name) => {
                target_name(subject, link).is_some_and(|target| name.matches_text(target))
            }
            LinkTarget::Context(context) => {
                link.context.trace_id() == context.trace_id()
                    && link.context.span_id() == context.span_id()
            }
        }
    }

    fn differs(&self, subject: Subject<'_>) -> Vec<String> {
        let candidates = subject.span.links.iter().filter(|link| self.leads(subject, link));
        let best = candidates
            .map(|link| all_differ(&link.attributes, &self.attributes, self.closed))
            .min_by_key(Vec::len);
        if let Some(mismatches) = best {
            let named = |mismatch| format!("link to {self}: {mismatch}");
            return mismatches.into_iter().map(named).collect();
        }
        let targets: Vec<_> = subject
            .span
            .links
            .iter()
            .map(|link| target_name(subject, link).unwrap_or("a span that was not recorded"))
            .collect();
        let mut sentence = format!("link to {self}: is missing; ");
        match targets.is_empty() {
            true => sentence.push_str("there are no links at all"),
            false => sentence.push_str(&names::available("targets", targets)),
        }
        if let LinkTarget::Name(name) = &self.target
            && let Some(written) = name.literal()
            && !subject.forest.names().contains(&written)
        {
            let hint = names::hint("spans", Some(written), subject.forest.names());
            sentence.push_str(&format!("\nno span {self} was recorded; {hint}"));
        }
        vec![sentence]
    }
}

fn target_name<'a>(subject: Subject<'a>, link: &LinkData) -> Option<&'a str> {
    subject.forest.find(&link.context).map(|target| subject.forest.seen(target).name())
}

impl<T: Into<Match>> From<T> for LinkPattern {
    fn from(name: T) -> Self {
        Self::to(LinkTarget::Name(name.into()))
    }
}

impl From<SpanContext> for LinkPattern {
    fn from(context: SpanContext) -> Self {
        Self::to(LinkTarget::Context(context))
    }
}

impl From<&SpanContext> for LinkPattern {
    fn from(context: &SpanContext) -> Self {
        Self::to(LinkTarget::Context(context.clone()))
    }
}

impl fmt::Display for LinkPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            LinkTarget::Name(name) => f.write_str(&name.as_name()),
            LinkTarget::Context(context) => {
                write!(f, "span {} of trace {}", context.span_id(), context.trace_id())
            }
        }
    }
}

pub(crate) fn links_to(expected: impl Into<LinkPattern>) -> Condition {
    let expected = expected.into();
    Condition::new(format!("link to {expected}"), move |subject| expected.differs(subject))
}

pub(crate) fn link_count(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("{expected} links"), move |subject| {
        let mismatch = expected.mismatch(&Operand::from(subject.span.links.len()))?;
        Some(format!("links: {mismatch}"))
    })
}
