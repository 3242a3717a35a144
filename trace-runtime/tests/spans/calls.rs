//! Tests calls, methods, blocks and handles.

use super::{pay, price};
use trace_runtime::{
    Span, SpanKind, Status, Value, in_span, propagation::TraceFlags, span, span::DetachedSpan,
    trace,
};
use trace_testkit::{Capture, Render};

#[trace_testkit::test(live)]
fn a_call_becomes_a_span_under_its_caller(t: Capture) {
    assert_eq!(pay(7, &["42"]).unwrap(), 42);
    let (pay, price) = (t.span("pay").one(), t.span("price").one());
    assert!(pay.start_unix_nanos <= price.start_unix_nanos);
    assert!(price.end_unix_nanos <= pay.end_unix_nanos);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!(now.as_nanos().abs_diff(pay.end_unix_nanos.into()) < 60_000_000_000);
    assert_eq!(
        (pay.scope.name.as_str(), &*pay.scope.version),
        ("suite", env!("CARGO_PKG_VERSION"))
    );
    assert!(pay.flags.contains(TraceFlags::SAMPLED.with(TraceFlags::RANDOM)));
    let file = pay.attribute("code.file.path").and_then(|file| file.as_str()).unwrap();
    assert!(file.ends_with("tests/spans/mod.rs"));
    assert!(pay.attribute("code.line.number").is_some());
    pay.is_root()
        .kind(SpanKind::Client)
        .status(Status::Unset)
        .has("order.id", 7)
        .has("http.route", "/pay")
        .has("items", 1)
        .has("code.function.name", "suite::spans::pay");
    price.child_of("pay");
}

#[trace("load {name} from {source}", attrs(%source, tier = ?Some("pro"), weight = 1.5, ok = true))]
fn load(name: &str, source: std::net::Ipv4Addr) -> usize {
    name.len()
}

#[trace(ret(len = ret.len(), first = ret.first().copied()))]
fn numbers(
    #[attr] count: i64,
    #[attr("n.twice", ?)] twice: Option<i64>,
) -> Result<Vec<i64>, String> {
    let _ = twice;
    Ok((0..count).collect())
}

#[trace_testkit::test]
fn names_arguments_and_return_values_are_recorded(t: Capture) {
    load("cart", [127, 0, 0, 1].into());
    numbers(3, None).unwrap();
    assert_eq!(
        t.render(),
        "\
load cart from 127.0.0.1 [ok=true, source=\"127.0.0.1\", tier=\"Some(\\\"pro\\\")\", weight=1.5]
numbers [count=3, first=0, len=3, n.twice=\"None\"]
"
    );
}

struct Cart {
    items: Vec<u64>,
}

#[trace]
impl Cart {
    fn new() -> Self {
        Self { items: Vec::new() }
    }

    #[trace(attrs(item))]
    fn add(&mut self, item: u64) -> &mut u64 {
        self.items.push(item);
        self.items.last_mut().unwrap()
    }

    #[trace(skip)]
    fn len(&self) -> usize {
        self.items.len()
    }
}

#[trace_testkit::test]
fn methods_of_a_block_carry_the_type(t: Capture) {
    let mut cart = Cart::new();
    *cart.add(7) += 1;
    assert_eq!((cart.len(), cart.items), (1, vec![8]));
    assert_eq!(
        t.render(),
        "\
Cart::new
Cart::add [item=7]
"
    );
}

#[trace_testkit::test]
fn a_handle_says_more_from_anywhere(t: Capture) {
    #[trace]
    fn outer() {
        let span = Span::current();
        span.set_attribute("plan", "free").set_attribute("plan", String::from("pro"));
        span.set_attributes(&[("a", &1_u8), ("list", &vec![1_i64, 2]), ("none", &None::<u8>)]);
        span.add_event("cache.miss", &[("key", &"cart"), ("tries", &2)]);
        span.record_error(&std::fmt::Error);
        let sent = span.clone();
        std::thread::spawn(move || {
            sent.set_attribute("from", "afar");
        })
        .join()
        .unwrap();
        span.update_name("renamed").set_status(Status::Ok).set_status(Status::error("too late"));
    }
    outer();
    t.span("renamed").one().status(Status::Ok).has_no("none");
    assert_eq!(t.render(), "\
renamed [a=1, from=\"afar\", list=[1, 2], plan=\"pro\"] ok
   • cache.miss [key=\"cart\", tries=2]
   • exception [exception.message=\"an error occurred when formatting an argument\", exception.type=\"core::fmt::Error\"]
");
}

#[trace_testkit::test]
fn blocks_closures_and_detached_spans(t: Capture) {
    let size = 3;
    {
        let _block = span!("block {size}", attrs(size));
        in_span("closure", |span| span.set_attribute("x", 1.0).is_recording());
    }
    let mut upload: DetachedSpan =
        Span::builder("upload").with_kind(SpanKind::Producer).with_attribute("n", &9).start();
    assert_eq!(upload.in_scope(|_| price("1")), Ok(1));
    let context = upload.context();
    std::thread::spawn(move || {
        upload.span().add_event("sent", &[]);
        upload.end_with_error(&std::fmt::Error);
    })
    .join()
    .unwrap();
    Span::builder("after").with_parent(context).start().cancel();
    assert_eq!(t.render_with(Render::new().with_scopes()), "\
block 3 [size=3] scope: suite
└─ closure [x=1.0] scope: trace_runtime
upload (producer) [error.type=\"core::fmt::Error\", n=9] error: \"an error occurred when formatting an argument\" scope: trace_runtime
│  • sent
│  • exception [exception.message=\"an error occurred when formatting an argument\", exception.type=\"core::fmt::Error\"]
├─ price scope: suite
└─ after [cancelled=true] cancelled scope: trace_runtime
");
    // A block knows where it stands, not in which function.
    for name in ["upload", "block 3"] {
        let span = t.span(name).one().has_no("code.function.name");
        assert!(span.attribute("code.line.number").is_some());
    }
}

#[trace_testkit::test]
fn shared_pointers_and_values_of_ones_own(t: Capture) {
    struct Tier;
    impl trace_runtime::ToValue for Tier {
        fn to_value(&self) -> Value<'_> {
            Value::Static("pro")
        }
    }
    #[trace(attrs(tier, name, big, small, flags = [true, false], letter = 'x'))]
    fn mixed(tier: Tier, name: std::sync::Arc<str>, big: u64, small: i128) {}

    mixed(Tier, "arc".into(), u64::MAX, i128::MIN);
    assert_eq!(t.render(), "\
mixed [big=18446744073709551615, flags=[true, false], letter=\"x\", name=\"arc\", small=\"-170141183460469231731687303715884105728\", tier=\"pro\"]
");
}
