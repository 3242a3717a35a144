//! What annotated functions record, seen through the testkit.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use trace_runtime::{
    DetachedSpan, Instrument, Outcome, Span, SpanContext, SpanId, SpanKind, Status, TraceFlags,
    TraceId, Value, in_span, span, trace,
};
use trace_testkit::force::{drop_at_poll, panic_in};
use trace_testkit::memory::{capture, capture_async};

#[derive(Debug)]
struct Declined {
    cause: std::num::ParseIntError,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

#[trace(attrs(order.id = id, "http.route" = "/pay", items = items.len()), kind = Client)]
fn pay(id: u64, items: &[&str]) -> Result<u64, Declined> {
    price(items.first().unwrap_or(&"")).map_err(|cause| Declined { cause })
}

#[trace]
fn price(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

#[test]
fn a_call_becomes_a_span_under_its_caller() {
    let captured = capture(|| pay(7, &["42"]));
    assert_eq!(captured.result.as_ref().unwrap(), &42);
    let (pay, price) = (captured.span("pay"), captured.span("price"));
    assert!(pay.is_child_of(captured.root()) && price.is_child_of(pay));
    assert_eq!(pay.kind, SpanKind::Client);
    assert_eq!(pay.status, Status::Unset);
    assert_eq!(pay.attribute("order.id").unwrap(), "7");
    assert_eq!(pay.attribute("http.route").unwrap(), "/pay");
    assert_eq!(pay.attribute("items").unwrap(), "1");
    assert_eq!(pay.attribute("code.function.name").unwrap(), "spans::pay");
    assert!(pay.attribute("code.file.path").unwrap().to_string().ends_with("tests/spans.rs"));
    assert!(pay.attribute("code.line.number").is_some());
    assert!(pay.start_unix_nanos <= price.start_unix_nanos);
    assert!(price.end_unix_nanos <= pay.end_unix_nanos);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!(now.as_nanos().abs_diff(pay.end_unix_nanos.into()) < 60_000_000_000);
    assert_eq!((pay.site.scope, pay.site.version), ("spans", env!("CARGO_PKG_VERSION")));
    assert!(pay.trace_flags.contains(TraceFlags::SAMPLED.with(TraceFlags::RANDOM)));
}

#[test]
fn an_error_marks_the_span_and_brings_its_chain() {
    let captured = capture(|| pay(1, &["free"]));
    let pay = captured.span("pay");
    assert!(captured.result.is_err());
    assert_eq!(pay.status, Status::error("the card was declined"));
    assert_eq!(pay.attribute("error.type").unwrap(), "spans::Declined");
    assert_eq!(pay.outcome, Outcome::Error);
    let event = &pay.events[0];
    let text = |key: &str| format!("{:?}", event.attribute(key).unwrap());
    assert_eq!(event.name, "exception");
    assert!(text("exception.type").contains("Declined"));
    assert!(text("exception.message").contains("the card was declined"));
    assert!(text("exception.stacktrace").contains("0: invalid digit found in string"));
    assert!((pay.start_unix_nanos..=pay.end_unix_nanos).contains(&event.unix_nanos));
}

struct Opaque;

#[trace]
fn opaque() -> Result<(), Opaque> {
    Err(Opaque)
}

#[trace]
fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err("boxed".into())
}

#[trace]
fn any() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("root cause").context("while paying"))
}

type Aliased<T> = Result<T, String>;

#[trace]
fn aliased() -> Aliased<u8> {
    Err("just a string".to_owned())
}

#[trace]
fn optional() -> Option<Result<u8, String>> {
    Some(Err("within an option".to_owned()))
}

#[trace(err(when = *err != 404, type = err))]
fn coded(code: u16) -> Result<(), u16> {
    Err(code)
}

#[trace(err(ignore))]
fn ignored() -> Result<(), String> {
    Err("never mind".to_owned())
}

