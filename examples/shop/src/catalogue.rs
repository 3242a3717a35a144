//! Finds the items that the shop sells, by text or by id.

use crate::cache::Cache;
use crate::database::{Database, ItemRow};
use crate::error::Error;
use crate::warehouse::Warehouse;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use trace_runtime::{Objective, metered, trace};

/// The objective for browsing.
const BROWSING: Objective =
    Objective::new("browsing").success_rate(99.9).latency(Duration::from_millis(50), 99.0);
/// The number of items on a page.
const PAGE: i64 = 20;

/// An item, as shown to customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    id: i64,
    name: String,
    /// In cents.
    price: i64,
    /// The number of pieces that the warehouse last reported.
    in_stock: i64,
}

/// The catalogue; clones share it.
#[derive(Clone)]
pub(crate) struct Catalogue {
    database: Database,
    warehouse: Warehouse,
    items: Cache<Item>,
}

#[trace(err(when = err.is_failure(), type = err.kind()))]
#[metered(slo = BROWSING)]
impl Catalogue {
    #[trace(skip)]
    #[metered(skip)]
    pub(crate) fn new(database: Database, warehouse: Warehouse) -> Self {
        Self { items: Cache::new(database.clone()), database, warehouse }
    }

    /// Returns a page, from 1, of the items whose names contain a text.
    #[trace("search items", attrs(page), ret(items = ret.len()))]
    pub(crate) async fn search(&self, text: &str, page: u32) -> Result<Vec<ItemRow>, Error> {
        let offset = i64::from(page.saturating_sub(1)) * PAGE;
        Ok(self.database.search_items(text, offset, PAGE).await?)
    }

    /// Returns an item.
    #[trace("look at item", attrs(item.id = id))]
    pub(crate) async fn item(&self, id: i64) -> Result<Item, Error> {
        Ok(self.items.get(format!("item/{id}"), self.load(id)).await?.value)
    }

    /// Loads an item with its current stock.
    #[trace(skip)]
    #[metered(skip)]
    async fn load(&self, id: i64) -> Result<Item, Error> {
        let row = self.database.item(id).await?.ok_or(Error::UnknownItem(id))?;
        let in_stock = self.warehouse.stock(id).await?;
        Ok(Item { id, name: row.name, price: row.price, in_stock })
    }
}
