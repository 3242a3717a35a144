//! Lists what is below a span: for each span that the two services make, the children that it must have. This is the
//! structure of `examples/shop`, written a second time, from the outside.

use crate::e2e::decoded::Span;
use std::ops::RangeInclusive;

/// Children of one name.
pub(super) struct Slot {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) count: RangeInclusive<usize>,
}

const fn slot(name: &'static str, kind: &'static str, least: usize, most: usize) -> Slot {
    Slot { name, kind, count: least..=most }
}

/// Exactly one query of the database.
const fn query(name: &'static str) -> Slot {
    slot(name, "client", 1, 1)
}

/// Exactly one call of a function.
const fn call(name: &'static str) -> Slot {
    slot(name, "internal", 1, 1)
}

/// Exactly one request that arrives.
const fn arrival(name: &'static str) -> Slot {
    slot(name, "server", 1, 1)
}

/// Lines of an order.
const MOST_LINES: usize = 20;

/// The children of a span, of a request that was answered with a status; `None`: there should be no such span.
pub(super) fn children(span: &Span, status: i64) -> Option<Vec<Slot>> {
    let name = span.name.as_str();
    Some(match (span.service.as_str(), span.kind.as_str()) {
        ("shop", "server") => route(name, status)?,
        ("shop", "internal") => function(span, name, status)?,
        ("shop", "producer") => vec![query("INSERT jobs"), attempts(name)?],
        ("shop", "consumer") => job(span, name)?,
        ("shop", "client") => client(span, name)?,
        ("warehouse", "server") => vec![call(match name {
            "GET /stock/{id}" => "count",
            "PUT /reservations/{id}" => "reserve",
            "DELETE /reservations/{id}" => "release",
            "POST /reservations/{id}/shipment" => "hand out",
            _ => return None,
        })],
        ("warehouse", "internal") => match name {
            "count" | "reserve" | "release" | "hand out" => Vec::new(),
            _ => return None,
        },
        _ => return None,
    })
}

/// Of a request: who sends it, if that matters, and what is done.
fn route(name: &str, status: i64) -> Option<Vec<Slot>> {
    let (action, is_for_users) = match name {
        "POST /login" => ("log in", false),
        "GET /items" => ("search items", false),
        "GET /items/{id}" => ("look at item", false),
        "POST /orders" => ("place order", true),
        "GET /orders/{id}" => ("look at order", true),
        "POST /orders/{id}/cancel" => ("cancel order", true),
        "GET /admin/report" => ("report", true),
        _ => return None,
    };
    let mut children = Vec::new();
    if is_for_users {
        children.push(call("authenticate"));
    }
    if !is_for_users || status != 401 {
        children.push(call(action));
    }
    Some(children)
}

fn function(span: &Span, name: &str, status: i64) -> Option<Vec<Slot>> {
    let is_ok = status < 300;
    Some(match name {
        "log in" => {
            let mut children = vec![query("SELECT users"), call("verify password")];
            children.extend(is_ok.then(|| query("INSERT sessions")));
            children
        }
        "authenticate" => {
            // Who shows no token is not looked for.
            let is_known = status != 401;
            is_known.then(|| query("SELECT sessions, users")).into_iter().collect()
        }
        "search items" => vec![query("SELECT items")],
        "look at item" => vec![call("cache.get")],
        "cache.get" => cache(span),
        "place order" if is_ok => vec![
            slot("SELECT items", "client", 1, MOST_LINES),
            query("PUT /reservations/{id}"),
            query("BEGIN"),
            query("INSERT orders, order_lines"),
            slot("send ship_order", "producer", 1, 1),
            slot("send send_receipt", "producer", 1, 1),
            query("COMMIT"),
        ],
        // Sold out: nothing is written.
        "place order" => {
            vec![slot("SELECT items", "client", 1, MOST_LINES), query("PUT /reservations/{id}")]
        }
        "look at order" => {
            let mut children = vec![query("SELECT orders")];
            children.extend(is_ok.then(|| query("SELECT order_lines")));
            children
        }
        "cancel order" if is_ok => vec![
            query("SELECT orders"),
            query("UPDATE orders"),
            query("DELETE /reservations/{id}"),
            call("look at order"),
        ],
        // Too late: it is looked at again to say why.
        "cancel order" => vec![slot("SELECT orders", "client", 2, 2), query("UPDATE orders")],
        "report" => is_ok.then(|| query("SELECT orders")).into_iter().collect(),
        "verify password" => Vec::new(),
        // Of a new file, which has to be filled.
        "open database" => vec![query("DELETE sessions"), query("BEGIN"), query("COMMIT")],
        _ => return None,
    })
}

/// Memory, then the database, then where it comes from: as the span itself records.
fn cache(span: &Span) -> Vec<Slot> {
    match span.text("cache.source") {
        Some("memory") => Vec::new(),
        Some("database") => vec![query("SELECT cache_entries")],
        Some(_) => vec![
            query("SELECT cache_entries"),
            query("SELECT items"),
            query("GET /stock/{id}"),
            query("INSERT cache_entries"),
        ],
        // There is no such item.
        None => vec![query("SELECT cache_entries"), query("SELECT items")],
    }
}

/// A job is tried three times at most.
fn attempts(send: &str) -> Option<Slot> {
    let process = match send {
        "send ship_order" => "process ship_order",
        "send send_receipt" => "process send_receipt",
        _ => return None,
    };
    Some(slot(process, "consumer", 1, 3))
}

fn job(span: &Span, name: &str) -> Option<Vec<Slot>> {
    Some(match name {
        "process digest" => vec![query("UPDATE digests")],
        "process send_receipt" => vec![query("mail receipt"), query("UPDATE jobs")],
        "process ship_order" if span.failed => vec![
            query("SELECT orders"),
            query("UPDATE orders"),
            query("call carrier"),
            query("UPDATE jobs"),
        ],
        // It was cancelled meanwhile, or it is packed and goes.
        "process ship_order" => vec![
            query("SELECT orders"),
            slot("UPDATE orders", "client", 1, 2),
            slot("call carrier", "client", 0, 1),
            slot("POST /reservations/{id}/shipment", "client", 0, 1),
            query("UPDATE jobs"),
        ],
        _ => return None,
    })
}

/// Queries and calls of the world outside have nothing below them; requests to the warehouse arrive there.
fn client(span: &Span, name: &str) -> Option<Vec<Slot>> {
    let has = |key| span.attributes.contains_key(key);
    Some(match name {
        _ if has("db.system.name") || has("peer.service") => Vec::new(),
        // It goes by the same name on both sides.
        "GET /stock/{id}" => vec![arrival("GET /stock/{id}")],
        "PUT /reservations/{id}" => vec![arrival("PUT /reservations/{id}")],
        "DELETE /reservations/{id}" => vec![arrival("DELETE /reservations/{id}")],
        "POST /reservations/{id}/shipment" => vec![arrival("POST /reservations/{id}/shipment")],
        _ => return None,
    })
}
