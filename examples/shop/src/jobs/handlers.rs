//! Handles the jobs of orders. An attempt may be repeated, so each step is idempotent.

use crate::database::{Database, JobName, JobRow, OrderState, traceparent};
use crate::outside::{self, CarrierError, MailError};
use crate::warehouse::{Warehouse, WarehouseError};
use thiserror::Error;
use tracing::info;

/// Why an attempt failed.
#[derive(Debug, Error)]
pub(crate) enum JobError {
    #[error("there is no order {0}")]
    UnknownOrder(i64),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the warehouse failed")]
    Warehouse(#[from] WarehouseError),
    #[error("the carrier failed: {0}")]
    Carrier(#[from] CarrierError),
    #[error("the mail was not taken: {0}")]
    Mail(#[from] MailError),
}

impl JobError {
    /// Returns the `error.type` of an attempt.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::UnknownOrder(_) => "unknown_order",
            Self::Database(_) => "database",
            Self::Warehouse(_) => "warehouse",
            Self::Carrier(_) => "carrier",
            Self::Mail(_) => "mail",
        }
    }
}

/// The dependencies of handlers.
#[derive(Clone, Debug)]
pub(crate) struct Handlers {
    database: Database,
    warehouse: Warehouse,
}

impl Handlers {
    pub(crate) fn new(database: Database, warehouse: Warehouse) -> Self {
        Self { database, warehouse }
    }

    pub(super) async fn handle(&self, job: &JobRow) -> Result<(), JobError> {
        match job.name {
            JobName::ShipOrder => self.ship_order(job).await?,
            JobName::SendReceipt => outside::send_receipt(job.order_id)?,
        }
        info!(job.name = job.name.as_str(), order.id = job.order_id, "job done");
        Ok(())
    }

    async fn ship_order(&self, job: &JobRow) -> Result<(), JobError> {
        use OrderState::{Packed, Placed, Shipped};
        let order = self.database.order(job.order_id).await?;
        let order = order.ok_or(JobError::UnknownOrder(job.order_id))?;
        // Once it is packed, it is too late to cancel it.
        if !self.database.advance_order(order.id, [Placed, Packed], Packed, None).await? {
            info!(order.id = order.id, state = %order.state, "nothing to ship");
            return Ok(());
        }
        outside::call_carrier(order.id, job.attempts)?;
        self.warehouse.ship(&order.reservation).await?;
        self.database.advance_order(order.id, [Packed, Packed], Shipped, traceparent()).await?;
        Ok(())
    }
}
