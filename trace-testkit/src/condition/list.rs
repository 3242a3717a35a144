//! Lists all conditions, for the methods of queries, assertions and trees.

/// Calls `$with!` with all conditions: documentation, name, name of the twin that returns a report,
/// arguments, and the function that creates the condition.
macro_rules! for_each_condition {
    ($with:ident) => {
        $with! {
            /// Requires that the name matches; for spans that were found by another condition.
            named, try_named(name: impl Into<Match>) = condition::named;
            /// Requires the attribute `key`, with a value that matches.
            has, try_has(key: impl Into<String>, value: impl Into<Match>) = condition::has;
            /// Requires that there is no attribute `key`.
            has_no, try_has_no(key: impl Into<String>) = condition::absent;
            /// Requires these attributes and no others, in any order. `code.*` and `error.type`, which
            /// the runtime adds itself, need not be named.
            has_only, try_has_only(
                attributes: impl IntoIterator<Item = (impl Into<String>, impl Into<Match>)>
            ) = condition::has_only;
            /// Requires this number of attributes, not counting `code.*`.
            attribute_count, try_attribute_count(count: impl Into<Match>)
                = condition::attribute_count;
            /// Requires this status; an error without a description stands for any error.
            status, try_status(status: Status) = condition::status;
            /// Requires an error status with this description.
            has_error, try_has_error(description: impl Into<Match>) = condition::has_error;
            /// Requires an error status.
            failed, try_failed() = condition::failed;
            /// Requires a status other than error.
            not_failed, try_not_failed() = condition::not_failed;
            /// Requires this outcome of the call.
            outcome, try_outcome(outcome: Outcome) = condition::outcome;
            /// Requires this kind.
            kind, try_kind(kind: SpanKind) = condition::kind;
            /// Requires an event: a name, or an [`event`](crate::event) with attributes.
            has_event, try_has_event(event: impl Into<EventPattern>) = condition::has_event;
            /// Requires these events and no others, in this order.
            has_events, try_has_events(
                events: impl IntoIterator<Item = impl Into<EventPattern>>
            ) = condition::has_events;
            /// Requires that there is no event of this name.
            has_no_event, try_has_no_event(name: impl Into<Match>) = condition::has_no_event;
            /// Requires an `exception` event with this message.
            has_exception, try_has_exception(message: impl Into<Match>) = condition::has_exception;
            /// Requires this number of events.
            event_count, try_event_count(count: impl Into<Match>) = condition::event_count;
            /// Requires a link to `target`: the name of a recorded span, a context, or a
            /// [`link`](crate::link) with attributes.
            links_to, try_links_to(target: impl Into<LinkPattern>) = condition::links_to;
            /// Requires this number of links.
            link_count, try_link_count(count: impl Into<Match>) = condition::link_count;
            /// Requires an ancestor of this name: its parent, its parent's parent, and so on.
            within, try_within(name: impl Into<Match>) = condition::within;
            /// Requires that no ancestor has this name.
            not_within, try_not_within(name: impl Into<Match>) = condition::not_within;
            /// Requires a parent of this name.
            child_of, try_child_of(name: impl Into<Match>) = condition::child_of;
            /// Requires that it has no parent, neither here nor in another process.
            is_root, try_is_root() = condition::is_root;
            /// Requires a child of this name.
            has_child, try_has_child(name: impl Into<Match>) = condition::has_child;
            /// Requires that it has no children.
            has_no_children, try_has_no_children() = condition::has_no_children;
            /// Requires this span of another process as its parent.
            remote_parent, try_remote_parent(parent: impl ToContext) = condition::child_of_remote;
            /// Requires a parent in another process.
            has_remote_parent, try_has_remote_parent() = condition::remote_parent;
            /// Requires a span of this name in the same trace.
            same_trace_as, try_same_trace_as(name: impl Into<Match>) = condition::same_trace_as;
            /// Requires this duration.
            duration, try_duration(duration: impl Into<Match>) = condition::duration;
            /// Requires this start time, in nanoseconds since the Unix epoch.
            starts_at, try_starts_at(unix_nanos: impl Into<Match>) = condition::starts_at;
            /// Requires this end time, in nanoseconds since the Unix epoch.
            ends_at, try_ends_at(unix_nanos: impl Into<Match>) = condition::ends_at;
            /// Requires that it ended before any span of this name began.
            ended_before, try_ended_before(name: impl Into<Match>) = condition::ended_before;
            /// Requires that it began after every span of this name had begun.
            started_after, try_started_after(name: impl Into<Match>) = condition::started_after;
            /// Requires this instrumentation scope: the name of the library that recorded it.
            scope, try_scope(name: impl Into<Match>) = condition::scope;
            /// Requires this version of the library that recorded it.
            scope_version, try_scope_version(version: impl Into<Match>) = condition::scope_version;
            /// Requires this attribute of the instrumentation scope.
            scope_attribute, try_scope_attribute(key: impl Into<String>, value: impl Into<Match>)
                = condition::scope_attribute;
            /// Requires this attribute of the resource, such as `service.name`.
            resource, try_resource(key: impl Into<String>, value: impl Into<Match>)
                = condition::resource;
            /// Requires this schema URL of the resource; it is empty if there is none.
            schema_url, try_schema_url(url: impl Into<Match>) = condition::schema_url;
            /// Requires this trace id.
            trace_id, try_trace_id(id: TraceId) = condition::trace_id;
            /// Requires this span id.
            span_id, try_span_id(id: SpanId) = condition::span_id;
            /// Requires that the sampled flag is set.
            sampled, try_sampled() = condition::sampled;
            /// Requires that the sampled flag is not set.
            not_sampled, try_not_sampled() = condition::not_sampled;
            /// Requires this W3C `tracestate`; it is empty if there is none.
            trace_state, try_trace_state(state: impl Into<Match>) = condition::trace_state;
            /// Requires that no limit dropped an attribute, event or link.
            nothing_dropped, try_nothing_dropped() = condition::nothing_dropped;
            /// Requires that `holds` returns true; the description follows "expected" in messages.
            satisfies, try_satisfies(
                description: impl Into<String>,
                holds: impl Fn(&SpanData) -> bool + Send + Sync + 'static
            ) = condition::satisfies;
        }
    };
}
pub(crate) use for_each_condition;
