use trace_macros::metered;

#[metered(labels(tier: 1, "alone", %tier, ?tier, f(), key =, = 2, tier = %tier))]
fn forms(tier: bool) {}

#[metered(labels(path(10) = "a", path(cap) = "a", path(cap = 0) = "a", path(cap = "x") = "a", path(limit = 1) = "a"))]
fn caps() {}

#[metered(labels(a = true, a = false, user.tier = true, user_tier = true, "" = true, "a\0b" = true))]
fn keys() {}

#[metered(labels(function = true, error.type = true, le = true, __name = true, instance = true))]
fn reserved() {}

#[metered(labels(a = true, b = true, c = true, d = true, e = true, f = true, g = true))]
fn too_many() {}

#[metered(labels(both = ret == err))]
fn both() -> Result<u8, u8> {
    Ok(1)
}

#[metered(labels(status = *ret))]
fn nothing() {}

#[metered(labels(code = *err))]
fn plain() -> bool {
    true
}

#[metered(labels(status = *ret))]
fn never() -> ! {
    panic!()
}

#[metered(labels(kind = "other", none = ""))]
fn fixed() {}

fn main() {}
