//! Lists options of other libraries, with their replacements.

use super::keys;
use crate::attribute::Macro;

/// The fix for a name that is an option of another library.
pub(super) fn hint(of: Macro, name: &str) -> Option<&'static str> {
    match of {
        Macro::Trace => for_spans(name),
        Macro::Metered => for_meters(name),
        Macro::BusinessMetric => for_instruments(name),
    }
}

fn for_spans(name: &str) -> Option<&'static str> {
    Some(match name {
        "fields" | "properties" | "attributes" | "tags" => {
            "attributes are recorded with `attrs(key = value)` or `#[attr]` on a parameter"
        }
        "skip_all" => "no argument is recorded unless it is asked for; leave it out",
        "follows_from" | "link" => "links are given with `links = [context]`",
        "span_kind" => "the kind is given with `kind = Client`",
        "short_name" => "it is the default; leave it out",
        "enter_on_poll" => "a future has one span, however often it is polled; leave it out",
        "ok_if" | "error_if" => "`err(when = condition)` selects the errors that count",
        _ => return None,
    })
}

fn for_meters(name: &str) -> Option<&'static str> {
    Some(match name {
        "objective" => "the objective is given with `slo = API_SLO`, the path of a constant",
        "track_concurrency" | "concurrency" | "inflight" => {
            "calls in progress are counted with `in_flight`"
        }
        "ok_if" | "error_if" => "`err(when = condition)` selects the errors that count",
        "struct_name" => "methods of an `impl` block carry the name of its type; leave it out",
        "skip_autometrics" => "use `#[metered(skip)]` to skip a method",
        "tags" | "attributes" | "attrs" | "fields" => {
            "labels are given with `labels(key = value)`; each has a bounded set of values"
        }
        "registry" => "there is one pipeline; leave it out",
        "boundaries" => "the buckets are given with `buckets = [0.01, 0.1, 1.0]`",
        "counter" | "updown" | "gauge" | "histogram" => {
            "business metrics are recorded with `#[business_metric(…)]`"
        }
        _ => return None,
    })
}

fn for_instruments(name: &str) -> Option<&'static str> {
    Some(match name {
        "Counter" | "increment_counter" => "write `counter(\"orders\")`",
        "UpDownCounter" | "up_down_counter" | "updown_counter" => {
            "write `updown(\"sessions.active\")`"
        }
        "Gauge" => "write `gauge(\"queue.depth\")`",
        "Histogram" | "distribution" | "summary" | "timer" => "write `histogram(\"cart.items\")`",
        "increment" | "add" | "record" | "amount" | "measure" | "set" => {
            "the number to record is given with `value = order.total`"
        }
        "tags" | "attributes" | "attrs" | "fields" => {
            "labels are given with `labels(key = value)`; each has a bounded set of values"
        }
        keys::UNIT | keys::DESCRIPTION | keys::BUCKETS | keys::NAME => {
            "it belongs to the instrument: `counter(\"orders\", unit = \"{order}\", description = \
             \"…\")`"
        }
        "ok_if" | "error_if" | "when" => {
            "`on = ok` or `on = error` selects the calls that are recorded, and so does a value \
             that is an `Option`"
        }
        _ => return None,
    })
}
