//! Compares expansions, formatted, with those in `tests/expand`: one file per form. `BLESS=1 cargo test
//! -p trace-macros --lib` rewrites the files; read the difference before committing it.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{attribute, derive};
use crate::attribute::Macro;
use crate::hidden::{self, Root};

fn formatted(expansion: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=100,use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is part of the toolchain");
    rustfmt.stdin.take().unwrap().write_all(expansion.as_bytes()).unwrap();
    let output = rustfmt.wait_with_output().unwrap();
    assert!(output.status.success(), "not an item: {expansion}");
    String::from_utf8(output.stdout).unwrap()
}

fn check(which: Macro, name: &str, options: &str, item: &str) {
    let tokens = |text: &str| text.parse().unwrap();
    let expansion = attribute::expand(Root::Runtime, which, tokens(options), tokens(item));
    let written = format!("#[{}({options})] {item}", which.name()).replace("()]", "]");
    blessed(name, &written, &expansion);
}

fn blessed(name: &str, written: &str, expansion: &proc_macro2::TokenStream) {
    let version = env!("CARGO_PKG_VERSION");
    let expansion = expansion
        .to_string()
        .replace(hidden::MODULE, "__private")
        .replace(&version.replace('.', "_"), "1_2_3")
        .replace(version, "1.2.3");
    let text = format!(
        "// Written:\n{}\n// Expanded:\n{}",
        commented(&formatted(written)),
        formatted(&expansion)
    );
    let path = format!("{}/tests/expand/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let blessed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(blessed == text, "{name} expands to something else now:\n{text}");
}

fn commented(text: &str) -> String {
    text.lines().map(|line| format!("// {line}").trim_end().to_owned() + "\n").collect()
}

macro_rules! expansions {
    ($which:ident: $($name:ident: $options:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            check(Macro::$which, stringify!($name), $options, $item);
        }
    )*};
}

expansions! { Trace:
    straight: "", "pub fn total(items: &[u64]) -> u64 { items.iter().sum() }";
    leveled: "level = debug", "fn look_up() -> u64 { 7 }";
    guard: "", "pub fn first(items: &[u64]) -> Option<u64> { Some(items.first()? + 1) }";
    straight_described: "\"checkout {tier}\", kind = Client, attrs(items.count = items.len(), %tier)",
        "fn checkout(items: &[u64], tier: Tier, #[attr] id: u64) { pay(items) }";
    inspected: "", "fn parse(&self, mut text: String, (a, _): (u8, u8)) -> Result<u64, Error> { text.parse() }";
    inspected_options: "ret(items = ret.len()), err(when = !err.is_not_found(), type = err.code()), parent = context",
        "fn load(context: &SpanContext) -> Result<Vec<u8>, Error> { read() }";
    inspected_sparingly: "", "fn finish<'a, W: Write>(&'a mut self, writer: W) -> Result<&'a [u8], FinishError<W>> { self.close(writer) }";
    opaque: "", "fn by_key(key: u64) -> impl Fn(&u64) -> bool { move |other| *other == key }";
    opaque_asynchronous: "", "async fn by_key(key: u64) -> impl Fn(&u64) -> bool { move |other| *other == key }";
    relayed: "", "#[track_caller] fn at<T>(value: T) -> Result<T, Error> { check(value) }";
    asynchronous: "attrs(id)", "async fn fetch(&self, id: u64) -> Result<&str, Error> { self.get(id).await }";
    asynchronous_kept: "", "#[tokio::main] async fn main() -> Result<(), Error> { run().await }";
    in_place: "attrs(id)", "fn fetch(id: u64) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send>> { Box::pin(async move { get(id).await }) }";
    lazy: "", "fn fetch(id: u64) -> impl Future<Output = u8> { let key = key(id); get(key) }";
    stream: "attrs(id)", "fn rows(id: u64) -> Pin<Box<dyn Stream<Item = Row> + Send>> { Box::pin(query(id)) }";
    baggage: "baggage(tenant = id, \"user.tier\" = %tier), attach", "fn serve(id: u64, tier: Tier) { answer() }";
    baggage_asynchronous: "baggage(tenant)", "async fn serve(Path(tenant): Path<String>) -> Result<u8, Error> { answer().await }";
    baggage_lazy: "baggage(tenant)", "fn rows(tenant: &str) -> impl Stream<Item = Row> { query(tenant) }";
    container: "kind = Server", "impl<T> Cart<T> { const MAX: u8 = 1; fn add(&mut self) {} #[trace(skip)] fn len(&self) -> usize { 0 } }";
}

