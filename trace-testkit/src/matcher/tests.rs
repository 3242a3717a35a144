//! What each matcher says to what does not match.

use super::*;

#[track_caller]
fn says(condition: Match, actual: impl Into<Operand>, sentence: &str) {
    assert_eq!(condition.mismatch(&actual.into()).unwrap(), sentence);
}

#[test]
fn each_says_what_it_expected() {
    says(7.into(), 8, "expected 7, is 8");
    says(7.into(), "7", r#"expected 7, is "7" (a string instead of an integer)"#);
    says(1.into(), 1.0, "expected 1, is 1.0 (a float instead of an integer)");
    says(["a"].into(), ["a", "b"], r#"expected ["a"], is ["a", "b"]"#);
    says(ms(5).into(), us(80), "expected 5ms, is 80µs");
    says(gt(0), -1, "expected > 0, is -1");
    says(ge(1.5), 1, "expected ≥ 1.5, is 1");
    says(lt(ms(5)), secs(1), "expected < 5ms, is 1s");
    says(le("a"), "b", r#"expected ≤ "a", is "b""#);
    says(gt(0), "1", r#"expected > 0, is "1" (a string does not compare with an integer)"#);
    says(gt(ms(1)), 5, "expected > 1ms, is 5 (an integer does not compare with a duration)");
    says(between(1, 5), 6, "expected between 1 and 5, is 6");
    says(ne(7), 7, "expected not 7, is 7");
    says(not(contains("x")), "xy", r#"expected not something containing "x", is "xy""#);
    says(contains("x"), "abc", r#"expected something containing "x", is "abc""#);
    says(contains(3), [1, 2], "expected something containing 3, is [1, 2]");
    says(starts_with("job"), "x", r#"expected text starting with "job", is "x""#);
    says(ends_with("job"), "x", r#"expected text ending with "job", is "x""#);
    says(matches("[a-z]+"), "a1", r#"expected text matching /[a-z]+/, is "a1""#);
    says(one_of([1, 2, 3]), 4, "expected 1, 2 or 3, is 4");
    says(gt(0).and(lt(3)), 5, "expected > 0 and < 3, is 5 (not < 3)");
    says(eq(1).or(gt(9)), 5, "expected 1 or > 9, is 5");
    says(len(2), "abc", r#"expected length 2, is "abc" (length 3)"#);
    says(len(2), 7, "expected length 2, is 7 (an integer has no length)");
    says(close_to(1.5, 0.1), 1.7, "expected 1.5 ± 0.1, is 1.7");
    says(is_int(), "7", r#"expected an integer, is "7" (a string)"#);
    says(is_list(), 7, "expected a list, is 7 (an integer)");
    says(recorded_as(Some(7_u8)), 8, "expected 7, is 8");
    says(recorded_as(None::<u8>), 8, "expected no attribute, is 8");
    says(predicate("a prime", |_| false), 4, "expected a prime, is 4");
}

#[test]
fn what_matches_says_nothing() {
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
