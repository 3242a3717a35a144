//! Runs the whole service as a user would, with a receiver for its telemetry.

mod support;

use std::time::Duration;
use support::{Service, ask};
use trace_testkit::matcher::is_int;
use trace_testkit::receiver::Receiver;
use trace_testkit::tree;

const SOON: Duration = Duration::from_secs(10);

#[test]
fn an_order_is_one_trace_across_both_services_and_the_queue() {
    let t = Receiver::start().unwrap();
    let service = Service::start(&t);
    let token = service.log_in("customer-1", "secret-1");
    assert_eq!(service.ask("GET", "/items/3", "", "").status, 200);
    let order = service.order(&token, 3);

    t.eventually_blocking(SOON, |t| {
        t.span("POST /reservations/{id}/shipment")
            .with("http.route", "/reservations/{id}/shipment")
            .one();
        t.span("process digest").one().link_count(1).links_to("process ship_order").is_root();
        t.assert_tree(tree! {
            "POST /orders" [kind: Server, root, resource: ["service.name" = "shop", ..]] => {
                "authenticate" ["auth.success" = true] => {
                    "SELECT sessions, users" ["db.result.found" = true, ..],
                },
                "place order" ["order.id" = order, ..] => {
                    "SELECT items" [kind: Client],
                    "PUT /reservations/{id}" [kind: Client] => {
                        "PUT /reservations/{id}" [
                            kind: Server,
                            // It came as baggage.
                            "customer.tier" = "standard",
                            resource: ["service.name" = "warehouse", ..],
                            ..
                        ] => { "reserve" },
                    },
                    "BEGIN" [..],
                    "INSERT orders, order_lines" [..],
                    "send ship_order" [kind: Producer] => {
                        "INSERT jobs" [..],
                        "process ship_order" [
                            kind: Consumer,
                            "job.attempt" = 1,
                            "customer.tier" = "standard",
                            "messaging.destination.name" = "ship_order",
                            links: ["send ship_order"],
                            ..
                        ] => {
                            "SELECT orders" [..],
                            "UPDATE orders" ["order.state" = "packed", ..],
                            "call carrier" [not_failed],
                            "POST /reservations/{id}/shipment" [kind: Client] => {
                                "POST /reservations/{id}/shipment" [kind: Server] => { "hand out" },
                            },
                            "UPDATE orders" ["order.state" = "shipped", ..],
                            "UPDATE jobs" [..],
                        },
                    },
                    "send send_receipt" [kind: Producer, "job.id" = is_int(), ..] => {
                        "INSERT jobs" [..],
                        "process send_receipt" [kind: Consumer] => {
                            "mail receipt" [..],
                            "UPDATE jobs" [..],
                        },
                    },
                    "COMMIT" [..],
                },
            },
            ..
        });
    });
    t.span("cache.get").with("cache.hit", false).with("cache.source", "origin").one();
    t.span("GET /stock/{id}").kind(trace_runtime::SpanKind::Server).within("cache.get").one();
}

#[test]
fn what_fails_is_tried_again_and_linked_to_the_attempt_before() {
    let t = Receiver::start().unwrap();
    let service = Service::start(&t);
    let token = service.log_in("customer-2", "secret-2");
    // The carrier does not answer the first call for every seventh.
    let orders: Vec<_> = (0..7).map(|_| service.order(&token, 4)).collect();
    assert_eq!(orders, [1, 2, 3, 4, 5, 6, 7]);
    t.eventually_blocking(SOON, |t| {
        let attempts = t.span("process ship_order").with("order.id", 7);
        let first = attempts.clone().with("job.attempt", 1).one();
        first.has_error("the carrier failed: no answer").has("error.type", "carrier");
        let second = attempts.with("job.attempt", 2).one();
        second
            .not_failed()
            .links_to("send ship_order")
            .links_to("process ship_order")
            .link_count(2);
        t.counter("jobs.failures").with("job.name", "ship_order").total(1);
        t.counter("orders.placed").total(7);
    });
    t.span("process ship_order").failed().count(1);
}

