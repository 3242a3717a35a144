//! Calls every tool as an MCP client does, and reads its telemetry.

use crate::api::Api;
use crate::database::Database;
use crate::operations::Operations;
use crate::sampling::Sampling;
use crate::{server, tenants, tools};
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use serde_json::{Value, json};
use support::Client;
use trace_runtime::{Instrument, Span, SpanKind};
use trace_testkit::matcher::{gt, is_str};
use trace_testkit::{Capture, tree};

#[path = "../../../trace-mcp/tests/support/mod.rs"]
mod support;

/// Connects a client to the tools.
async fn connect(t: &Capture) -> Client {
    support::connect(t, tools::traced(operations().await)).await
}

async fn operations() -> Operations {
    let api = Api::at(server::start_stub().await.unwrap()).unwrap();
    Operations::new(api, Database::open(None).await.unwrap())
}

async fn call(
    client: &Client,
    customer: &str,
    tool: &'static str,
    arguments: Value,
) -> CallToolResult {
    let mut params = CallToolRequestParams::new(tool);
    params.arguments = arguments.as_object().cloned();
    let meta = params.meta.get_or_insert_default();
    trace_mcp::inject(meta);
    meta.0.0.insert(tenants::META.to_owned(), customer.into());
    client.call_tool(params).await.unwrap()
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

#[trace_testkit::test]
async fn lists_come_from_the_upstream_api_and_then_from_the_cache(t: Capture) {
    let client = connect(&t).await;
    let list = json!({ "contract": "ctr_1" });
    let first = call(&client, "globex", "property.list", list.clone()).await;
    assert!(text(&first).contains("www3.ctr_1.test"), "{}", text(&first));
    assert_eq!(text(&call(&client, "globex", "property.list", list.clone()).await), text(&first));
    // One customer's list is not another's.
    call(&client, "initech", "property.list", list).await;

    let calls = t.span("tools/call property.list").with("tenant", "globex");
    calls.count(2);
    t.assert_tree(tree! {
        "tools/call property.list" [
            kind: Server, root, "tenant" = "globex", "gen_ai.tool.name" = "property.list", ..
        ] => {
            "list properties" ["property.contract" = "ctr_1", "property.count" = 3] => {
                "cache.get" ["cache.key" = "globex/ctr_1", "cache.hit" = false],
                "api.edge.properties" => {
                    "GET /properties" [kind: Client, "http.response.status_code" = 200, ..],
                },
                "cache.set" ["cache.ttl" = 10.0, ..],
            },
        },
        "tools/call property.list" [..] => {
            "list properties" [..] => { "cache.get" ["cache.hit" = true, ..] },
        },
        ..
    });
    t.histogram("cache.get.duration").with("cache.hit", "true").count(1);
    t.histogram("cache.get.duration").with("cache.hit", "false").count(2);
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("gen_ai.tool.name", "property.list").count(3);
}

#[trace_testkit::test]
async fn changes_are_counted_by_customer_and_kept(t: Capture) {
    let client = connect(&t).await;
    let activate = json!({ "property": "prp_1" });
    call(&client, "globex", "property.activate", activate.clone()).await;
    call(&client, "initech", "property.activate", activate).await;
    let change = json!({ "zone": "globex.test", "record": "@ A 192.0.2.1" });
    call(&client, "globex", "dns.change", change).await;
    call(&client, "globex", "certificate.renew", json!({ "certificate": "crt_1" })).await;
    let changes = call(&client, "globex", "changes.list", json!({})).await;
    let kinds: Vec<Value> = serde_json::from_str(text(&changes)).unwrap();
    let kinds: Vec<_> = kinds.iter().map(|change| change["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["renewal", "dns", "activation"]);

    for (metric, tenant) in [
        ("property.activations", "globex"),
        ("property.activations", "initech"),
        ("dns.changes", "globex"),
        ("certificate.renewals", "globex"),
    ] {
        t.counter(metric).with("tenant", tenant).total(1);
    }
    t.assert_tree(tree! {
        "tools/call certificate.renew" ["tenant" = "globex", ..] => {
            "renew certificate" ["certificate.id" = "crt_1"] => {
                "api.edge.renew" => { "POST /certificates/{id}/renewals" [kind: Client] },
                "INSERT changes" [
                    kind: Client,
                    "db.system.name" = "sqlite",
                    "db.query.text" = is_str(),
                    "db.query.summary" = "INSERT changes",
                    ..
                ],
            },
        },
        "tools/call changes.list" [..] => {
            "list changes" => { "SELECT changes" ["db.response.returned_rows" = 3, ..] },
        },
        ..
    });
    let statements = t.histogram("db.client.operation.duration");
    statements.with("db.query.summary", "INSERT changes").count(4).sum(gt(0.0));
}

#[tokio::test]
async fn customers_who_have_opted_in_have_more_spans() {
    let sampler = Sampling::Production.sampler().unwrap();
    let t = Capture::builder().with_sampler(sampler).start();
    let client = connect(&t).await;
    let activate = json!({ "property": "prp_1" });
    call(&client, tenants::OPTED_IN, "property.activate", activate.clone()).await;
    for _ in 0..5 {
        call(&client, "globex", "property.activate", activate.clone()).await;
    }
    let calls = t.span("tools/call property.activate");
    calls.with("tenant", tenants::OPTED_IN).count(1);
    t.span("keep change").one().child_of("activate property").has("change.kind", "activation");
}

#[trace_testkit::test]
async fn a_refusal_is_no_failure_of_the_server(t: Capture) {
    let client = connect(&t).await;
    let change = json!({ "zone": "globex.locked", "record": "@ A 192.0.2.1" });
    let refused = call(&client, "globex", "dns.change", change).await;
    assert_eq!(refused.is_error, Some(true));
    t.span("tools/call dns.change").one().has("error.type", "tool_error");
    t.span("change record").one().not_failed();
    t.span("api.edge.change_record").one().has("error.type", "locked");
    t.counter("dns.changes").none();
}

#[trace_testkit::test]
async fn unknown_customers_get_nothing(t: Capture) {
    let client = connect(&t).await;
    let refused = call(&client, "made-up", "changes.list", json!({})).await;
    assert_eq!(text(&refused), "the request names no customer");
    t.span("tools/call changes.list").one().has_no("tenant").failed();
    t.span("list changes").none();
}

#[trace_testkit::test]
async fn the_trace_is_that_of_the_client_and_ends_at_the_upstream_api(t: Capture) {
    let client = connect(&t).await;
    let agent = Span::builder("agent").with_kind(SpanKind::Client).start();
    let activate = json!({ "property": "prp_1" });
    call(&client, "globex", "property.activate", activate).instrument(agent).await;
    t.span("activate property").one().within("agent").same_trace_as("agent");
    t.span("POST /properties/{id}/activations").one().within("agent");
}

#[trace_testkit::test]
async fn tools_do_not_depend_on_telemetry() {
    let untraced = tools::traced(operations().await).inner().clone();
    let (near, far) = tokio::io::duplex(4096);
    tokio::spawn(async move { untraced.serve(far).await.unwrap().waiting().await });
    let client = ().serve(near).await.unwrap();
    let done = call(&client, "globex", "certificate.renew", json!({ "certificate": "c" })).await;
    assert_eq!(done.is_error, Some(false));
    let changes = call(&client, "globex", "changes.list", json!({})).await;
    assert!(text(&changes).contains("renewal"), "{}", text(&changes));
}
