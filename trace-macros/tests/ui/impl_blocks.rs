use trace_macros::trace;

struct Cart;

#[trace("name", ret(a = 1), kind = Server)]
impl Cart {
    #[trace(skip, kind = Client)]
    fn skipped(&self) {}

    #[trace(unknown)]
    fn wrong(&self) {}

    #[trace]
    #[trace]
    fn twice(&self) {}

    #[trace]
    const fn constant(&self) {}

    #[cfg_attr(all(), trace(skip))]
    fn hidden(&self) {}
}

fn main() {
    Cart.skipped();
    Cart.wrong();
    Cart.twice();
}
