//! Options whose expressions come from `macro_rules`, each in an invisible group.

use super::traced::functions::block_on;
use trace_macros::{Label, business_metric, metered, span, trace};

macro_rules! recorded {
    ($name:ident($x:ident, $y:ident), $text:literal, $a:expr, $b:expr, $ret:expr, $key:expr, $variable:expr, $ty:ty) => {
        #[trace(
                                                            name = $text,
                                                            attrs(
                                                                a = $a,
                                                                twice = $a * 2,
                                                                minus = -$a,
                                                                method = $a.pow(2),
                                                                "b" = %$b,
                                                                c = ?$b,
                                                                text = $key,
                                                                $variable,
                                                                most = <$ty>::MAX,
                                                                size = $ty::MAX.count_ones(),
                                                                list = [$a, $a * 2],
                                                            ),
                                                            ret(ret = $ret),
                                                            baggage(entry = $a),
                                                            err(type = $key, when = $b && true),
                                                        )]
        fn $name(#[attr($key)] $x: u8, $y: u8) -> Result<i64, String> {
            match $x + $y {
                0 => Err("none".into()),
                sum => Ok(i64::from(sum)),
            }
        }
    };
}

recorded!(recorded(x, y), "named", 1_i64 + 2, 1 > 2 || 3 > 2, 2 + 3, "key", y, u8);

#[test]
fn attributes_are_the_values_that_they_are_in_plain_code() {
    let t = trace_testkit::capture();
    assert_eq!(recorded(3, 4), Ok(7));
    assert!(recorded(0, 0).is_err());
    let span = t.span("named").has("ret", 5).one();
    let span = span.has("a", 3).has("twice", 6).has("minus", -3).has("method", 9).has("size", 8);
    let span = span.has("b", "true").has("c", "true").has("text", "key").has("y", 4).has("key", 3);
    let _ = span.has("most", 255).has("list", [3, 6]);
    t.span("named").has("a", 3).has("error.type", "key").one();
}

#[derive(Clone, Copy, Label)]
enum Tier {
    Pro,
}

macro_rules! measured {
    ($name:ident, $text:expr, $cap:expr, $label:expr, $flag:expr, $tier:expr, $most:expr, $value:expr) => {
        #[metered(
            name = $text,
            labels(kind = $label, flag = $flag, not = !$flag, tier = $tier, path(cap = $cap) = $text),
            buckets = [-0.5, 0, $most],
            err(type = $label),
        )]
        #[business_metric(counter($text, unit = $label, description = $text), value = $value)]
        #[business_metric(histogram("handed.sizes", buckets = [1, $most]), value = $value * 2, on = ok)]
        async fn $name(fails: bool) -> Result<u8, u8> {
            if fails { Err(1) } else { Ok(1) }
        }
    };
}

measured!(measured, "handed", 10, "web", 1 > 2, Tier::Pro, 1.5, 1 + 2);

#[derive(Label)]
#[label(range = -1..=1)]
struct Sign(i8);

#[test]
fn measured_values_are_those_of_plain_code() {
    let t = trace_testkit::capture();
    let _ = (block_on(measured(false)), block_on(measured(true)), Sign(1));
    t.counter("handed").total(6);
    t.histogram("handed.sizes").sum(6.0);
}

macro_rules! block {
    ($name:expr, $value:expr, $kind:expr) => {
        let _span = span!($name, attrs(v = $value, w = !$value), kind = $kind);
    };
}

#[test]
fn spans_of_blocks_take_them_too() {
    let t = trace_testkit::capture();
    {
        block!("block", 1 > 2 || 3 > 2, Client);
    }
    t.span("block").has("v", true).has("w", false).one();
}

macro_rules! decorated {
    ($(#[$attribute:meta])* $name:ident($x:ident)) => {
        $(#[$attribute])*
        fn $name($x: u8) -> u8 {
            $x
        }
    };
}

decorated!(
    #[trace(attrs(x = x + 1))]
    #[metered]
    #[business_metric(counter("handed.calls"))]
    stacked(x)
);

#[test]
fn attributes_are_handed_over_whole() {
    let t = trace_testkit::capture();
    assert_eq!(stacked(1), 1);
    t.span("stacked").has("x", 2).one();
    t.counter("handed.calls").total(1);
}
