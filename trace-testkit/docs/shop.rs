use trace_runtime::trace;

#[derive(Debug)]
pub struct Declined;

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for Declined {}

/// Charges the card, then ships one parcel per item.
#[trace]
pub fn checkout(#[attr("user.id")] user: u64, items: u64) -> Result<(), Declined> {
    charge(user, items * 10)?;
    for _ in 0..items {
        ship();
    }
    Ok(())
}

#[trace(kind = Client)]
pub fn charge(#[attr("user.id")] user: u64, #[attr] amount: u64) -> Result<(), Declined> {
    if user == 13 { Err(Declined) } else { Ok(()) }
}

#[trace]
pub fn ship() {}
