//! Keeps the stock, and reservations of it.

use super::pieces::Pieces;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use trace_runtime::{Baggage, business_metric, metered, trace};

/// The initial stock of each item …
const PIECES: i64 = 1_000_000;
/// … except that every item with a multiple of this id is sold out.
const SOLD_OUT: i64 = 25;

/// The stock. Items that were never requested have their initial stock.
#[derive(Debug, Default)]
pub(super) struct Stock(Mutex<Shelves>);

#[derive(Debug, Default)]
struct Shelves {
    taken: HashMap<i64, i64>,
    reservations: HashMap<String, Vec<Pieces>>,
}

/// Why nothing was reserved.
#[derive(Debug, thiserror::Error)]
#[error("item {} has {} pieces left", .0.item_id, .0.quantity)]
pub(super) struct SoldOut(pub(super) Pieces);

#[trace]
impl Stock {
    /// Returns the number of available pieces of an item.
    #[trace("count", attrs(item.id = item), ret(quantity = ret.quantity))]
    #[metered(name = "warehouse.count")]
    pub(super) fn count(&self, item: i64) -> Pieces {
        Pieces { item_id: item, quantity: self.shelves().left(item) }
    }

    /// Reserves pieces, all or none. Repeating a reservation has no effect.
    #[trace("reserve", attrs(lines = lines.len()), err(ignore))]
    #[metered(name = "warehouse.reserve")]
    #[business_metric(
        counter("warehouse.pieces.reserved", unit = "{piece}"),
        value = lines.iter().map(|line| line.quantity.unsigned_abs()).sum::<u64>(),
        labels("customer.tier"(cap = 4) = tier()),
        on = ok
    )]
    #[business_metric(counter("warehouse.refusals"), on = error)]
    pub(super) fn reserve(&self, reservation: String, lines: Vec<Pieces>) -> Result<(), SoldOut> {
        let mut shelves = self.shelves();
        if shelves.reservations.contains_key(&reservation) {
            return Ok(());
        }
        if let Some(line) = lines.iter().find(|line| shelves.left(line.item_id) < line.quantity) {
            let quantity = shelves.left(line.item_id);
            return Err(SoldOut(Pieces { item_id: line.item_id, quantity }));
        }
        for line in &lines {
            *shelves.taken.entry(line.item_id).or_default() += line.quantity;
        }
        shelves.reservations.insert(reservation, lines);
        Ok(())
    }

    /// Releases a reservation.
    #[trace("release")]
    pub(super) fn release(&self, reservation: &str) {
        let mut shelves = self.shelves();
        for line in shelves.reservations.remove(reservation).unwrap_or_default() {
            *shelves.taken.entry(line.item_id).or_default() -= line.quantity;
        }
    }

    /// Removes reserved pieces from the stock.
    #[trace("hand out")]
    pub(super) fn hand_out(&self, reservation: &str) {
        self.shelves().reservations.remove(reservation);
    }

    #[trace(skip)]
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the customer's tier, from the shop's baggage.
fn tier() -> String {
    Baggage::current().get("customer.tier").unwrap_or("unknown").to_owned()
}

impl Shelves {
    fn left(&self, item: i64) -> i64 {
        let pieces = if item % SOLD_OUT == 0 { 0 } else { PIECES };
        pieces - self.taken.get(&item).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace_testkit::Capture;

    fn pieces(item_id: i64, quantity: i64) -> Pieces {
        Pieces { item_id, quantity }
    }

    #[trace_testkit::test]
    fn nothing_is_put_aside_unless_all_is_there(t: Capture) {
        let stock = Stock::default();
        let refused = stock.reserve("a".to_owned(), vec![pieces(1, 2), pieces(SOLD_OUT, 1)]);
        assert_eq!(refused.unwrap_err().0, pieces(SOLD_OUT, 0));
        assert_eq!(stock.count(1).quantity, PIECES);
        // Being sold out is not a failure of the warehouse, but it is counted.
        t.span("reserve").one().not_failed();
        t.counter("warehouse.refusals").total(1);
        t.counter("warehouse.pieces.reserved").none();
    }

    #[trace_testkit::test]
    fn what_is_put_aside_is_released_or_handed_out_once(t: Capture) {
        let stock = Stock::default();
        for _ in 0..2 {
            stock.reserve("a".to_owned(), vec![pieces(1, 2)]).unwrap();
        }
        assert_eq!(stock.count(1).quantity, PIECES - 2);
        stock.release("a");
        stock.release("a");
        assert_eq!(stock.count(1).quantity, PIECES);
        stock.reserve("b".to_owned(), vec![pieces(1, 3)]).unwrap();
        stock.hand_out("b");
        stock.release("b");
        assert_eq!(stock.count(1).quantity, PIECES - 3);
        t.span("count").count(3);
    }
}
