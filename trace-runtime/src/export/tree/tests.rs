use super::*;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::export::testing::{BuiltSpan, SpanMaker, batch_of};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::site::Site;
use crate::value::Value;

fn render(spans: &[BuiltSpan], options: &TreeOptions) -> String {
    let spans = batch_of(spans);
    let mut text = String::from("\n");
    for line in layout(&spans, options) {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

#[test]
fn a_trace_reads_like_a_story() {
    let read = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
    let message = SpanContext::remote(
        TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from_u64(0xf0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
    );
    let spans = [
        SpanMaker::new("split").ids(1, 3, 1).times(MS, 2 * MS).build(|_| {}),
        SpanMaker::new("analyse")
            .ids(1, 1, 0)
            .times(0, 12_400 * US)
            .attributes(&[("file", Value::Str("README.md")), ("words", Value::U64(2_041))])
            .build(|_| {}),
        SpanMaker::new("read")
            .ids(1, 2, 1)
            .times(100 * US, 900 * US)
            .attributes(&[("bytes", Value::U64(18_342))])
            .event("cache miss", 300 * US, &[("key", Value::Str("README"))])
            .build(|_| {}),
        SpanMaker::new("fetch model")
            .ids(1, 4, 1)
            .times(2 * MS, 9 * MS)
            .error("connection closed")
            .attributes(&[("error.type", Value::Str("io::Error")), ("try", Value::I64(2))])
            .event(
                "exception",
                9 * MS,
                &[
                    ("exception.type", Value::Str("io::Error")),
                    ("exception.message", Value::Str("connection closed")),
                    (
                        "exception.stacktrace",
                        Value::Str(
                            "connection closed\n\nCaused by:\n    0: peer went away\n    1: reset",
                        ),
                    ),
                ],
            )
            .build(|span| span.kind = SpanKind::Client),
        SpanMaker::new("resolve").ids(1, 5, 4).times(2_100 * US, 2_101 * US).build(|_| {}),
        SpanMaker::new("prefetch")
            .ids(1, 6, 1)
            .times(9 * MS, 10 * MS)
            .attributes(&[("cancelled", Value::Bool(true))])
            .build(|span| span.outcome = Outcome::Cancelled),
        SpanMaker::new("report")
            .ids(1, 7, 1)
            .times(11 * MS, 12 * MS)
            .link(message, &[("why", Value::Str("asked for"))])
            .link(read, &[])
            .build(|span| span.dropped_attributes = 3),
    ];
    let expected = "
analyse                    12.4 ms  ━━━━━━━━━━━━━━━━━━━━  file=README.md  words=2041
├─ read                     800 µs  ━━                    bytes=18342
│     • +200 µs cache miss  key=README
├─ split                   1.00 ms   ━━━
├─ ✗ fetch model (client)  7.00 ms     ━━━━━━━━━━━━       try=2
│  │  io::Error: connection closed  src/shop.rs:7
│  │    caused by: peer went away
│  │    caused by: reset
│  └─ resolve              1.00 µs     ╸
├─ ⊘ prefetch              1.00 ms                ━━━     cancelled
└─ report                  1.00 ms                   ━━━  (3 attributes dropped)
      → link 4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7  why=\"asked for\"
      → link read
";
    assert_eq!(render(&spans, &TreeOptions::default()), expected);
}

#[test]
fn many_equal_siblings_are_one_line() {
    let mut spans = vec![SpanMaker::new("run").ids(1, 1, 0).times(0, 1_000 * US).build(|_| {})];
    for index in 0..1_000_u64 {
        let (id, start) = (10 + 2 * index, index * US);
        let embed = SpanMaker::new("embed")
            .ids(1, id, 1)
            .times(start, start + 500 + index % 10)
            .attributes(&[
                ("model", Value::Str("small")),
                ("length", Value::U64(3 + index % 70)),
                ("text", if index % 2 == 0 { Value::Str("a") } else { Value::Str("b") }),
            ]);
        let embed = if index % 250 == 7 { embed.error("too long") } else { embed };
        spans.push(embed.build(|_| {}));
        let inner = SpanMaker::new("tokenize").ids(1, id + 1, id);
        spans.push(inner.times(start + 10, start + 110).build(|_| {}));
    }
    spans.push(SpanMaker::new("save").ids(1, 2, 1).times(999 * US, 1_000 * US).build(|_| {}));
    let expected = "
run                  1.00 ms  ━━━━━━━━━━━━━━━━━━━━
├─ embed ×996         502 µs  ━━━━━━━━━━━━━━━━━━━━  each 504 ns, at most 509 ns  model=small
│  │    length=3…72
│  └─ tokenize ×996  99.6 µs  ━━━━━━━━━━━━━━━━━━━━  each 100 ns, at most 100 ns
├─ ✗ embed ×4        2.03 µs  ╸    ╸    ╸    ╸      each 507 ns, at most 507 ns  model=small
│  │    length=10…60  text=b
│  │  too long  src/shop.rs:7
│  └─ tokenize ×4     400 ns  ╸    ╸    ╸    ╸      each 100 ns, at most 100 ns
└─ save              1.00 µs                     ╺
";
    let options = TreeOptions::default().with_width(96);
    assert_eq!(render(&spans, &options), expected);
}

#[test]
fn an_error_on_its_way_up_is_told_once() {
    let failed = |name, id, parent| {
        SpanMaker::new(name)
            .ids(1, id, parent)
            .times(id, 100 - id)
            .error("no such file")
            .build(|_| {})
    };
    let spans = [failed("outer", 1, 0), failed("middle", 2, 1), failed("inner", 3, 2)];
    let expected = "
✗ outer
└─ ✗ middle
   └─ ✗ inner
         no such file  src/shop.rs:7
";
    assert_eq!(render(&spans, &TreeOptions::default().with_times(false)), expected);
}

#[test]
fn a_failure_in_a_library_names_no_place() {
    static LIBRARY: Site = Site::new("\0http-client\0\x001.0.0\0", 0);
    let request = SpanMaker::at("GET", LIBRARY.info()).ids(1, 2, 1).times(1, 9).error("refused");
    let spans = [
        SpanMaker::new("checkout").ids(1, 1, 0).times(0, 10).error("no stock").build(|_| {}),
        request.build(|_| {}),
    ];
    let expected = "
✗ checkout
│  no stock  src/shop.rs:7
└─ ✗ GET
      refused
";
    assert_eq!(render(&spans, &TreeOptions::default().with_times(false)), expected);
}

#[test]
fn panics_and_hidden_children_are_marked() {
    let mut spans = vec![
        SpanMaker::new("root")
            .ids(1, 1, 0)
            .times(0, 100)
            .error("panicked")
            .attributes(&[("error.type", Value::Str("panic"))])
            .build(|_| {}),
    ];
    const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
    for (index, name) in NAMES.into_iter().enumerate() {
        let span = SpanMaker::new(name).ids(1, 2 + index as u64, 1).times(index as u64, 50);
        let span = if index == 4 { span.error("late") } else { span };
        spans.push(span.build(|_| {}));
    }
    let options = TreeOptions::default().with_times(false).with_max_children(3);
    let expected = "
✗ root
│  panicked  src/shop.rs:7
├─ a
├─ b
├─ c
└─ … 2 more spans, 1 failed
";
    assert_eq!(render(&spans, &options), expected);
}

#[test]
fn strange_input_is_survived() {
    // A cycle of parents, a span that is its own parent, and a chain too deep for the stack.
    let spans = [
        SpanMaker::new("ring a").ids(1, 1, 2).build(|_| {}),
        SpanMaker::new("ring b").ids(1, 2, 1).build(|_| {}),
        SpanMaker::new("self\u{1b}[2J").ids(1, 3, 3).build(|_| {}),
    ];
    let options = TreeOptions::default().with_times(false);
    let text = render(&spans, &options);
    for name in ["ring a", "ring b", r"self\u{1b}[2J"] {
        assert_eq!(text.matches(name).count(), 1, "{text}");
    }
    let deep: Vec<_> = (1..=100_000_u64)
        .map(|id| SpanMaker::new("deep").ids(1, id, id - 1).build(|_| {}))
        .collect();
    let text = render(&deep, &options);
    assert!(text.trim_end().ends_with("… 99935 more spans"), "{}", text.trim_end().len());
    assert!(layout(&[], &options).is_empty());
}
