//! The tools. None has an annotation for telemetry: `trace_mcp` records every call.

use crate::operations::{OperationError, Operations};
use crate::tenants;
use rmcp::handler::server::ServerHandler;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::schemars::JsonSchema;
use rmcp::service::RequestContext;
use rmcp::{RoleServer, schemars, tool, tool_handler, tool_router};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use trace_mcp::TracedHandler;

/// The tools of the server.
#[derive(Clone, Debug)]
pub(crate) struct Tools(Operations);

/// Returns the tools, with a span and a measurement for each request, and its customer in the baggage.
pub(crate) fn traced(operations: Operations) -> TracedHandler<Tools> {
    TracedHandler::new(Tools(operations))
        .with_baggage("tenant", |context| tenants::of(context).map(str::to_owned))
}

#[derive(Deserialize, JsonSchema)]
struct OfContract {
    /// The contract whose properties are listed.
    contract: String,
}

#[derive(Deserialize, JsonSchema)]
struct OfProperty {
    /// The property, as `property.list` returns it.
    property: String,
}

#[derive(Deserialize, JsonSchema)]
struct OfRecord {
    /// The zone, such as `acme.test`.
    zone: String,
    /// The record, as in a zone file.
    record: String,
}

#[derive(Deserialize, JsonSchema)]
struct OfCertificate {
    /// The certificate to renew.
    certificate: String,
}

#[tool_router]
impl Tools {
    #[tool(name = "property.list", description = "Lists the properties of a contract")]
    async fn list_properties(
        &self,
        context: RequestContext<RoleServer>,
        Parameters(of): Parameters<OfContract>,
    ) -> CallToolResult {
        answer(&context, |customer| self.0.properties(customer, &of.contract)).await
    }

    #[tool(name = "property.activate", description = "Activates a property")]
    async fn activate(
        &self,
        context: RequestContext<RoleServer>,
        Parameters(of): Parameters<OfProperty>,
    ) -> CallToolResult {
        answer(&context, |customer| self.0.activate(customer, &of.property)).await
    }

    #[tool(name = "dns.change", description = "Changes a record of a zone")]
    async fn change_record(
        &self,
        context: RequestContext<RoleServer>,
        Parameters(of): Parameters<OfRecord>,
    ) -> CallToolResult {
        answer(&context, |customer| self.0.change_record(customer, &of.zone, &of.record)).await
    }

    #[tool(name = "certificate.renew", description = "Renews a certificate")]
    async fn renew(
        &self,
        context: RequestContext<RoleServer>,
        Parameters(of): Parameters<OfCertificate>,
    ) -> CallToolResult {
        answer(&context, |customer| self.0.renew(customer, &of.certificate)).await
    }

    #[tool(name = "changes.list", description = "Lists the latest changes of the customer")]
    async fn list_changes(&self, context: RequestContext<RoleServer>) -> CallToolResult {
        answer(&context, |customer| self.0.changes(customer)).await
    }
}

#[tool_handler]
impl ServerHandler for Tools {}

/// Returns the result of an operation for the customer of the request.
async fn answer<T: Serialize, F: Future<Output = Result<T, OperationError>>>(
    context: &RequestContext<RoleServer>,
    operation: impl FnOnce(&'static str) -> F,
) -> CallToolResult {
    let Some(customer) = tenants::of(context) else {
        return failed("the request names no customer");
    };
    match operation(customer).await.map(serde_json::to_value) {
        Ok(Ok(value)) => CallToolResult::success(vec![ContentBlock::text(value.to_string())]),
        Ok(Err(error)) => failed(error),
        Err(error) => failed(error),
    }
}

fn failed(reason: impl Display) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(reason.to_string())])
}
