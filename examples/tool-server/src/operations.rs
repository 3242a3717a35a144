//! The operations behind the tools. The customer is an argument: baggage is for telemetry, and empty without it.

use crate::api::{Api, ApiError};
use crate::database::{Change, Database};
use crate::plugins::cache::{Cache, Observed};
use crate::upstream::{Property, Reference};
use moka::future::Cache as Memory;
use std::sync::Arc;
use std::time::Duration;
use trace_runtime::{business_metric, metered, trace};

/// The number of lists of properties that are kept in memory, and for how long.
const CACHED: u64 = 10_000;
const FRESH: Duration = Duration::from_secs(10);

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperationError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl OperationError {
    /// Returns its name on spans and metrics.
    fn kind(&self) -> &'static str {
        match self {
            Self::Api(error) => error.kind(),
            Self::Database(_) => "database",
        }
    }

    /// Whether the server or its upstream API failed, and not the customer.
    fn is_failure(&self) -> bool {
        !matches!(self, Self::Api(ApiError::Locked))
    }
}

type Result<T> = std::result::Result<T, OperationError>;

/// The lists of properties by contract, in memory.
#[derive(Clone, Debug)]
struct Lists(Memory<String, Arc<[Property]>>);

impl Cache for Lists {
    type Value = Arc<[Property]>;

    fn time_to_live(&self) -> Duration {
        FRESH
    }

    async fn get(&self, key: &str) -> Option<Self::Value> {
        self.0.get(key).await
    }

    async fn insert(&self, key: String, value: Self::Value) {
        self.0.insert(key, value).await;
    }
}

/// The operations.
#[derive(Clone, Debug)]
pub(crate) struct Operations {
    api: Api,
    database: Database,
    lists: Observed<Lists>,
}

impl Operations {
    pub(crate) fn new(api: Api, database: Database) -> Self {
        let memory = Memory::builder().max_capacity(CACHED).time_to_live(FRESH).build();
        Self { api, database, lists: Observed::new(Lists(memory)) }
    }
}

#[trace(err(when = err.is_failure(), type = err.kind()))]
#[metered(in_flight)]
impl Operations {
    /// Lists the properties of a contract.
    #[trace(
        "list properties",
        attrs("property.contract" = contract),
        ret("property.count" = ret.len())
    )]
    pub(crate) async fn properties(
        &self,
        customer: &str,
        contract: &str,
    ) -> Result<Arc<[Property]>> {
        // One customer never sees the list of another.
        let key = format!("{customer}/{contract}");
        let load = async { Ok(self.api.properties(contract).await?.into()) };
        self.lists.get_or_load(key, load).await
    }

    /// Activates a version of a property.
    #[trace("activate property", attrs("property.id" = property))]
    #[business_metric(counter("property.activations"), labels("tenant"(cap = 100) = customer), on = ok)]
    pub(crate) async fn activate(&self, customer: &str, property: &str) -> Result<Change> {
        let reference = self.api.activate(property).await?;
        self.keep(customer, "activation", property, reference).await
    }

    /// Changes a record of a zone.
    #[trace("change record", attrs("dns.zone" = zone))]
    #[business_metric(counter("dns.changes"), labels("tenant"(cap = 100) = customer), on = ok)]
    pub(crate) async fn change_record(
        &self,
        customer: &str,
        zone: &str,
        record: &str,
    ) -> Result<Change> {
        let reference = self.api.change_record(zone, record).await?;
        self.keep(customer, "dns", zone, reference).await
    }

    /// Renews a certificate.
    #[trace("renew certificate", attrs("certificate.id" = certificate))]
    #[business_metric(counter("certificate.renewals"), labels("tenant"(cap = 100) = customer), on = ok)]
    pub(crate) async fn renew(&self, customer: &str, certificate: &str) -> Result<Change> {
        let reference = self.api.renew(certificate).await?;
        self.keep(customer, "renewal", certificate, reference).await
    }

    /// Lists the latest changes of the customer.
    #[trace("list changes")]
    pub(crate) async fn changes(&self, customer: &str) -> Result<Vec<Change>> {
        Ok(self.database.changes(customer).await?)
    }

    /// Keeps a record of a change. Only customers who have opted in have spans of this.
    #[trace("keep change", level = debug, attrs("change.kind" = kind))]
    #[metered(skip)]
    async fn keep(
        &self,
        customer: &str,
        kind: &str,
        target: &str,
        Reference { reference }: Reference,
    ) -> Result<Change> {
        let change = Change { kind: kind.to_owned(), target: target.to_owned(), reference };
        self.database.keep(customer, &change).await?;
        Ok(change)
    }
}
