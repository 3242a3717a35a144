//! Defines the conditions on spans that queries, assertions and trees share.
//!
//! A condition is a function in one of these files and a line in [`for_each_condition`], which adds
//! its methods to all three.

mod attributes;
mod ending;
mod events;
mod identity;
mod links;
mod list;
mod origin;
mod place;
mod subject;
mod times;

pub use events::{EventPattern, event};
pub use links::{LinkPattern, link};
pub(crate) use list::for_each_condition;

pub(crate) use attributes::{absent, further, has, has_only};
pub(crate) use ending::{failed, has_error, not_failed, outcome, status};
pub(crate) use events::{event_count, has_event, has_events, has_exception, has_no_event};
pub(crate) use identity::{
    attribute_count, dropped, not_sampled, nothing_dropped, sampled, satisfies, span_id, trace_id,
    trace_state,
};
pub(crate) use links::{link_count, links_to};
pub(crate) use origin::{kind, named, resource, schema_url, scope, scope_attribute, scope_version};
pub(crate) use place::{
    child_of, child_of_remote, child_of_span, has_child, has_no_children, is_root, not_within,
    remote_parent, same_trace_as, within,
};
pub(crate) use subject::{Condition, Subject};
pub(crate) use times::{duration, ended_before, ends_at, started_after, starts_at};
