//! Counts pieces of items, as both services exchange them.

use serde::{Deserialize, Serialize};

/// A number of pieces of an item: requested, or in stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pieces {
    pub(crate) item_id: i64,
    pub(crate) quantity: i64,
}