#[test]
fn every_kind_of_error_says_what_it_can() {
    let captured = capture(|| {
        let _ = (opaque(), boxed(), any(), aliased(), optional(), ignored());
        let _ = (coded(404), coded(500));
    });
    let errors: Vec<_> = captured
        .spans()
        .map(|span| (span.name.to_string(), span.status.clone(), span.attribute("error.type")))
        .map(|(name, status, kind)| match status {
            Status::Error { description } => {
                format!("{name}: {description:?} {}", kind.unwrap())
            }
            _ => format!("{name}: no error"),
        })
        .collect();
    assert_eq!(
        errors,
        [
            r#"opaque: "" spans::Opaque"#,
            r#"boxed: "boxed" alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>"#,
            r#"any: "while paying" anyhow::Error"#,
            r#"aliased: "just a string" alloc::string::String"#,
            r#"optional: "within an option" alloc::string::String"#,
            "ignored: no error",
            "coded: no error",
            r#"coded: "500" 500"#,
        ]
    );
    let any = captured.span("any");
    let chain = format!("{:?}", any.events[0].attribute("exception.stacktrace"));
    assert!(chain.contains("root cause"), "{chain}");
}

#[test]
fn a_panic_ends_the_span_as_an_error() {
    #[trace]
    fn panics() {
        inner();
        panic!("on purpose");
    }
    #[trace]
    fn inner() {}

    struct Cleanup;
    impl Drop for Cleanup {
        fn drop(&mut self) {
            inner();
        }
    }
    #[trace]
    fn unwinds() {
        let _cleanup = Cleanup;
        panics();
    }

    let captured = capture(|| panic_in(unwinds));
    assert_eq!(captured.result.message(), "on purpose");
    for name in ["panics", "unwinds"] {
        let span = captured.span(name);
        assert_eq!(span.outcome, Outcome::Panic, "{name}");
        assert!(span.is_error());
        assert_eq!(span.attribute("error.type").unwrap(), "panic");
    }
    // The second was entered while the thread was panicking, and returned.
    let inner: Vec<_> = captured.spans().filter(|span| span.name == "inner").collect();
    assert_eq!(inner.len(), 2);
    assert!(inner.iter().all(|span| span.outcome == Outcome::Ok && !span.is_error()));
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

#[test]
fn names_arguments_and_return_values_are_recorded() {
    let captured = capture(|| {
        load("cart", [127, 0, 0, 1].into());
        numbers(3, None).unwrap()
    });
    assert_eq!(
        captured.tree(),
        "test\n\
         ├ load cart from 127.0.0.1 [source=127.0.0.1, tier=Some(\"pro\"), weight=1.5, ok=true]\n\
         └ numbers [count=3, n.twice=None, len=3, first=0]\n"
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

#[test]
fn methods_of_a_block_carry_the_type() {
    let captured = capture(|| {
        let mut cart = Cart::new();
        *cart.add(7) += 1;
        (cart.len(), cart.items)
    });
    assert_eq!(captured.result, (1, vec![8]));
    assert_eq!(captured.tree(), "test\n├ Cart::new\n└ Cart::add [item=7]\n");
}

#[trace(attrs(id))]
async fn fetch(id: u32) -> Result<u32, String> {
    tokio::task::yield_now().await;
    decode(id)?;
    tokio::task::yield_now().await;
    Ok(id)
}

#[trace]
fn decode(id: u32) -> Result<(), String> {
    if id.is_multiple_of(2) { Ok(()) } else { Err(format!("{id} is odd")) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_keep_their_spans_apart() {
    let captured = capture_async(async {
        let (one, two) = tokio::join!(fetch(1), fetch(2));
        (one.is_err(), two.is_ok())
    })
    .await;
    assert_eq!(captured.result, (true, true));
    assert_eq!(
        captured.tree(),
        "test\n\
         ├ fetch [id=1] error=\"1 is odd\"\n\
         │ └ decode error=\"1 is odd\"\n\
         └ fetch [id=2]\n  \
           └ decode\n"
    );
}

#[tokio::test]
async fn a_future_dropped_early_is_cancelled() {
    struct Traced;
    impl Drop for Traced {
        fn drop(&mut self) {
            in_span("cleanup", |_| ());
        }
    }
    #[trace]
    async fn endless() {
        let _traced = Traced;
        std::future::pending::<()>().await;
    }
    let captured = capture_async(async {
        assert_eq!(drop_at_poll(0, endless()).await.polls(), 0);
        drop_at_poll(1, endless()).await
    })
    .await;
    assert!(captured.result.is_dropped());
    let endless = captured.span("endless");
    assert_eq!(endless.outcome, Outcome::Cancelled);
    assert_eq!(endless.attribute("cancelled").unwrap(), "true");
    assert!(!endless.is_error());
    // Its destructors ran within it.
    assert!(captured.span("cleanup").is_child_of(endless));
}

#[tokio::test]
async fn a_panic_within_a_future_is_a_panic() {
    #[trace]
    async fn panics() {
        tokio::task::yield_now().await;
        panic!("on purpose");
    }
    let context = Span::current().context();
    let captured = capture_async(async {
        let parent = Span::current();
        let task = panics().instrument(Span::builder("task").with_parent(&parent).start());
        tokio::spawn(task).await.is_err()
    })
    .await;
    assert!(captured.result);
    assert_eq!(captured.span("panics").outcome, Outcome::Panic);
    assert_eq!(captured.span("task").outcome, Outcome::Panic);
    assert!(!context.is_valid());
}

#[trace(parent = parent, links = [first.clone(), second], attrs(worker))]
fn work(parent: SpanContext, first: SpanContext, second: SpanContext, worker: u8) {}

#[test]
fn contexts_cross_threads_and_links_point_elsewhere() {
    let remote =
        SpanContext::remote(TraceId::from_u128(5), SpanId::from_u64(6), TraceFlags::SAMPLED);
    let captured = capture(|| {
        let here = Span::current().context();
        let (parent, link, remote) = (here.clone(), here.clone(), remote.clone());
        std::thread::spawn(move || work(parent, link, remote, 1)).join().unwrap();
        here
    });
    let work = captured.span("work");
    assert!(work.is_child_of(captured.root()));
    assert!(!work.parent_is_remote);
    assert_eq!(work.links[0].context.span_id(), captured.result.span_id());
    assert_eq!(work.links[1].context, remote);
}

#[trace(parent = parent)]
fn handle(parent: &SpanContext) -> SpanContext {
    Span::current().context()
}

#[trace(root)]
fn apart() -> SpanContext {
    handle(&Span::current().context())
}

#[test]
fn remote_parents_and_roots() {
    let remote = SpanContext::remote(
        TraceId::from_u128(0xabc << 64 | 1),
        SpanId::from_u64(77),
        TraceFlags::SAMPLED,
    )
    .with_trace_state("vendor=1");
    let captured = capture(|| (handle(&remote), apart()));
    let (inside, root) = captured.result.clone();
    assert_eq!(inside.trace_id(), remote.trace_id());
    assert_eq!(inside.trace_state(), "vendor=1");
    assert!(!inside.is_remote() && inside.is_sampled());
    let spans = trace_testkit::memory::spans_of(remote.trace_id());
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].parent_span_id, remote.span_id());
    assert!(spans[0].parent_is_remote);
    assert_eq!(spans[0].trace_state.as_deref(), Some("vendor=1"));
    assert_ne!(root.trace_id(), captured.trace_id);
    let apart = trace_testkit::memory::spans_of(root.trace_id());
    assert_eq!(apart.len(), 2);
    assert_eq!(captured.spans().count(), 0);
}

#[test]
fn an_unsampled_remote_parent_holds_for_everything_below() {
    let remote =
        SpanContext::remote(TraceId::from_u128(1 << 90 | 9), SpanId::from_u64(8), TraceFlags::NONE);
    let captured = capture(|| {
        let _attached = remote.attach();
        in_span("quiet", |span| {
            assert!(!span.is_recording());
            pay(1, &["1"]).unwrap();
            Span::current().context()
        })
    });
    assert_eq!(captured.result.trace_id(), remote.trace_id());
    assert!(!captured.result.is_sampled());
    assert!(trace_testkit::memory::spans_of(remote.trace_id()).is_empty());
}

#[test]
fn a_handle_says_more_from_anywhere() {
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
    let captured = capture(outer);
    let span = captured.span("renamed");
    assert_eq!(span.status, Status::Ok);
    assert_eq!(
        captured.tree().replace(" [exception.type", "\n    [exception.type"),
        "test\n\
         └ renamed [plan=pro, a=1, list=[1, 2], from=afar] ok\n  \
           • cache.miss [key=cart, tries=2]\n  \
           • exception\n    [exception.type=core::fmt::Error, exception.message=an error occurred \
         when formatting an argument]\n"
    );
}

#[test]
fn blocks_closures_and_detached_spans() {
    let captured = capture(|| {
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
    });
    assert_eq!(
        captured.tree(),
        "test\n\
         ├ block 3 [size=3]\n\
         │ └ closure [x=1]\n\
         └ upload [n=9] error=\"an error occurred when formatting an argument\"\n  \
           • sent\n  \
           ├ price\n  \
           └ after [cancelled=true]\n"
    );
    let upload = captured.span("upload");
    assert_eq!((upload.kind, upload.site.scope), (SpanKind::Producer, "trace_runtime"));
    // A block knows where it stands, not in which function.
    for span in [upload, captured.span("block 3")] {
        assert!(span.attribute("code.function.name").is_none());
        assert!(span.attribute("code.line.number").is_some());
    }
}

#[test]
fn formatting_may_fail_panic_or_record() {
    struct Nested;
    impl fmt::Display for Nested {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(if price("1").is_ok() { "nested" } else { "?" })
        }
    }
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose")
        }
    }
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }
    #[trace(attrs(%nested, %panics, %fails, after))]
    fn hostile(nested: Nested, panics: Panics, fails: Fails, after: u8) {}

    let captured = capture(|| hostile(Nested, Panics, Fails, 9));
    assert_eq!(
        captured.tree(),
        "test\n└ hostile [nested=nested, panics=<formatting panicked>, \
         fails=half<formatting failed>, after=9]\n"
    );
    assert!(captured.report().dropped.values().sum::<u64>() >= 1, "the nested span is counted");
}

