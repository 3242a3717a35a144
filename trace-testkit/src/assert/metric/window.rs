//! Computes what was measured since the baseline.

use super::distribution::{Distribution, Extreme};
use crate::model::{
    Attribute, AttributeValue, ExponentialHistogram, Histogram, Metric, Point, PointValue,
};
use crate::source::{is_same_series, is_same_stream};

/// A series: its total, and what was measured since the baseline.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) attributes: Vec<Attribute>,
    pub(super) total: PointValue,
    pub(super) added: Added,
}

/// What was measured since the baseline.
#[derive(Clone, Debug)]
pub(super) enum Added {
    Number(AttributeValue),
    Values(Distribution),
}

impl Series {
    pub(super) fn new(point: &Point, before: Option<&Point>) -> Self {
        let mut attributes = point.attributes.clone();
        attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
        let before = before.map(|before| &before.value);
        Self { attributes, total: point.value.clone(), added: added(&point.value, before) }
    }

    /// Whether nothing was measured since the baseline; unknown for gauges.
    pub(super) fn is_idle(&self) -> bool {
        match &self.added {
            Added::Number(number) => number.as_number() == Some(0.0),
            Added::Values(values) => values.count == 0,
        }
    }
}

/// Returns the series of `metric`, each compared with the baseline.
pub(super) fn series(metric: &Metric, baseline: &[Metric]) -> Vec<Series> {
    let before = baseline.iter().find(|known| is_same_stream(known, metric));
    let series = |point: &Point| {
        let mut points = before.iter().flat_map(|metric| &metric.points);
        Series::new(point, points.find(|known| is_same_series(known, point)))
    };
    metric.points.iter().map(series).collect()
}

fn added(now: &PointValue, before: Option<&PointValue>) -> Added {
    match (now, before) {
        (PointValue::Int(now), Some(PointValue::Int(before))) => {
            Added::Number((now - before).into())
        }
        (PointValue::Int(now), _) => Added::Number((*now).into()),
        (PointValue::Float(now), Some(PointValue::Float(before))) => {
            Added::Number((now - before).into())
        }
        (PointValue::Float(now), _) => Added::Number((*now).into()),
        (PointValue::Histogram(now), Some(PointValue::Histogram(before))) if before.count > 0 => {
            Added::Values(explicit_since(now, before))
        }
        (PointValue::ExponentialHistogram(now), Some(PointValue::ExponentialHistogram(before)))
            if before.count > 0 =>
        {
            Added::Values(exponential_since(now, before))
        }
        (PointValue::Histogram(now), _) => Added::Values(Distribution::of_explicit(now)),
        (PointValue::ExponentialHistogram(now), _) => {
            Added::Values(Distribution::of_exponential(now))
        }
    }
}

fn explicit_since(now: &Histogram, before: &Histogram) -> Distribution {
    let mut since = now.clone();
    since.count = now.count.saturating_sub(before.count);
    since.sum = now.sum - before.sum;
    match now.bounds == before.bounds {
        true => since.bucket_counts.iter_mut().zip(&before.bucket_counts).for_each(subtract),
        false => since.bucket_counts.clear(),
    }
    Distribution {
        is_sum_exact: false,
        least: extreme(now.min, before.min),
        greatest: extreme(now.max, before.max),
        ..Distribution::of_explicit(&since)
    }
}

fn exponential_since(now: &ExponentialHistogram, before: &ExponentialHistogram) -> Distribution {
    let mut since = now.clone();
    since.count = now.count.saturating_sub(before.count);
    since.sum = now.sum - before.sum;
    since.zero_count = now.zero_count.saturating_sub(before.zero_count);
    // A histogram only ever becomes coarser.
    let coarser = before.scale - now.scale;
    since.positive = now.positive.without(&before.positive.coarser(coarser));
    since.negative = now.negative.without(&before.negative.coarser(coarser));
    Distribution {
        is_sum_exact: false,
        least: extreme(now.min, before.min),
        greatest: extreme(now.max, before.max),
        ..Distribution::of_exponential(&since)
    }
}

fn subtract((count, before): (&mut u64, &u64)) {
    *count = count.saturating_sub(*before);
}

/// An extreme that moved since the baseline is exact; otherwise it is only a bound.
fn extreme(now: Option<f64>, before: Option<f64>) -> Extreme {
    match (now, before) {
        (Some(now), Some(before)) if now != before => Extreme::Is(now),
        (Some(now), _) => Extreme::Within(now),
        (None, _) => Extreme::Unknown,
    }
}
