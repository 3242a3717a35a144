//! Counts pieces of items, as both services exchange them.

use serde::{Deserialize, Serialize};

/// So many pieces of an item: of what is asked for, and of what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pieces {
    pub(crate) item_id: i64,
    pub(crate) quantity: i64,
}
