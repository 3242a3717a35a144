//! The warehouse: a second service, which keeps the stock.
//!
//! | file | content |
//! |---|---|
//! | `service.rs` | the service itself: `shop warehouse` |
//! | `stock.rs` | its stock |
//! | `client.rs` | the shop's side |
//! | `child.rs` | how the shop starts one |

mod child;
mod client;
mod pieces;
mod service;
mod stock;

pub(crate) use child::{Child, hold};
pub(crate) use client::{Warehouse, WarehouseError};
pub(crate) use pieces::Pieces;
pub(crate) use service::serve;
