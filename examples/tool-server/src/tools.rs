//! The tools. None has an annotation for telemetry: `trace_mcp` records every call.

use crate::operations::{OperationError, Operations};
use crate::tenants;
use rmcp::handler::server::ServerHandler;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::schemars::JsonSchema;
use rmcp::{schemars, tool, tool_handler, tool_router};
use serde::{Deserialize, Serialize};
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
    async fn list_properties(&self, Parameters(of): Parameters<OfContract>) -> CallToolResult {
        answer(self.0.properties(&of.contract).await)
    }

    #[tool(name = "property.activate", description = "Activates a property")]
    async fn activate(&self, Parameters(of): Parameters<OfProperty>) -> CallToolResult {
        answer(self.0.activate(&of.property).await)
    }

    #[tool(name = "dns.change", description = "Changes a record of a zone")]
    async fn change_record(&self, Parameters(of): Parameters<OfRecord>) -> CallToolResult {
        answer(self.0.change_record(&of.zone, &of.record).await)
    }

    #[tool(name = "certificate.renew", description = "Renews a certificate")]
    async fn renew(&self, Parameters(of): Parameters<OfCertificate>) -> CallToolResult {
        answer(self.0.renew(&of.certificate).await)
    }

    #[tool(name = "changes.list", description = "Lists the latest changes of the customer")]
    async fn list_changes(&self) -> CallToolResult {
        answer(self.0.changes().await)
    }
}

#[tool_handler]
impl ServerHandler for Tools {}

fn answer(result: Result<impl Serialize, OperationError>) -> CallToolResult {
    let value = match &result {
        Ok(value) => serde_json::to_value(value),
        Err(error) => return CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    };
    match value {
        Ok(value) => CallToolResult::success(vec![ContentBlock::text(value.to_string())]),
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    }
}
