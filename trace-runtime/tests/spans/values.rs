//! Tests values of every kind, number and length.

use super::price;
use std::fmt;
use trace_runtime::trace;
use trace_testkit::Capture;

#[trace_testkit::test]
fn formatting_may_fail_panic_or_record(t: Capture) {
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
    #[trace]
    fn outer() {
        hostile(Nested, Panics, Fails, 9);
    }

    outer();
    assert_eq!(t.render(), "\
outer
└─ hostile [after=9, fails=\"half<formatting failed>\", nested=\"nested\", panics=\"<formatting panicked>\"]
");
    // The nested span is not there, and counted.
    let losses = t.snapshot().losses;
    assert_eq!((losses.len(), losses[0].what.as_str(), losses[0].count), (1, "spans", 1));
}

#[trace_testkit::test]
fn strings_of_every_length_survive(t: Capture) {
    #[trace(attrs(text, again = text))]
    fn echo(text: &str) {}

    let long = "häß€𝄞".repeat(50);
    let cuts: Vec<&str> = long.char_indices().map(|(at, _)| &long[..at]).collect();
    cuts.iter().for_each(|text| echo(text));
    let spans = t.spans();
    let seen: Vec<_> = spans
        .iter()
        .map(|span| span.attribute("again").and_then(|it| it.as_str()).unwrap())
        .collect();
    assert_eq!(seen, cuts);
}

fn any_number_of_values() {
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

    one(None);
    one(Some("one"));
    two("identifier", 2);
    four(-1, "", true, "four");
    five(-1, "quoted", false, "a string that is longer than sixteen bytes", 0.5);
    eight(1, "b", 3, "dd", 5, "fff", 7, "hhhh");
    ten(1, "b", 3, "dd", 5, "fff", 7, "hhhh", 9, "jjjjj");
}

const ANY_NUMBER: &str = "\
one
one [a=\"one\"]
two [a=\"identifier\", b=2]
four [a=-1, b=\"\", c=true, d=\"four\"]
five [a=-1, b=\"\\\"quoted\\\"\", c=false, d=\"a string that is longer than sixteen bytes\", e=0.5]
eight [a=1, b=\"b\", c=3, d=\"dd\", e=5, f=\"fff\", g=7, h=\"hhhh\"]
ten [a=1, b=\"b\", c=3, d=\"dd\", e=5, f=\"fff\", g=7, h=\"hhhh\", i=9, j=\"jjjjj\"]
";

#[trace_testkit::test]
fn any_number_of_values_survives(t: Capture) {
    any_number_of_values();
    assert_eq!(t.render(), ANY_NUMBER);
}

/// By the instructions of production: code under a span takes the fast path.
#[trace_testkit::test(live)]
fn any_number_of_values_survives_the_short_way(t: Capture) {
    trace_runtime::in_span("outer", |_| {
        any_number_of_values();
        any_number_of_values();
    });
    let indented = |last: &str| {
        let lines: Vec<_> = ANY_NUMBER.lines().map(|line| format!("├─ {line}\n")).collect();
        let (end, before) = lines.split_last().unwrap();
        before.concat() + &end.replace('├', last)
    };
    assert_eq!(t.render(), format!("outer\n{}{}", indented("├"), indented("└")));
}
