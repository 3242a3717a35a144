//! Compares numbers in assertions on metrics: by value, whatever their type, and with durations if the
//! unit is one of time.

use crate::matcher::{Match, Operand};
use crate::model::AttributeValue;
use std::time::Duration;

/// A unit, which decides how numbers compare with durations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    /// Its length in seconds, for units of time.
    seconds: Option<f64>,
}

impl Unit {
    pub(super) fn of(unit: &str) -> Self {
        let seconds = match unit {
            "ns" => Some(1e-9),
            "us" | "µs" => Some(1e-6),
            "ms" => Some(1e-3),
            "s" => Some(1.0),
            "min" => Some(60.0),
            "h" => Some(3600.0),
            "d" => Some(86400.0),
            _ => None,
        };
        Self { seconds }
    }

    /// Whether the number matches `condition`.
    pub(super) fn holds(self, condition: &Match, value: &AttributeValue) -> bool {
        let Some(number) = value.as_number() else { return false };
        let whole = number.fract() == 0.0;
        condition.matches(&Operand::Value(value.clone()))
            || condition.matches(&number.into())
            || whole && condition.matches(&(number as i128).into())
            || self.duration(number).is_some_and(|time| condition.matches(&time.into()))
    }

    /// Describes how the number differs; `None` if it matches.
    pub(super) fn mismatch(self, condition: &Match, value: &AttributeValue) -> Option<String> {
        let differs = || format!("expected {condition}, is {}", text(value));
        (!self.holds(condition, value)).then(differs)
    }

    /// Converts the bound of a condition to this unit.
    pub(super) fn number(self, bound: &Operand) -> Option<f64> {
        match (bound.as_duration(), self.seconds) {
            (Some(time), Some(seconds)) => Some(time.as_secs_f64() / seconds),
            (Some(_), None) => None,
            (None, _) => bound.as_number(),
        }
    }

    fn duration(self, number: f64) -> Option<Duration> {
        Duration::try_from_secs_f64(number * self.seconds?).ok()
    }
}

/// Formats a number, integers without a decimal point.
pub(super) fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Float(number) => number.to_string(),
        value => value.to_string(),
    }
}

/// Adds numbers; the sum is an integer if all are.
pub(super) fn sum<'a>(values: impl Iterator<Item = &'a AttributeValue>) -> AttributeValue {
    values.fold(AttributeValue::Int(0), |sum, value| match (&sum, value) {
        (AttributeValue::Int(sum), AttributeValue::Int(value)) => (sum + value).into(),
        _ => {
            let (sum, value) = (sum.as_number(), value.as_number());
            (sum.unwrap_or_default() + value.unwrap_or_default()).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::{close_to, eq, lt, ms, secs};

    #[test]
    fn numbers_compare_by_value_and_times_with_durations() {
        let holds = |unit, condition: &Match, value: AttributeValue| {
            Unit::of(unit).holds(condition, &value)
        };
        assert!(holds("", &eq(1), 1.0.into()));
        assert!(holds("", &eq(1.0), 1.into()));
        assert!(!holds("", &eq(1), 1.5.into()));
        assert!(holds("s", &lt(ms(5)), 0.004.into()));
        assert!(holds("ms", &eq(secs(2)), 2000.into()));
        assert!(!holds("By", &lt(ms(5)), 1.into()));
        assert!(holds("", &close_to(0.3, 1e-9), sum([0.1.into(), 0.2.into()].iter())));
    }
}
