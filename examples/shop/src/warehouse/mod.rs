//! The warehouse: a second service, which knows what is in stock.
//!
//! | file | what it holds |
//! |---|---|
//! | `service.rs` | the service itself: `shop warehouse` |
//! | `stock.rs` | what it keeps |
//! | `client.rs` | the shop's side |
//! | `child.rs` | how the shop starts one of its own |

mod child;
mod client;
mod service;
mod stock;

pub(crate) use child::{Child, hold};
pub(crate) use client::{Warehouse, WarehouseError};
pub(crate) use service::serve;

use serde::{Deserialize, Serialize};

/// So many pieces of an item: of what is asked for, and of what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pieces {
    pub(crate) item_id: i64,
    pub(crate) quantity: i64,
}
