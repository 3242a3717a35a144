//! Lists the words that are allowed in the brackets of a span, with the methods of `SpanPattern` that
//! they call. A new condition is a line here.

/// An option word.
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) form: Form,
}

/// How the word continues.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing: `root`.
    Flag,
    /// An expression: `duration: lt(ms(5))`.
    Value,
    /// An expression; the word may be repeated: `no_event: "retry"`.
    Values,
    /// A variant of this type, or an expression: `kind: Server`.
    Variant(&'static str, &'static [&'static str]),
    /// Nothing, or an expression for the other method, which borrows it:
    /// `remote_parent`, `remote_parent: incoming`.
    Either(&'static str),
    /// An event, or a list of events: `event: "retry" ["attempt" = 2]`.
    Events,
    /// A link, or a list of links: `links: ["charge", "audit"]`.
    Links,
    /// Attributes: `resource: ["service.name" = "shop"]`.
    Pairs,
}

const fn word(name: &'static str, method: &'static str, form: Form) -> Word {
    Word { name, method, form }
}

const KINDS: &[&str] = &["Internal", "Server", "Client", "Producer", "Consumer"];
const STATUSES: &[&str] = &["Unset", "Ok", "Error"];
const OUTCOMES: &[&str] = &["Ok", "Error", "Panic", "Cancelled"];

pub(super) const WORDS: &[Word] = &[
    word("kind", "kind", Form::Variant("SpanKind", KINDS)),
    word("status", "status", Form::Variant("Status", STATUSES)),
    word("outcome", "outcome", Form::Variant("Outcome", OUTCOMES)),
    word("error", "has_error", Form::Value),
    word("failed", "failed", Form::Flag),
    word("not_failed", "not_failed", Form::Flag),
    word("exception", "has_exception", Form::Value),
    word("root", "is_root", Form::Flag),
    word("remote_parent", "has_remote_parent", Form::Either("remote_parent")),
    word("link", "links_to", Form::Links),
    word("links", "links_to", Form::Links),
    word("link_count", "link_count", Form::Value),
    word("event", "has_event", Form::Events),
    word("events", "has_event", Form::Events),
    word("no_event", "has_no_event", Form::Values),
    word("event_count", "event_count", Form::Value),
    word("attribute_count", "attribute_count", Form::Value),
    word("no_attributes", "only", Form::Flag),
    word("duration", "duration", Form::Value),
    word("starts_at", "starts_at", Form::Value),
    word("ends_at", "ends_at", Form::Value),
    word("ended_before", "ended_before", Form::Values),
    word("started_after", "started_after", Form::Values),
    word("scope", "scope", Form::Value),
    word("scope_version", "scope_version", Form::Value),
    word("scope_attributes", "scope_attribute", Form::Pairs),
    word("resource", "resource", Form::Pairs),
    word("schema_url", "schema_url", Form::Value),
    word("trace_id", "trace_id", Form::Value),
    word("span_id", "span_id", Form::Value),
    word("trace_state", "trace_state", Form::Value),
    word("sampled", "sampled", Form::Flag),
    word("not_sampled", "not_sampled", Form::Flag),
    word("nothing_dropped", "nothing_dropped", Form::Flag),
];

impl Word {
    /// Whether the word may be repeated.
    pub(super) fn repeats(&self) -> bool {
        matches!(self.form, Form::Values | Form::Events | Form::Links | Form::Pairs)
    }
}

/// `` `kind`, `status` … ``
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let listed: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    listed.join(", ")
}
