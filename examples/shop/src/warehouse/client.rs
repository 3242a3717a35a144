//! Sends the shop's requests to the warehouse. The middleware records their spans, and injects trace
//! and baggage.

use super::pieces::Pieces;
use reqwest::{Method, StatusCode, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
use std::fmt::Display;
use std::time::Duration;
use thiserror::Error;
use trace_tower::UrlTemplate;
use trace_tower::reqwest::TraceMiddleware;

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why a request to the warehouse failed.
#[derive(Debug, Error)]
pub(crate) enum WarehouseError {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest_middleware::Error),
    #[error("its answer cannot be read")]
    Answer(#[from] reqwest::Error),
    #[error("it answers {0}")]
    Status(StatusCode),
}

/// A client of the warehouse.
#[derive(Clone, Debug)]
pub(crate) struct Warehouse {
    client: ClientWithMiddleware,
    url: Url,
}

impl Warehouse {
    /// Creates a client for the warehouse at this address.
    pub(crate) fn at(url: Url) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { client: ClientBuilder::new(client).with(TraceMiddleware::new()).build(), url })
    }

    /// Returns the number of available pieces of an item.
    pub(crate) async fn stock(&self, item: i64) -> Result<i64, WarehouseError> {
        let answer = self.ask(Method::GET, "/stock/{id}", &item).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.json::<Pieces>().await?.quantity),
            status => Err(WarehouseError::Status(status)),
        }
    }

    /// Reserves pieces; returns the first item with too few of them.
    pub(crate) async fn reserve(
        &self,
        reservation: &str,
        lines: &[Pieces],
    ) -> Result<Option<Pieces>, WarehouseError> {
        let ask = self.ask(Method::PUT, "/reservations/{id}", &reservation);
        let answer = ask.json(lines).send().await?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(None),
            StatusCode::CONFLICT => Ok(Some(answer.json().await?)),
            status => Err(WarehouseError::Status(status)),
        }
    }

    /// Releases a reservation.
    pub(crate) async fn release(&self, reservation: &str) -> Result<(), WarehouseError> {
        done(self.ask(Method::DELETE, "/reservations/{id}", &reservation)).await
    }

    /// Ships reserved pieces.
    pub(crate) async fn ship(&self, reservation: &str) -> Result<(), WarehouseError> {
        done(self.ask(Method::POST, "/reservations/{id}/shipment", &reservation)).await
    }

    /// Builds a request whose span is named after the template, not after each path.
    fn ask(&self, method: Method, template: &'static str, id: &dyn Display) -> RequestBuilder {
        let mut url = self.url.clone();
        url.set_path(&template.replace("{id}", &id.to_string()));
        self.client.request(method, url).with_extension(UrlTemplate::new(template))
    }
}

async fn done(request: RequestBuilder) -> Result<(), WarehouseError> {
    match request.send().await?.status() {
        StatusCode::NO_CONTENT => Ok(()),
        status => Err(WarehouseError::Status(status)),
    }
}
