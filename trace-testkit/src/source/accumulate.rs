//! Accumulates metrics that are collected or received in batches.

use crate::model::{
    ExponentialBuckets, ExponentialHistogram, Histogram, Metric, Point, PointValue, Temporality,
};

/// Accumulates metrics: each point is the total so far, however it was sent.
///
/// Points of cumulative temporality replace what came before, those of delta temporality are added
/// to it. A cumulative stream that began anew, because its process did, is added to as well.
///
/// ```
/// use trace_testkit::model::{InstrumentKind, Metric, Point, PointValue, Temporality};
/// use trace_testkit::source::Accumulator;
///
/// let mut orders = Metric::new("orders", InstrumentKind::Counter);
/// orders.temporality = Some(Temporality::Delta);
/// orders.points.push(Point::new(PointValue::Int(2)));
///
/// let mut accumulator = Accumulator::default();
/// accumulator.add([orders.clone()]);
/// accumulator.add([orders]);
/// assert_eq!(accumulator.metrics()[0].points[0].value, PointValue::Int(4));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Accumulator {
    metrics: Vec<Metric>,
}

impl Accumulator {
    /// Adds what was collected at one time.
    pub fn add(&mut self, batch: impl IntoIterator<Item = Metric>) {
        for metric in batch {
            match self.metrics.iter_mut().find(|known| is_same_stream(known, &metric)) {
                Some(known) => {
                    known.description = metric.description;
                    for point in metric.points {
                        take_in(&mut known.points, point, metric.temporality);
                    }
                }
                None => self.metrics.push(metric),
            }
        }
    }

    /// Returns the totals so far.
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }
}

pub(crate) fn is_same_stream(one: &Metric, other: &Metric) -> bool {
    one.name == other.name
        && one.kind == other.kind
        && one.unit == other.unit
        && one.temporality == other.temporality
        && one.scope == other.scope
        && one.resource == other.resource
}

/// Whether both have the same attributes, in any order.
pub(crate) fn is_same_series(one: &Point, other: &Point) -> bool {
    one.attributes.len() == other.attributes.len()
        && one.attributes.iter().all(|(key, value)| other.attribute(key) == Some(value))
}

fn take_in(points: &mut Vec<Point>, mut new: Point, temporality: Option<Temporality>) {
    let Some(known) = points.iter_mut().find(|known| is_same_series(known, &new)) else {
        points.push(new);
        return;
    };
    let adds = match temporality {
        None => false,
        Some(Temporality::Delta) => true,
        Some(Temporality::Cumulative) => new.start_unix_nanos > known.unix_nanos,
    };
    if adds {
        new.value = sum(&known.value, &new.value);
        new.exemplars.splice(0..0, known.exemplars.drain(..));
    }
    *known = new;
}

fn sum(one: &PointValue, other: &PointValue) -> PointValue {
    match (one, other) {
        (PointValue::Int(one), PointValue::Int(other)) => {
            PointValue::Int(one.saturating_add(*other))
        }
        (PointValue::Float(one), PointValue::Float(other)) => PointValue::Float(one + other),
        (PointValue::Histogram(one), PointValue::Histogram(other)) => {
            PointValue::Histogram(sum_explicit(one, other))
        }
        (PointValue::ExponentialHistogram(one), PointValue::ExponentialHistogram(other)) => {
            PointValue::ExponentialHistogram(sum_exponential(one, other))
        }
        (_, other) => other.clone(),
    }
}

fn sum_explicit(one: &Histogram, other: &Histogram) -> Histogram {
    let same_bounds = one.bounds == other.bounds;
    let mut bucket_counts = other.bucket_counts.clone();
    if same_bounds {
        bucket_counts.iter_mut().zip(&one.bucket_counts).for_each(|(count, add)| {
            *count = count.saturating_add(*add);
        });
    }
    Histogram {
        count: one.count.saturating_add(other.count),
        sum: one.sum + other.sum,
        min: extreme(one.min, other.min, (one.count, other.count), f64::min),
        max: extreme(one.max, other.max, (one.count, other.count), f64::max),
        // Buckets of different bounds have no sum.
        bounds: if same_bounds { other.bounds.clone() } else { Vec::new() },
        bucket_counts: if same_bounds { bucket_counts } else { Vec::new() },
    }
}