#[test]
fn strings_of_every_length_survive() {
    #[trace(attrs(text, again = text))]
    fn echo(text: &str) {}

    let long = "häß€𝄞".repeat(50);
    let cuts: Vec<&str> = long.char_indices().map(|(at, _)| &long[..at]).collect();
    let captured = capture(|| cuts.iter().for_each(|text| echo(text)));
    let seen: Vec<String> =
        captured.spans().map(|span| span.attribute("again").unwrap().to_string()).collect();
    assert_eq!(seen, cuts);
}

#[test]
fn any_number_of_values_survives() {
    #[trace(attrs(a))]
    fn one(a: Option<&str>) {}
    #[trace(attrs(a, b))]
    fn two(a: &str, b: u64) {}
    #[trace(attrs(a, b, c, d))]
    fn four(a: i32, b: &str, c: bool, d: &str) {}
    #[trace(attrs(a, ?b, c, d, e))]
    fn five(a: i32, b: &str, c: bool, d: &str, e: f64) {}
    #[allow(clippy::too_many_arguments)]
    #[trace(attrs(a, b, c, d, e, f, g, h))]
    fn eight(a: u8, b: &str, c: u8, d: &str, e: u8, f: &str, g: u8, h: &str) {}
    #[allow(clippy::too_many_arguments)]
    #[trace(attrs(a, b, c, d, e, f, g, h, i, j))]
    fn ten(a: u8, b: &str, c: u8, d: &str, e: u8, f: &str, g: u8, h: &str, i: u8, j: &str) {}

    let captured = capture(|| {
        one(None);
        one(Some("one"));
        two("identifier", 2);
        four(-1, "", true, "four");
        five(-1, "quoted", false, "a string that is longer than sixteen bytes", 0.5);
        eight(1, "b", 3, "dd", 5, "fff", 7, "hhhh");
        ten(1, "b", 3, "dd", 5, "fff", 7, "hhhh", 9, "jjjjj");
    });
    assert_eq!(
        captured.tree(),
        "test\n\
         ├ one\n\
         ├ one [a=one]\n\
         ├ two [a=identifier, b=2]\n\
         ├ four [a=-1, b=, c=true, d=four]\n\
         ├ five [a=-1, b=\"quoted\", c=false, \
         d=a string that is longer than sixteen bytes, e=0.5]\n\
         ├ eight [a=1, b=b, c=3, d=dd, e=5, f=fff, g=7, h=hhhh]\n\
         └ ten [a=1, b=b, c=3, d=dd, e=5, f=fff, g=7, h=hhhh, i=9, j=jjjjj]\n"
    );
}

#[test]
fn shared_pointers_and_values_of_ones_own() {
    struct Tier;
    impl trace_runtime::ToValue for Tier {
        fn to_value(&self) -> Value<'_> {
            Value::Static("pro")
        }
    }
    #[trace(attrs(tier, name, big, small, flags = [true, false], letter = 'x'))]
    fn mixed(tier: Tier, name: Arc<str>, big: u64, small: i128) {}

    let captured = capture(|| mixed(Tier, "arc".into(), u64::MAX, i128::MIN));
    assert_eq!(
        captured.tree(),
        format!(
            "test\n└ mixed [tier=pro, name=arc, big={}, small={}, flags=[true, false], letter=x]\n",
            u64::MAX,
            i128::MIN
        )
    );
}
