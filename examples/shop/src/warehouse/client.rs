//! The warehouse as the shop sees it. The spans of the requests, and the headers that carry the
//! trace and the baggage, are the middleware's.

use super::pieces::Pieces;
use reqwest::{Method, StatusCode, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
use std::fmt::Display;
use std::time::Duration;
use thiserror::Error;
use trace_tower::UrlTemplate;
use trace_tower::reqwest::TraceMiddleware;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why the warehouse has not done what it was asked to.
#[derive(Debug, Error)]
pub(crate) enum WarehouseError {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest_middleware::Error),
    #[error("its answer cannot be read")]
    Answer(#[from] reqwest::Error),
    #[error("it answers {0}")]
    Status(StatusCode),
}

/// A way to ask the warehouse.
#[derive(Clone, Debug)]
pub(crate) struct Warehouse {
    client: ClientWithMiddleware,
    url: Url,
}

impl Warehouse {
    /// The one that is there.
    pub(crate) fn at(url: Url) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { client: ClientBuilder::new(client).with(TraceMiddleware::new()).build(), url })
    }

    /// How many pieces of an item there are.
    pub(crate) async fn stock(&self, item: i64) -> Result<i64, WarehouseError> {
        let answer = self.ask(Method::GET, "/stock/{id}", &item).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.json::<Pieces>().await?.quantity),
            status => Err(WarehouseError::Status(status)),
        }
    }

    /// Has pieces put aside; returns the one of which there are too few.
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

    /// Gives back what was put aside.
    pub(crate) async fn release(&self, reservation: &str) -> Result<(), WarehouseError> {
        done(self.ask(Method::DELETE, "/reservations/{id}", &reservation)).await
    }

    /// Has what was put aside leave the house.
    pub(crate) async fn ship(&self, reservation: &str) -> Result<(), WarehouseError> {
        done(self.ask(Method::POST, "/reservations/{id}/shipment", &reservation)).await
    }

    /// A request whose span is called after the template, not after each thing that is asked for.
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
