//! Expansions as they are, formatted, in `tests/expand`: one file per form. `BLESS=1 cargo test -p
//! trace-macros --lib` writes them anew; read the difference before committing it.

use std::io::Write;
use std::process::{Command, Stdio};

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

fn check(name: &str, options: &str, item: &str) {
    let expansion = super::attribute(options.parse().unwrap(), item.parse().unwrap())
        .to_string()
        .replace(crate::PRIVATE, "__private")
        .replace(env!("CARGO_PKG_VERSION"), "1.2.3");
    let source =
        formatted(&format!("#[trace({options})] {item}").replace("#[trace()]", "#[trace]"));
    let text =
        format!("// Written:\n{}\n// Expanded:\n{}", commented(&source), formatted(&expansion));
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
    ($($name:ident: $options:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            check(stringify!($name), $options, $item);
        }
    )*};
}

expansions! {
    straight: "", "pub fn total(items: &[u64]) -> u64 { items.iter().sum() }";
    guard: "", "pub fn first(items: &[u64]) -> Option<u64> { Some(items.first()? + 1) }";
    straight_described: "\"checkout {tier}\", kind = Client, attrs(items.count = items.len(), %tier)",
        "fn checkout(items: &[u64], tier: Tier, #[attr] id: u64) { pay(items) }";
    inspected: "", "fn parse(&self, mut text: String, (a, _): (u8, u8)) -> Result<u64, Error> { text.parse() }";
    inspected_options: "ret(items = ret.len()), err(when = !err.is_not_found(), type = err.code()), parent = context",
        "fn load(context: &SpanContext) -> Result<Vec<u8>, Error> { read() }";
    relayed: "", "#[track_caller] fn at<T>(value: T) -> Result<T, Error> { check(value) }";
    asynchronous: "attrs(id)", "async fn fetch(&self, id: u64) -> Result<&str, Error> { self.get(id).await }";
    asynchronous_kept: "", "#[tokio::main] async fn main() -> Result<(), Error> { run().await }";
    in_place: "attrs(id)", "fn fetch(id: u64) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send>> { Box::pin(async move { get(id).await }) }";
    lazy: "", "fn fetch(id: u64) -> impl Future<Output = u8> { let key = key(id); get(key) }";
    stream: "attrs(id)", "fn rows(id: u64) -> Pin<Box<dyn Stream<Item = Row> + Send>> { Box::pin(query(id)) }";
    container: "kind = Server", "impl<T> Cart<T> { const MAX: u8 = 1; fn add(&mut self) {} #[trace(skip)] fn len(&self) -> usize { 0 } }";
}
