//! Tests the mismatch of each matcher.

use super::*;

#[track_caller]
fn mismatches(condition: Match, actual: impl Into<Operand>, sentence: &str) {
    assert_eq!(condition.mismatch(&actual.into()).unwrap(), sentence);
}

#[test]
fn mismatches_name_the_expected_value() {
    mismatches(7.into(), 8, "expected 7, is 8");
    mismatches(7.into(), "7", r#"expected 7, is "7" (a string instead of an integer)"#);
    mismatches(1.into(), 1.0, "expected 1, is 1.0 (a float instead of an integer)");
    mismatches(["a"].into(), ["a", "b"], r#"expected ["a"], is ["a", "b"]"#);
    mismatches(ms(5).into(), us(80), "expected 5ms, is 80µs");
    mismatches(gt(0), -1, "expected > 0, is -1");
    mismatches(ge(1.5), 1, "expected ≥ 1.5, is 1");
    mismatches(lt(ms(5)), secs(1), "expected < 5ms, is 1s");
    mismatches(le("a"), "b", r#"expected ≤ "a", is "b""#);
    mismatches(gt(0), "1", r#"expected > 0, is "1" (a string does not compare with an integer)"#);
    mismatches(gt(ms(1)), 5, "expected > 1ms, is 5 (an integer does not compare with a duration)");
    mismatches(between(1, 5), 6, "expected between 1 and 5, is 6");
    mismatches(ne(7), 7, "expected not 7, is 7");
    mismatches(not(contains("x")), "xy", r#"expected not something containing "x", is "xy""#);
    mismatches(contains("x"), "abc", r#"expected something containing "x", is "abc""#);
    mismatches(contains(3), [1, 2], "expected something containing 3, is [1, 2]");
    mismatches(starts_with("job"), "x", r#"expected text starting with "job", is "x""#);
    mismatches(ends_with("job"), "x", r#"expected text ending with "job", is "x""#);
    mismatches(matches("[a-z]+"), "a1", r#"expected text matching /[a-z]+/, is "a1""#);
    mismatches(one_of([1, 2, 3]), 4, "expected 1, 2 or 3, is 4");
    mismatches(gt(0).and(lt(3)), 5, "expected > 0 and < 3, is 5 (not < 3)");
    mismatches(eq(1).or(gt(9)), 5, "expected 1 or > 9, is 5");
    mismatches(len(2), "abc", r#"expected length 2, is "abc" (length 3)"#);
    mismatches(len(2), 7, "expected length 2, is 7 (an integer has no length)");
    mismatches(close_to(1.5, 0.1), 1.7, "expected 1.5 ± 0.1, is 1.7");
    mismatches(is_int(), "7", r#"expected an integer, is "7" (a string)"#);
    mismatches(is_list(), 7, "expected a list, is 7 (an integer)");
    mismatches(recorded_as(Some(7_u8)), 8, "expected 7, is 8");
    mismatches(recorded_as(None::<u8>), 8, "expected no attribute, is 8");
    mismatches(predicate("a prime", |_| false), 4, "expected a prime, is 4");
}

#[test]
fn matching_values_have_no_mismatch() {
    assert_eq!(any().mismatch(&7.into()), None);
    assert_eq!(gt(1).mismatch(&1.5.into()), None);
    assert_eq!(matches("a.b").mismatch(&"a\nb".into()), None);
    assert_eq!(matches("a|bc").mismatch(&"bc".into()), None);
    assert_eq!(Match::from("x".to_owned()).mismatch(&"x".into()), None);
    assert_eq!(Match::from(7_u8).mismatch(&7_i64.into()), None);
}

#[test]
#[should_panic(expected = "`(` is not a regular expression")]
fn an_expression_that_does_not_parse_is_refused() {
    let _ = matches("(");
}
