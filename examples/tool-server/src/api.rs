//! The client of the upstream API.

use crate::upstream::{Property, Reference};
use http::StatusCode;
use reqwest::Url;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
use serde::de::DeserializeOwned;
use std::time::Duration;
use trace_runtime::{metered, trace};
use trace_tower::UrlTemplate;
use trace_tower::reqwest::TraceMiddleware;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Why the upstream API did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the upstream API cannot be reached")]
    Unreachable(#[from] reqwest_middleware::Error),
    #[error("the answer of the upstream API cannot be read")]
    Answer(#[from] reqwest::Error),
    #[error("the upstream API refuses: it is locked")]
    Locked,
    #[error("the upstream API answers {0}")]
    Status(StatusCode),
}

impl ApiError {
    /// Returns its name on spans and metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Answer(_) => "answer",
            Self::Locked => "locked",
            Self::Status(_) => "status",
        }
    }
}

type Result<T> = std::result::Result<T, ApiError>;

/// A client of the upstream API.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: ClientWithMiddleware,
    url: Url,
}

#[trace(err(type = err.kind()))]
#[metered(in_flight)]
impl Api {
    /// Creates a client for the API at this address.
    #[trace(skip)]
    #[metered(skip)]
    pub(crate) fn at(url: Url) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        // The upstream API belongs to another company, which should see no baggage and no trace ids.
        let traced = TraceMiddleware::new().with_propagation(false);
        Ok(Self { client: ClientBuilder::new(client).with(traced).build(), url })
    }

    /// Lists the properties of a contract.
    #[trace("api.edge.properties")]
    #[metered("api.edge.properties")]
    pub(crate) async fn properties(&self, contract: &str) -> Result<Vec<Property>> {
        let mut url = self.url(&["properties"]);
        url.query_pairs_mut().append_pair("contract", contract);
        answer(self.client.get(url), "/properties").await
    }

    /// Activates a version of a property.
    #[trace("api.edge.activate")]
    #[metered("api.edge.activate")]
    pub(crate) async fn activate(&self, property: &str) -> Result<Reference> {
        let url = self.url(&["properties", property, "activations"]);
        answer(self.client.post(url), "/properties/{id}/activations").await
    }

    /// Changes a record of a zone.
    #[trace("api.edge.change_record")]
    #[metered("api.edge.change_record")]
    pub(crate) async fn change_record(&self, zone: &str, record: &str) -> Result<Reference> {
        let request = self.client.put(self.url(&["zones", zone, "records"])).json(&record);
        answer(request, "/zones/{zone}/records").await
    }

    /// Renews a certificate.
    #[trace("api.edge.renew")]
    #[metered("api.edge.renew")]
    pub(crate) async fn renew(&self, certificate: &str) -> Result<Reference> {
        let url = self.url(&["certificates", certificate, "renewals"]);
        answer(self.client.post(url), "/certificates/{id}/renewals").await
    }

    #[trace(skip)]
    #[metered(skip)]
    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            // Escapes what customers send.
            path.clear().extend(segments);
        }
        url
    }
}

/// Sends a request, whose span is named after the template, not after each path.
async fn answer<T: DeserializeOwned>(request: RequestBuilder, template: &'static str) -> Result<T> {
    let answer = request.with_extension(UrlTemplate::new(template)).send().await?;
    match answer.status() {
        status if status.is_success() => Ok(answer.json().await?),
        StatusCode::CONFLICT => Err(ApiError::Locked),
        status => Err(ApiError::Status(status)),
    }
}
