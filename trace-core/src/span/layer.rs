//! Starts, enters and leaves spans without guards, on any thread, any number of times: for
//! integrations that hold spans of other libraries.
#![allow(missing_docs)]

use super::detached::DetachedSpan;
use crate::context::{Context, Current, SpanContext};
use crate::kind::SpanKind;
use crate::recorder::guard::{StartArgs, recording};
use crate::recorder::late;
use crate::recorder::start::Lineage;
use crate::recorder::task::{self, TaskSpan};
use crate::site::Site;
use crate::state;
use crate::status::Status;
use crate::value::{Text, Value};
use std::borrow::Cow;

/// The description of a place in the source when its first span starts.
#[derive(Debug)]
pub struct Place<'a> {
    pub name: &'a str,
    /// The first segment is the name of the instrumentation scope.
    pub module: &'a str,
    /// The version of the instrumentation scope; empty if it is unknown.
    pub version: &'a str,
    pub file: &'a str,
    pub line: u32,
    /// The keys of its values.
    pub keys: Vec<&'a str>,
    /// Attributes that every span carries.
    pub constants: Vec<(&'static str, &'static str)>,
}

impl Place<'_> {
    /// Returns the site of this place, which lives as long as the program: to be created once.
    pub fn into_site(self) -> &'static Site {
        let Self { name, module, version, file, line, keys, constants } = self;
        let mut text = String::new();
        for field in ["", module, file, version, name, ""].iter().chain(&keys) {
            text.extend(field.chars().map(|char| if char == '\0' { ' ' } else { char }));
            text.push('\0');
        }
        text.pop();
        let site: &'static Site = Box::leak(Box::new(Site::new(text.leak(), line)));
        site.set_constants(constants);
        site
    }
}

/// Returns whether anything is recorded at all.
#[inline]
pub fn is_on() -> bool {
    state::is_on(state::load())
}

/// Returns whether a span is likely to be recorded, before its values are evaluated.
pub fn is_recording(site: &'static Site, lineage: Lineage<'_>) -> bool {
    match lineage {
        Lineage::Current => recording(site, None),
        Lineage::Under(parent) => recording(site, Some(parent)),
        // The sampler decides.
        Lineage::Root => true,
    }
}

/// Starts a span that is not bound to a scope. `name`: its own, instead of the site's. The values are
/// for the first keys of the site.
pub fn start_detached(
    site: &'static Site,
    kind: SpanKind,
    name: Option<&str>,
    lineage: Lineage<'_>,
    values: &[Value<'_>],
) -> DetachedSpan {
    if !is_on() {
        return DetachedSpan::new(TaskSpan::passive());
    }
    let args = StartArgs { values, plain_name: name, ..StartArgs::new() };
    let span = TaskSpan::started(site, kind, lineage, args);
    if let (true, Some(name)) = (span.is_recording(), name) {
        late::name(span.serial(), Value::Str(name));
    }
    DetachedSpan::new(span)
}

/// Runs `body` with the span current, like [`DetachedSpan::in_scope`], without a handle for it.
#[inline]
pub fn within<R>(span: &mut DetachedSpan, body: impl FnOnce() -> R) -> R {
    span.enter(body)
}

/// Returns the context that is current within the span.
pub fn context_of(span: &DetachedSpan) -> Context {
    let in_force =
        |current: &Current| Context::in_force(current.context(), current.baggage.clone());
    span.current().map_or_else(Context::default, in_force)
}

/// A span that is open for additions. Data added after its end are lost, and counted.
#[derive(Clone, Copy, Debug)]
pub struct Subject(u64);

impl Subject {
    #[inline]
    pub(super) fn of(serial: u64) -> Self {
        Self(serial)
    }

    /// Returns the current span, if it is recorded, and that of the running code.
    pub fn current() -> Option<Self> {
        task::look_at_current(|it| (it.is_recording() && it.is_own()).then_some(Self(it.serial)))
    }

    /// Returns a detached span, if it is recorded.
    #[inline]
    pub fn of_detached(span: &DetachedSpan) -> Option<Self> {
        span.recorded().map(Self)
    }

    /// Sets the values for the keys of its site from `first` on.
    pub fn set_values(self, first: u16, values: &[Value<'_>]) {
        late::site_fields(self.0, first, values);
    }

    /// Sets the value for one of the keys of its site.
    pub fn set(self, key: u16, value: Value<'_>) {
        late::site_fields(self.0, key, &[value]);
    }

    pub fn set_attributes(self, attributes: &[(Cow<'static, str>, Value<'_>)]) {
        late::fields(self.0, attributes);
    }

    pub fn add_event(self, name: Value<'_>, attributes: &[(Cow<'static, str>, Value<'_>)]) {
        late::event(self.0, name, attributes);
    }

    pub fn add_link(self, to: &SpanContext) {
        late::link(self.0, to, late::NO_PAIRS);
    }

    pub fn set_name(self, name: &str) {
        late::name(self.0, Value::Str(name));
    }

    pub fn set_kind(self, kind: SpanKind) {
        late::kind(self.0, kind);
    }

    /// Sets the status. An error without a description keeps an earlier description.
    pub fn set_status(self, status: &Status) {
        match status {
            Status::Unset => {}
            Status::Ok => late::status(self.0, 1, Value::Static("")),
            Status::Error { description } if description.is_empty() => {
                late::status(self.0, 3, Value::Static(""));
            }
            Status::Error { description } => late::status(self.0, 2, description.text()),
        }
    }
}
