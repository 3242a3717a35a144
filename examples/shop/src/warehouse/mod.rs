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
mod pieces;
mod service;
mod stock;

pub(crate) use child::{Child, hold};
pub(crate) use client::{Warehouse, WarehouseError};
pub(crate) use pieces::Pieces;
pub(crate) use service::serve;
