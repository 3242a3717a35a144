use trace_macros::trace;

#[trace(kind)]
fn no_value() {}

#[trace(kind = )]
fn empty_value() {}

#[trace(attrs = (a), kind(Client), root = true)]
fn wrong(a: u32) {}

#[trace(attrs(), ret(), err())]
fn empty() -> Result<(), ()> {
    Ok(())
}

#[trace(err, ret)]
fn bare() -> Result<(), ()> {
    Ok(())
}

#[trace(root kind = Client)]
fn no_comma() {}

#[trace(kind = Client root)]
fn no_comma_either() {}

fn main() {}
