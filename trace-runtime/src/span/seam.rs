//! What the layer for `tracing` calls: spans that are entered and left without a guard, on any
//! thread, as often as it takes. Hidden, and named after the version, so that nobody else leans on
//! it.
#![allow(missing_docs)]

#[cfg(feature = "logs")]
pub use crate::logs::seam as logs;
pub use crate::recorder::start::Lineage;
pub use crate::recorder::task::Attached;
pub use crate::site::Site;

use crate::context::{Current, SpanContext, bits};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::finish::Finish;
use crate::recorder::guard::recording;
use crate::recorder::late;
use crate::recorder::task;
use crate::state;
use crate::status::Status;
use crate::value::{Text, Value};
use std::borrow::Cow;

/// What is known of a place in the source when its first span starts.
#[derive(Debug)]
pub struct Place<'a> {
    pub name: &'a str,
    pub module: &'a str,
    pub file: &'a str,
    pub line: u32,
    /// The keys of its values.
    pub keys: Vec<&'a str>,
    /// Attributes that every span carries.
    pub constants: Vec<(&'static str, &'static str)>,
}

impl Place<'_> {
    /// The site of this place, for the life of the program: to be made once.
    pub fn into_site(self) -> &'static Site {
        let Self { name, module, file, line, keys, constants } = self;
        let mut text = String::new();
        for field in ["", module, file, "", name, ""].iter().chain(&keys) {
            text.extend(field.chars().map(|char| if char == '\0' { ' ' } else { char }));
            text.push('\0');
        }
        text.pop();
        let site: &'static Site = Box::leak(Box::new(Site::new(text.leak(), line)));
        site.set_constants(constants);
        site
    }
}

/// Whether anything is recorded at all.
#[inline]
pub fn is_on() -> bool {
    state::is_on(state::load())
}

/// Whether a span is likely to be recorded, asked before its values are looked at.
pub fn is_recording(site: &'static Site, lineage: Lineage<'_>) -> bool {
    match lineage {
        Lineage::Current => recording(site, None),
        Lineage::Under(parent) => recording(site, Some(parent)),
        // The sampler decides.
        Lineage::Root => true,
    }
}

/// A span between its start and its end, which is when this is dropped.
#[derive(Debug)]
pub struct OpenSpan {
    context: Current,
    recording: bool,
    was_panicking: bool,
    /// The tick at which it was last left; 0: it never was.
    left: u64,
}

impl OpenSpan {
    /// Starts a span, which does not become current. `None`: nothing is recorded, and nobody else
    /// needs to know.
    pub fn start(
        site: &'static Site,
        kind: SpanKind,
        name: Option<&str>,
        lineage: Lineage<'_>,
        values: &[Value<'_>],
    ) -> Option<Self> {
        let (context, recording) = match task::start_span(site, kind, name, lineage, values, false)
        {
            Some(started) => started,
            // Entered elsewhere, what starts under it is to follow the same decision.
            None => (unsampled(lineage)?, false),
        };
        if let (true, Some(name)) = (recording, name) {
            late::name(context.serial, Value::Str(name));
        }
        let was_panicking = std::thread::panicking();
        Some(Self { context, recording, was_panicking, left: 0 })
    }

    /// Its identity.
    pub fn context(&self) -> SpanContext {
        self.context.context()
    }

    /// What tells it apart from all others of the process.
    #[inline]
    pub fn serial(&self) -> u64 {
        self.context.serial
    }

    /// Makes it current on this thread.
    #[inline]
    pub fn enter(&self) -> Attached {
        task::attach_current(self.context.clone())
    }

    /// Unless it is entered again, this is its end. Says its serial.
    #[inline]
    pub fn leave(&mut self) -> u64 {
        if self.recording {
            self.left = late::tick(self.context.serial);
        }
        self.context.serial
    }

    /// For saying more about it; `None`: it is not recorded.
    #[inline]
    pub fn subject(&self) -> Option<Subject> {
        self.recording.then_some(Subject(self.context.serial))
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        let mut finish = Finish::new(self.context.serial, self.recording);
        if !self.was_panicking && std::thread::panicking() {
            finish.set_outcome(Outcome::Panic);
        }
        finish.end_at((self.left != 0).then_some(self.left));
    }
}

/// The current context, if it says that its trace is not recorded.
fn unsampled(lineage: Lineage<'_>) -> Option<Current> {
    let current = matches!(lineage, Lineage::Current).then(task::current)?;
    (current.bits & bits::UNSAMPLED != 0).then_some(current)
}

/// The serial of the span that is current on this thread.
#[inline]
pub fn current_serial() -> u64 {
    task::current_serial()
}

/// A span of which more is said. What is said after its end is lost, and counted.
#[derive(Clone, Copy, Debug)]
pub struct Subject(u64);

impl Subject {
    /// The current span, if it is recorded.
    pub fn current() -> Option<Self> {
        let current = task::current();
        current.is_recording().then_some(Self(current.serial))
    }

    /// A value for one of the keys of its site.
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
        late::link(self.0, to, &[]);
    }

    pub fn set_name(self, name: &str) {
        late::name(self.0, Value::Str(name));
    }

    pub fn set_kind(self, kind: SpanKind) {
        late::kind(self.0, kind);
    }

    /// An error without a description takes no description away.
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
