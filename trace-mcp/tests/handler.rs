//! Tests that a server's requests are recorded, as a client of it sends them.

mod support;

use rmcp::handler::server::{ServerHandler, wrapper::Parameters};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientRequest, ContentBlock, CustomRequest,
    NumberOrString,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServiceExt, schemars, tool, tool_handler, tool_router};
use std::time::Duration;
use support::Client;
use trace_mcp::{TracedHandler, rmcp};
use trace_runtime::propagation::TraceId;
use trace_runtime::span::Outcome;
use trace_runtime::{Baggage, SpanKind, trace};
use trace_testkit::matcher::is_str;
use trace_testkit::{Capture, tree};

#[derive(Debug)]
struct Tools;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Zone {
    name: String,
}

#[tool_router]
impl Tools {
    #[tool(name = "dns.change", description = "Changes a zone")]
    async fn change(
        &self,
        Parameters(zone): Parameters<Zone>,
    ) -> Result<CallToolResult, ErrorData> {
        look_up(&zone.name).await;
        match zone.name.as_str() {
            "locked" => Ok(CallToolResult::error(vec![ContentBlock::text("confidential")])),
            "missing" => Err(ErrorData::resource_not_found("there is no such zone", None)),
            "slow" => std::future::pending().await,
            "broken" => panic!("it is broken"),
            _ => Ok(CallToolResult::success(vec![ContentBlock::text("changed")])),
        }
    }
}

#[tool_handler]
impl ServerHandler for Tools {}

#[trace("look up", attrs(tenant = Baggage::current().get("tenant")))]
async fn look_up(_zone: &str) {
    tokio::task::yield_now().await;
}

const SOON: Duration = Duration::from_secs(10);

/// Connects a client to the tools.
async fn connect(t: &Capture) -> Client {
    support::connect(t, TracedHandler::new(Tools)).await
}

fn change(zone: &str) -> CallToolRequestParams {
    let mut call = CallToolRequestParams::new("dns.change");
    call.arguments = serde_json::json!({ "name": zone }).as_object().cloned();
    call
}

#[trace_testkit::test]
async fn a_tool_call_is_a_span_with_a_measurement(t: Capture) {
    let client = connect(&t).await;
    client.call_tool(change("a.test")).await.unwrap();
    let span = t.span("tools/call dns.change").one();
    span.is_root().not_failed();
    t.assert_tree(tree! {
        "tools/call dns.change" [
            kind: Server,
            "mcp.method.name" = "tools/call",
            "gen_ai.operation.name" = "execute_tool",
            "gen_ai.tool.name" = "dns.change",
            "jsonrpc.request.id" = is_str(),
            "mcp.protocol.version" = is_str(),
            "network.transport" = "pipe",
        ] => { "look up" },
        ..
    });
    let bounds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
    let duration = t.histogram("mcp.server.operation.duration").unit("s").bounds(&bounds);
    duration.with("gen_ai.tool.name", "dns.change").count(1).scope("trace-mcp").keys([
        "gen_ai.operation.name",
        "gen_ai.tool.name",
        "mcp.method.name",
        "mcp.protocol.version",
        "network.transport",
    ]);
}

#[trace_testkit::test]
async fn other_requests_are_recorded_by_their_method(t: Capture) {
    let client = connect(&t).await;
    client.list_all_tools().await.unwrap();
    let request = CustomRequest::new("made/up", None);
    client.send_request(ClientRequest::CustomRequest(request)).await.unwrap_err();
    t.span("initialize").one();
    t.span("tools/list").one().has_no("gen_ai.operation.name");
    t.span("MCP").one().has("mcp.method.name", "_OTHER").has("error.type", "-32601");
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("mcp.method.name", "_OTHER").with("error.type", "-32601").count(1);
    t.histogram("mcp.server.operation.duration").with("mcp.method.name", "made/up").none();
}

#[trace_testkit::test]
async fn tools_that_clients_make_up_are_no_names_and_no_labels(t: Capture) {
    let client = connect(&t).await;
    client.call_tool(CallToolRequestParams::new("made.up")).await.unwrap_err();
    t.span("tools/call").one().has("gen_ai.tool.name", "made.up").failed();
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("gen_ai.operation.name", "execute_tool").count(1);
    t.histogram("mcp.server.operation.duration").with("gen_ai.tool.name", "made.up").none();
}

