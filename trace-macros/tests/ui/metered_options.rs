use trace_macros::metered;

#[metered(objective = API_SLO, track_concurrency, ok_if = is_fine, error_if = is_bad)]
fn autometrics() -> Result<(), ()> {
    Ok(())
}

#[metered(struct_name = "Cart", skip_autometrics, tags(a = 1), label(tier), kind = Client)]
fn other_libraries() {}

#[metered(in_flight = true, labels, labels(), slo("api"), err, buckets, skip, 1)]
fn forms() -> Result<(), ()> {
    Ok(())
}

#[metered(in_flight, in_flight, name = "a", "b")]
fn twice() {}

#[metered(name = NAME)]
fn constant() {}

#[metered("1st")]
fn digit() {}

#[metered(name = "calls {tier}")]
fn template(tier: u8) {}

#[metered("")]
fn empty() {}

#[metered("calls per day")]
fn spaces() {}

#[metered(slo = Objective::new("api"))]
fn objective() {}

#[metered(buckets = [])]
fn no_buckets() {}

#[metered(buckets = [0.1, 0.1, 1, -2])]
fn descending() {}

fn main() {}
