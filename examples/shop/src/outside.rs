//! Simulates a carrier and a mail server, which fail on purpose for certain orders.

use thiserror::Error;
use trace_runtime::trace;

/// The carrier does not answer the first call for every seventh order.
const CARRIER_IS_LATE: i64 = 7;
/// The mail server never accepts the receipt of every thirty-first order.
const MAILBOX_IS_FULL: i64 = 31;

#[derive(Debug, Error)]
#[error("no answer")]
pub(crate) struct CarrierError;

#[derive(Debug, Error)]
#[error("mailbox full")]
pub(crate) struct MailError;

/// Calls the carrier to fetch a parcel.
#[trace("call carrier", kind = Client, attrs(order.id = order_id, "peer.service" = "carrier"))]
pub(crate) fn call_carrier(order_id: i64, attempt: i64) -> Result<(), CarrierError> {
    let is_late = attempt == 1 && order_id % CARRIER_IS_LATE == 0;
    if is_late { Err(CarrierError) } else { Ok(()) }
}

/// Mails the receipt.
#[trace("mail receipt", kind = Client, attrs(order.id = order_id, "peer.service" = "mail"))]
pub(crate) fn send_receipt(order_id: i64) -> Result<(), MailError> {
    if order_id % MAILBOX_IS_FULL == 0 { Err(MailError) } else { Ok(()) }
}