fn sum_exponential(
    one: &ExponentialHistogram,
    other: &ExponentialHistogram,
) -> ExponentialHistogram {
    let common = one.scale.min(other.scale);
    let coarser = |buckets: &ExponentialBuckets, from: i32, scale: i32| {
        buckets.coarser(from.saturating_sub(scale))
    };
    let sum = |scale: i32| {
        let side = |one_side: &ExponentialBuckets, other_side: &ExponentialBuckets| {
            coarser(one_side, one.scale, scale).plus(&coarser(other_side, other.scale, scale))
        };
        let positive = side(&one.positive, &other.positive)?;
        Some((scale, positive, side(&one.negative, &other.negative)?))
    };
    // Buckets that lie too far apart are brought together by a coarser scale; at the coarsest there
    // are two at most.
    let (scale, positive, negative) =
        (0..=31).find_map(|by| sum(common.saturating_sub(by))).unwrap_or_default();
    ExponentialHistogram {
        count: one.count.saturating_add(other.count),
        sum: one.sum + other.sum,
        min: extreme(one.min, other.min, (one.count, other.count), f64::min),
        max: extreme(one.max, other.max, (one.count, other.count), f64::max),
        scale,
        zero_count: one.zero_count.saturating_add(other.zero_count),
        zero_threshold: one.zero_threshold.max(other.zero_threshold),
        positive,
        negative,
    }
}

/// An extreme of both is known only when it is known of each that has values.
fn extreme(
    one: Option<f64>,
    other: Option<f64>,
    (one_count, other_count): (u64, u64),
    pick: fn(f64, f64) -> f64,
) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(pick(one, other)),
        (one, None) if other_count == 0 => one,
        (None, other) if one_count == 0 => other,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstrumentKind;

    fn orders(temporality: Temporality, (start, end): (u64, u64), value: i128) -> Metric {
        let mut metric = Metric::new("orders", InstrumentKind::Counter);
        metric.temporality = Some(temporality);
        let mut point = Point::new(PointValue::Int(value)).with_attribute("plan", "pro");
        (point.start_unix_nanos, point.unix_nanos) = (start, end);
        metric.points.push(point);
        metric
    }

    fn total(batches: impl IntoIterator<Item = Metric>) -> PointValue {
        let mut accumulator = Accumulator::default();
        batches.into_iter().for_each(|batch| accumulator.add([batch]));
        assert_eq!(accumulator.metrics().len(), 1);
        assert_eq!(accumulator.metrics()[0].points.len(), 1);
        accumulator.metrics()[0].points[0].value.clone()
    }

    #[test]
    fn deltas_are_added_and_totals_replaced() {
        let delta = |time, value| orders(Temporality::Delta, time, value);
        assert_eq!(total([delta((0, 5), 2), delta((5, 9), 3)]), PointValue::Int(5));
        let whole = |time, value| orders(Temporality::Cumulative, time, value);
        assert_eq!(total([whole((1, 5), 2), whole((1, 9), 3)]), PointValue::Int(3));
    }

    #[test]
    fn a_restarted_process_counts_on() {
        let whole = |time, value| orders(Temporality::Cumulative, time, value);
        assert_eq!(total([whole((1, 5), 2), whole((6, 9), 1)]), PointValue::Int(3));
    }

    #[test]
    fn exponential_histograms_are_added_at_the_coarser_scale() {
        let histogram = |scale, offset, counts: &[u64]| ExponentialHistogram {
            count: counts.iter().sum(),
            scale,
            positive: ExponentialBuckets { offset, counts: counts.to_vec() },
            ..ExponentialHistogram::default()
        };
        let sum = sum_exponential(&histogram(1, 0, &[1, 2]), &histogram(0, 1, &[7]));
        assert_eq!((sum.scale, sum.count), (0, 10));
        assert_eq!(sum.positive, ExponentialBuckets { offset: 0, counts: vec![3, 7] });
    }

    #[test]
    fn an_extreme_is_known_when_it_is_known_of_both() {
        let known = Histogram { count: 1, min: Some(2.0), ..Histogram::default() };
        let unknown = Histogram { count: 1, ..Histogram::default() };
        assert_eq!(sum_explicit(&known, &unknown).min, None);
        assert_eq!(sum_explicit(&known, &Histogram::default()).min, Some(2.0));
    }
}