#[test]
fn forbidden_requests_are_refused_and_fail_no_span() {
    let t = Receiver::start().unwrap();
    let service = Service::start(&t);
    let token = service.log_in("customer-1", "secret-1");
    let admin = service.log_in("admin", "secret-admin");
    let wrong = r#"{"name":"customer-1","password":"hunter2"}"#;
    let sold_out = r#"{"lines":[{"item_id":25,"quantity":1}]}"#;
    for (method, path, token, body, status, kind) in [
        ("POST", "/login", "", wrong, 401, "wrong_password"),
        ("POST", "/login", "", "{}", 422, "bad_request"),
        ("GET", "/orders/1", "what", "", 401, "not_logged_in"),
        ("GET", "/admin/report", &token, "", 403, "wrong_role"),
        ("POST", "/orders", &admin, sold_out, 403, "wrong_role"),
        ("POST", "/orders", &token, sold_out, 409, "sold_out"),
        ("POST", "/orders", &token, r#"{"lines":[]}"#, 422, "bad_order"),
        ("GET", "/orders/1", &token, "", 404, "unknown_order"),
        ("GET", "/items/1000", "", "", 404, "unknown_item"),
        ("GET", "/items/one", "", "", 400, "bad_request"),
        ("GET", "/nothing", "", "", 404, "unknown_page"),
    ] {
        let answer = service.ask(method, path, token, body);
        assert_eq!((answer.status, &answer.body["status"]), (status, &status.into()), "{path}");
        assert_eq!(answer.body["type"], format!("/problems/{kind}"));
        assert!(answer.head.contains("content-type: application/problem+json"));
        // Customers can name the request when they complain.
        let trace = answer.body["trace_id"].as_str().unwrap().to_owned();
        t.eventually_blocking(SOON, |t| {
            let has_come = t.spans().iter().any(|span| span.trace_id.to_string() == trace);
            assert!(has_come, "{path}, {kind}: {trace}");
        });
    }
    assert_eq!(service.ask("GET", "/admin/report", &admin, "").status, 200);
    t.span("log in").with("auth.success", false).one().not_failed();
    t.span("POST /orders").failed().none();
    t.eventually_blocking(SOON, |t| {
        t.counter("logins.failed").total(1);
        t.counter("orders.refused").with("reason", "sold_out").total(1);
    });
    // No secret was recorded anywhere.
    let recorded = format!("{:?}", t.snapshot());
    for secret in ["hunter2", "secret-1", &token, &admin] {
        assert!(!recorded.contains(secret), "{secret} was recorded");
    }
}

#[test]
fn machines_ask_how_it_is_without_a_trace() {
    let t = Receiver::start().unwrap();
    let service = Service::start(&t);
    for url in &service.metrics {
        let host = url.strip_suffix("/metrics").unwrap();
        let page = ask(host, "GET", "/metrics", "", "").unwrap();
        assert!(page.status == 200 && page.body.as_str().unwrap().contains("target_info{"));
        assert!(host.starts_with("http://127.0.0.1:"), "{host}");
    }
    for url in [&service.shop, &service.warehouse] {
        assert_eq!(ask(url, "GET", "/health", "", "").unwrap().body["status"], "up");
        // Not on the customers' port.
        assert_eq!(ask(url, "GET", "/metrics", "", "").unwrap().status, 404);
    }
    service.ask("GET", "/items", "", "");
    t.eventually_blocking(SOON, |t| t.span("GET /items").one());
    t.span("GET /health").none();
}

#[test]
fn guesses_are_slowed_down() {
    let t = Receiver::start().unwrap();
    let service = Service::start(&t);
    let guess = r#"{"name":"admin","password":"guess"}"#;
    for _ in 0..20 {
        assert_eq!(service.ask("POST", "/login", "", guess).status, 401);
    }
    let answer = service.ask("POST", "/login", "", guess);
    assert_eq!((answer.status, &answer.body["type"]), (429, &"/problems/too_many_logins".into()));
    assert!(answer.head.contains("retry-after: "), "{}", answer.head);
    service.log_in("customer-1", "secret-1");
}

#[test]
fn asked_to_end_it_finishes_and_sends_what_it_has() {
    let t = Receiver::start().unwrap();
    let mut service = Service::start(&t);
    let token = service.log_in("customer-1", "secret-1");
    let order = service.order(&token, 5);
    service.signal("TERM");
    assert!(service.wait().success());
    // Everything has arrived, without waiting.
    let placed = t.span("place order").with("order.id", order).one();
    placed.within("POST /orders");
    t.span("reserve").one().within("POST /orders");
    // Its logs are lines of JSON to the end, with the ids of their spans.
    let lines: Vec<_> = service.logs.by_ref().map(|line| line.unwrap()).collect();
    let lines: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(line).expect(line)).collect();
    let placed = lines.iter().find(|line| line["message"] == "order placed").unwrap();
    let ids = ["trace_id", "span_id"].map(|key| placed[key].as_str().unwrap());
    let spans = t.spans();
    let span = spans.iter().find(|span| span.name == "place order").unwrap();
    assert_eq!(ids, [span.trace_id.to_string(), span.span_id.to_string()]);
    assert_eq!(lines.iter().filter(|line| line["message"] == "ending").count(), 2);
    assert!(ask(&service.warehouse, "GET", "/health", "", "").is_none());
}

#[test]
fn the_warehouse_ends_with_the_shop_however_that_ends() {
    let t = Receiver::start().unwrap();
    let mut service = Service::start(&t);
    assert!(ask(&service.warehouse, "GET", "/health", "", "").is_some());
    service.signal("KILL");
    service.wait();
    // The warehouse has the other end of the pipe: it is closed when both are gone.
    service.logs.by_ref().for_each(drop);
    assert!(ask(&service.warehouse, "GET", "/health", "", "").is_none());
}
