//! The methods by which conditions are named.

/// Calls `$with!` with all conditions: documentation, the name, the name of its twin that returns
/// a report, the arguments, and the function that makes the condition.
macro_rules! for_each_condition {
    ($with:ident) => {
        $with! {
            /// The name matches; for spans that were found by something else.
            named, try_named(name: impl Into<Match>) = condition::named;
            /// The attribute `key` is there and its value matches.
            has, try_has(key: impl Into<String>, value: impl Into<Match>) = condition::has;
            /// There is no attribute `key`.
            has_no, try_has_no(key: impl Into<String>) = condition::absent;
            /// These are all the attributes, in any order. `code.*` and `error.type`, which the
            /// runtime adds by itself, need not be named.
            has_only, try_has_only(
                attributes: impl IntoIterator<Item = (impl Into<String>, impl Into<Match>)>
            ) = condition::has_only;
            /// There are so many attributes, `code.*` not counted.
            attribute_count, try_attribute_count(count: impl Into<Match>)
                = condition::attribute_count;
            /// The status is this one; an error without a description stands for any error.
            status, try_status(status: Status) = condition::status;
            /// The status is an error with this description.
            has_error, try_has_error(description: impl Into<Match>) = condition::has_error;
            /// The status is an error.
            failed, try_failed() = condition::failed;
            /// The status is not an error.
            not_failed, try_not_failed() = condition::not_failed;
            /// The call ended this way.
            outcome, try_outcome(outcome: Outcome) = condition::outcome;
            /// The kind is this one.
            kind, try_kind(kind: SpanKind) = condition::kind;
            /// There is such an event: a name, or an [`event`](crate::event) with attributes.
            has_event, try_has_event(event: impl Into<EventPattern>) = condition::has_event;
            /// These are all the events, in this order.
            has_events, try_has_events(
                events: impl IntoIterator<Item = impl Into<EventPattern>>
            ) = condition::has_events;
            /// There is no event of this name.
            has_no_event, try_has_no_event(name: impl Into<Match>) = condition::has_no_event;
            /// There is an `exception` event with this message.
            has_exception, try_has_exception(message: impl Into<Match>) = condition::has_exception;
            /// There are so many events.
            event_count, try_event_count(count: impl Into<Match>) = condition::event_count;
            /// A link leads there: the name of a recorded span, a context, or a
            /// [`link`](crate::link) with attributes.
            links_to, try_links_to(target: impl Into<LinkPattern>) = condition::links_to;
            /// There are so many links.
            link_count, try_link_count(count: impl Into<Match>) = condition::link_count;
            /// A span of this name is its parent, or its parent's parent, and so on.
            within, try_within(name: impl Into<Match>) = condition::within;
            /// No span of this name is above it.
            not_within, try_not_within(name: impl Into<Match>) = condition::not_within;
            /// A span of this name is its parent.
            child_of, try_child_of(name: impl Into<Match>) = condition::child_of;
            /// It has no parent, neither here nor in another process.
            is_root, try_is_root() = condition::is_root;
            /// A span of this name is its child.
            has_child, try_has_child(name: impl Into<Match>) = condition::has_child;
            /// It has no children.
            has_no_children, try_has_no_children() = condition::has_no_children;
            /// Its parent is a span of another process: this one.
            remote_parent, try_remote_parent(parent: impl ToContext) = condition::child_of_remote;
            /// Its parent is a span of another process: any.
            has_remote_parent, try_has_remote_parent() = condition::remote_parent;
            /// A span of this name is in the same trace.
            same_trace_as, try_same_trace_as(name: impl Into<Match>) = condition::same_trace_as;
            /// It took so long.
            duration, try_duration(duration: impl Into<Match>) = condition::duration;
            /// It started then, in nanoseconds since the Unix epoch.
            starts_at, try_starts_at(unix_nanos: impl Into<Match>) = condition::starts_at;
            /// It ended then, in nanoseconds since the Unix epoch.
            ends_at, try_ends_at(unix_nanos: impl Into<Match>) = condition::ends_at;
            /// It ended before any span of this name began.
            ended_before, try_ended_before(name: impl Into<Match>) = condition::ended_before;
            /// It began after every span of this name had begun.
            started_after, try_started_after(name: impl Into<Match>) = condition::started_after;
            /// The library that recorded it has this name.
            scope, try_scope(name: impl Into<Match>) = condition::scope;
            /// The library that recorded it has this version.
            scope_version, try_scope_version(version: impl Into<Match>) = condition::scope_version;
            /// The library that recorded it has this attribute.
            scope_attribute, try_scope_attribute(key: impl Into<String>, value: impl Into<Match>)
                = condition::scope_attribute;
            /// The program that recorded it has this attribute, such as `service.name`.
            resource, try_resource(key: impl Into<String>, value: impl Into<Match>)
                = condition::resource;
            /// The resource follows the schema of this URL; it is empty when there is none.
            schema_url, try_schema_url(url: impl Into<Match>) = condition::schema_url;
            /// It is of this trace.
            trace_id, try_trace_id(id: TraceId) = condition::trace_id;
            /// It has this id.
            span_id, try_span_id(id: SpanId) = condition::span_id;
            /// The sampled flag is set.
            sampled, try_sampled() = condition::sampled;
            /// The sampled flag is not set.
            not_sampled, try_not_sampled() = condition::not_sampled;
            /// The W3C `tracestate` matches; it is empty when there is none.
            trace_state, try_trace_state(state: impl Into<Match>) = condition::trace_state;
            /// No attribute, event or link was dropped for a limit.
            nothing_dropped, try_nothing_dropped() = condition::nothing_dropped;
            /// Whatever `holds` says, described as what follows "expected".
            satisfies, try_satisfies(
                description: impl Into<String>,
                holds: impl Fn(&SpanData) -> bool + Send + Sync + 'static
            ) = condition::satisfies;
        }
    };
}
pub(crate) use for_each_condition;
