//! Places, shows and cancels orders.

use crate::database::{
    Database, JobName, NewOrder, OrderLine, OrderRow, OrderState, ReportRow, Role, User, now,
};
use crate::error::Error;
use crate::jobs::{self, Queue};
use crate::warehouse::{Pieces, Warehouse};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;
use trace_runtime::{Objective, business_metric, metered, trace};
use tracing::{error, info};

/// The objective for ordering.
const ORDERING: Objective =
    Objective::new("ordering").success_rate(99.9).latency(Duration::from_millis(250), 99.0);
const MOST_LINES: usize = 20;
const MOST_PIECES: i64 = 100;
/// The time that a report covers, in milliseconds.
const REPORTED: i64 = 600_000;

/// A request for an order.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cart {
    lines: Vec<Pieces>,
}

/// An order with its lines.
#[derive(Debug, Serialize)]
pub(crate) struct Order {
    #[serde(flatten)]
    pub(crate) order: OrderRow,
    lines: Vec<OrderLine>,
}

/// The orders; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    database: Database,
    warehouse: Warehouse,
    queue: Queue,
    /// How long customers may cancel before an order is packed.
    grace: Duration,
}

#[trace(err(when = err.is_failure(), type = err.kind()))]
impl Orders {
    #[trace(skip)]
    pub(crate) fn new(
        database: Database,
        warehouse: Warehouse,
        queue: Queue,
        grace: Duration,
    ) -> Self {
        Self { database, warehouse, queue, grace }
    }

    /// Places an order.
    #[trace("place order", attrs(lines = cart.lines.len()), ret(order.id = ret.order.id))]
    #[metered(labels("customer.tier" = user.tier), in_flight, slo = ORDERING)]
    #[business_metric(
        counter("orders.placed", unit = "{order}", description = "Orders that were placed."),
        labels("customer.tier" = user.tier),
        on = ok
    )]
    #[business_metric(
        counter("orders.revenue", unit = "{cent}", description = "What customers have ordered."),
        value = ret.order.total,
        labels("customer.tier" = user.tier)
    )]
    #[business_metric(
        counter("orders.refused", unit = "{order}", description = "Orders that were not."),
        labels(reason(cap = 16) = err.kind()),
        on = error
    )]
    pub(crate) async fn place(&self, user: &User, cart: Cart) -> Result<Order, Error> {
        user.require(Role::Customer)?;
        let lines = self.priced(&cart).await?;
        let total = lines.iter().map(|line| line.quantity * line.price).sum();
        // The warehouse first, so that no writer of the database waits for it.
        let reservation = format!("{:032x}", rand::random::<u128>());
        if let Some(few) = self.warehouse.reserve(&reservation, &cart.lines).await? {
            return Err(Error::SoldOut { item: few.item_id, left: few.quantity });
        }
        let new = NewOrder { user_id: user.id, reservation: &reservation, lines: &lines, total };
        match self.save(&new).await {
            Ok(id) => {
                info!(order.id = id, order.total = total, "order placed");
                let state = OrderState::Placed;
                let order = OrderRow { id, user_id: user.id, reservation, state, total };
                Ok(Order { order, lines })
            }
            Err(error) => {
                self.give_back(&reservation).await;
                Err(error)
            }
        }
    }

    /// Returns an order of this user.
    #[trace("look at order", attrs(order.id = id))]
    pub(crate) async fn find(&self, user: &User, id: i64) -> Result<Order, Error> {
        let order = self.own(user, id).await?;
        let lines = self.database.order_lines(id).await?;
        Ok(Order { order, lines })
    }

    /// Cancels an order, unless it is being packed.
    #[trace("cancel order", attrs(order.id = id))]
    #[business_metric(
        counter("orders.cancelled", unit = "{order}", description = "Orders called off."),
        on = ok
    )]
    pub(crate) async fn cancel(&self, user: &User, id: i64) -> Result<Order, Error> {
        use OrderState::{Cancelled, Placed};
        let order = self.own(user, id).await?;
        if !self.database.advance_order(id, [Placed, Placed], Cancelled, None).await? {
            let state = self.own(user, id).await?.state;
            return Err(Error::TooLate { id, state });
        }
        self.give_back(&order.reservation).await;
        info!(order.id = id, "order cancelled");
        self.find(user, id).await
    }

    /// Reports recent orders, by state.
    #[trace("report")]
    pub(crate) async fn report(&self, user: &User) -> Result<Vec<ReportRow>, Error> {
        user.require(Role::Admin)?;
        Ok(self.database.report(now() - REPORTED).await?)
    }

    #[trace(skip)]
    async fn own(&self, user: &User, id: i64) -> Result<OrderRow, Error> {
        let order = self.database.order(id).await?.filter(|order| order.user_id == user.id);
        order.ok_or(Error::UnknownOrder(id))
    }

    /// Returns the lines with current prices.
    #[trace(skip)]
    async fn priced(&self, cart: &Cart) -> Result<Vec<OrderLine>, Error> {
        let items: HashSet<_> = cart.lines.iter().map(|line| line.item_id).collect();
        let is_sane = |line: &Pieces| (1..=MOST_PIECES).contains(&line.quantity);
        let has_lines = (1..=MOST_LINES).contains(&cart.lines.len());
        if !has_lines || items.len() < cart.lines.len() || !cart.lines.iter().all(is_sane) {
            return Err(Error::BadOrder { most_lines: MOST_LINES, most_pieces: MOST_PIECES });
        }
        let mut lines = Vec::with_capacity(cart.lines.len());
        for &Pieces { item_id, quantity } in &cart.lines {
            let item = self.database.item(item_id).await?.ok_or(Error::UnknownItem(item_id))?;
            lines.push(OrderLine { item_id, quantity, price: item.price });
        }
        Ok(lines)
    }

    /// Writes order and jobs in one transaction.
    #[trace(skip)]
    async fn save(&self, order: &NewOrder<'_>) -> Result<i64, Error> {
        let mut changes = self.database.begin().await?;
        let id = Database::insert_order(&mut changes, order).await?;
        jobs::send(&mut changes, JobName::ShipOrder, id, self.grace).await?;
        jobs::send(&mut changes, JobName::SendReceipt, id, Duration::ZERO).await?;
        Database::commit(changes).await?;
        self.queue.sent(2);
        Ok(id)
    }

    #[trace(skip)]
    async fn give_back(&self, reservation: &str) {
        if let Err(error) = self.warehouse.release(reservation).await {
            error!(reservation, error = %error, "pieces stay put aside");
        }
    }
}