expansions! { Metered:
    metered_straight: "", "pub fn total(items: &[u64]) -> u64 { items.iter().sum() }";
    metered_labels: "name = \"checkout\", labels(tier, region = cfg.region, path(cap = 100) = req.path(), channel = \"web\"), in_flight, slo = API_SLO, buckets = [0.005, 1]",
        "fn checkout(req: Request, tier: Tier, cfg: &Config) { pay(req) }";
    metered_guard: "", "fn first(items: &[u64]) -> Option<u64> { Some(items.first()? + 1) }";
    metered_inspected: "labels(status = ret.status, code = err.code(), tier), err(when = !err.is_not_found())",
        "fn load((tier, id): (Tier, u64)) -> Result<Page, Error> { read(id) }";
    metered_asynchronous: "labels(tier)", "async fn fetch(&self, tier: Tier) -> Result<u8, Error> { self.get(tier).await }";
    metered_lazy: "labels(tier)", "fn fetch(tier: Tier) -> BoxFuture<'static, u8> { let key = key(tier); get(key) }";
    metered_stream: "in_flight", "fn rows(id: u64) -> impl Stream<Item = Row> { query(id) }";
    metered_container: "labels(shop = self.shop)", "#[trace] impl Cart { fn add(&mut self) {} #[metered(skip)] fn len(&self) -> usize { 0 } #[trace(skip)] #[business_metric(gauge(\"cart.items\"), value = self.len())] fn show(&self) {} }";
    all_three: "labels(tier)", "#[inline] #[business_metric(counter(\"orders.revenue\", unit = \"{EUR}\"), value = ret.total, labels(tier), on = ok)] #[trace(attrs(tier.name = tier.name()), ret(total = ret.total))] #[business_metric(counter(\"orders\"))] fn order(tier: Tier) -> Result<Order, Error> { take(tier) }";
    all_three_asynchronous: "labels(tier)", "#[trace] #[business_metric(counter(\"orders.revenue\", unit = \"{EUR}\"), value = ret.total, labels(tier), on = ok)] #[business_metric(counter(\"orders\"))] async fn order(tier: Tier) -> Result<Order, Error> { take(tier).await }";
}

expansions! { BusinessMetric:
    business_plain: "gauge(\"queue.depth\", description = \"Jobs that wait\"), value = queue.len()", "fn push(queue: &mut Vec<u8>, job: u8) { queue.push(job) }";
    business_outcome: "histogram(\"cart.items\", buckets = [1, 10]), value = cart.as_ref().map(Cart::len), labels(code = err.code()), on = error",
        "fn checkout(cart: Option<Cart>) -> Result<(), Error> { pay(cart) }";
    business_asynchronous: "updown(\"sessions.active\")", "async fn login(user: User) -> Result<(), Error> { open(user).await }";
    business_held: "counter(\"bytes.refused\"), value = body.len(), labels(tier), on = error", "async fn store(body: Vec<u8>, tier: Tier) -> Result<(), Error> { put(body).await }";
}

#[test]
fn attributes_of_trace_core_expand_to_its_paths() {
    let item = || "#[trace_core::metered(labels(tier))] fn f(tier: Tier) {}".parse().unwrap();
    let expanded =
        |root| attribute::expand(root, Macro::Trace, Default::default(), item()).to_string();
    let runtime = expanded(Root::Runtime);
    assert!(runtime.contains(":: trace_runtime ::") && !runtime.contains(":: trace_core ::"));
    assert_eq!(runtime.replace("trace_runtime", "trace_core"), expanded(Root::Core));
}

#[test]
fn derived_labels() {
    let item = "#[label(rename_all = \"kebab-case\")] pub enum Tier<T> { Free, #[label(rename = \"pro\")] Paid { until: T }, HttpOnly(T) }";
    blessed(
        "label_enum",
        &format!("#[derive(Label)] {item}"),
        &derive::label(Root::Runtime, item.parse().unwrap()),
    );
    let item = "#[label(range = -1..=1)] struct Sign(i8);";
    blessed(
        "label_range",
        &format!("#[derive(Label)] {item}"),
        &derive::label(Root::Runtime, item.parse().unwrap()),
    );
}