#[trace_testkit::test]
async fn failures_are_those_of_the_conventions(t: Capture) {
    let client = connect(&t).await;
    client.call_tool(change("locked")).await.unwrap();
    client.call_tool(change("missing")).await.unwrap_err();
    let of_tool = t.span("tools/call dns.change").with("error.type", "tool_error").one();
    // What a tool answers is not recorded.
    of_tool.has_error("").has_no("rpc.response.status_code");
    let of_call = t.span("tools/call dns.change").with("rpc.response.status_code", "-32002").one();
    of_call.has("error.type", "-32002").has_error("there is no such zone");
    for kind in ["tool_error", "-32002"] {
        t.histogram("mcp.server.operation.duration").with("error.type", kind).count(1);
    }
}

#[trace_testkit::test]
async fn a_trace_continues_from_the_client(t: Capture) {
    let client = connect(&t).await;
    let mut call = change("a.test");
    let span = trace_runtime::Span::builder("plan").with_kind(SpanKind::Client).start();
    {
        let _current = span.span().attach();
        trace_mcp::inject(call.meta.get_or_insert_default());
    }
    client.call_tool(call).await.unwrap();
    span.end();
    t.assert_tree(tree! {
        "plan" => { "tools/call dns.change" [..] => { "look up" } },
        ..
    });
}

#[trace_testkit::test]
async fn customers_are_those_that_the_server_names(t: Capture) {
    let handler = TracedHandler::new(Tools).with_baggage("tenant", |context| {
        context.meta.0.0.get("customer")?.as_str().map(str::to_owned)
    });
    let client = {
        let handler = handler.with_baggage("broken", |_| panic!("it is broken"));
        support::connect(&t, handler).await
    };
    let mut call = change("a.test");
    let meta = call.meta.get_or_insert_default();
    meta.0.set_baggage("tenant=other,color=red");
    meta.0.0.insert("customer".to_owned(), "acme".into());
    client.call_tool(call).await.unwrap();
    t.span("tools/call dns.change").one().has("tenant", "acme").has_no("broken");
    t.span("look up").one().has("tenant", "acme");

    let mut call = change("a.test");
    call.meta.get_or_insert_default().0.set_baggage("tenant=other");
    client.call_tool(call).await.unwrap();
    t.span("look up").has_no("tenant").one();
}

/// Returns the context of a request that this process sends to itself, as rmcp makes it.
async fn context_of_request() -> RequestContext<RoleServer> {
    let (near, far) = tokio::io::duplex(4096);
    let (server, client) = tokio::join!(Tools.serve(far), ().serve(near));
    drop(client.unwrap());
    RequestContext::new(NumberOrString::Number(7), server.unwrap().peer().clone())
}

#[trace_testkit::test]
async fn a_request_that_is_not_answered_is_measured(t: Capture) {
    let handler = TracedHandler::new(Tools);
    let context = context_of_request().await;
    tokio::select! {
        biased;
        _ = handler.call_tool(change("slow"), context) => unreachable!("it never answers"),
        _ = t.eventually(SOON, |t| t.span("look up").one()) => {}
    }
    ended(&t, "cancelled", Outcome::Cancelled).await;
}

#[trace_testkit::test]
async fn over_http_a_request_is_linked_to_its_transport(t: Capture) {
    const HEADERS: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const META: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let handler = TracedHandler::new(Tools);
    for meta in [None, Some(META)] {
        let mut context = context_of_request().await;
        let request = http::Request::post("/mcp").header("mcp-session-id", "s1");
        let (parts, ()) = request.header("traceparent", HEADERS).body(()).unwrap().into_parts();
        context.extensions.insert(parts);
        if let Some(meta) = meta {
            context.meta.0.set_traceparent(meta);
        }
        handler.call_tool(change("a.test"), context).await.unwrap();
    }
    let calls = t.span("tools/call dns.change");
    let calls = calls.with("mcp.session.id", "s1").with("network.protocol.name", "http");
    calls.count(2);
    let id = |text: &str| TraceId::from_u128(u128::from_str_radix(&text[3..35], 16).unwrap());
    calls.clone().trace_id(id(HEADERS)).one().has_remote_parent().link_count(0);
    calls.trace_id(id(META)).one().has_remote_parent().link_count(1);
}

#[trace_testkit::test]
async fn a_request_that_panics_is_measured(t: Capture) {
    let client = connect(&t).await;
    tokio::select! {
        biased;
        _ = client.call_tool(change("broken")) => unreachable!("its task has panicked"),
        () = ended(&t, "panic", Outcome::Panic) => {}
    }
}

/// Waits until the tool call has ended like this.
async fn ended(t: &Capture, kind: &str, outcome: Outcome) {
    t.eventually(SOON, |t| {
        t.histogram("mcp.server.operation.duration").with("error.type", kind).count(1);
        t.span("tools/call dns.change").one().outcome(outcome);
    })
    .await;
}
