//! Metrics as they stand after several exports.

use crate::model::{Histogram, Metric, Point, PointValue, Temporality};

/// Brings `metrics` up to date: what tells the whole takes the place of what it told before, and
/// what was added is added.
pub(super) fn fold(metrics: &mut Vec<Metric>, news: Vec<Metric>) {
    for new in news {
        let known = metrics.iter_mut().find(|old| {
            old.name == new.name
                && old.kind == new.kind
                && old.unit == new.unit
                && old.temporality == new.temporality
                && old.scope == new.scope
                && old.resource == new.resource
        });
        match known {
            Some(old) => fold_points(old, new),
            None => metrics.push(new),
        }
    }
}

fn fold_points(metric: &mut Metric, new: Metric) {
    metric.description = new.description;
    let is_delta = new.temporality == Some(Temporality::Delta);
    for point in new.points {
        let known = metric.points.iter_mut().find(|old| old.attributes == point.attributes);
        match known {
            Some(old) if is_delta => match sum(&old.value, &point.value) {
                Some(value) => {
                    old.unix_nanos = point.unix_nanos;
                    old.value = value;
                    old.exemplars.extend(point.exemplars);
                }
                None => metric.points.push(point),
            },
            Some(old) => *old = Point { start_unix_nanos: old.start_unix_nanos, ..point },
            None => metric.points.push(point),
        }
    }
}

/// `None` where buckets differ: such points stand beside each other.
fn sum(one: &PointValue, other: &PointValue) -> Option<PointValue> {
    use PointValue::{Float, Int};
    match (one, other) {
        (Int(one), Int(other)) => Some(Int(one.saturating_add(*other))),
        (Float(one), Float(other)) => Some(Float(one + other)),
        (PointValue::Histogram(one), PointValue::Histogram(other)) => {
            let is_same =
                one.bounds == other.bounds && one.bucket_counts.len() == other.bucket_counts.len();
            let buckets = one.bucket_counts.iter().zip(&other.bucket_counts);
            is_same.then(|| {
                PointValue::Histogram(Histogram {
                    count: one.count.saturating_add(other.count),
                    sum: one.sum + other.sum,
                    min: one.min.into_iter().chain(other.min).reduce(f64::min),
                    max: one.max.into_iter().chain(other.max).reduce(f64::max),
                    bounds: one.bounds.clone(),
                    bucket_counts: buckets.map(|(one, other)| one.saturating_add(*other)).collect(),
                })
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstrumentKind;

    fn counter(temporality: Temporality, points: &[(&str, i128)]) -> Metric {
        let mut metric = Metric::new("orders", InstrumentKind::Counter);
        metric.temporality = Some(temporality);
        let point = |(plan, n): &(&str, i128)| {
            Point::new(PointValue::Int(*n)).with_attribute("plan", *plan)
        };
        metric.points = points.iter().map(point).collect();
        metric
    }

    fn values(metrics: &[Metric]) -> Vec<&PointValue> {
        metrics.iter().flat_map(|metric| &metric.points).map(|point| &point.value).collect()
    }

    #[test]
    fn the_whole_replaces_and_what_was_added_is_added() {
        use PointValue::Int;
        use Temporality::{Cumulative, Delta};
        for (temporality, expected) in [(Cumulative, [3, 5, 7]), (Delta, [4, 5, 7])] {
            let mut metrics = Vec::new();
            fold(&mut metrics, vec![counter(temporality, &[("pro", 1), ("free", 5)])]);
            fold(&mut metrics, vec![counter(temporality, &[("pro", 3), ("team", 7)])]);
            assert_eq!(values(&metrics), expected.map(Int).iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn histograms_are_added_where_their_buckets_are_the_same() {
        let histogram = |bounds: &[f64], counts: &[u64], min: f64| {
            let mut metric = Metric::new("duration", InstrumentKind::Histogram);
            metric.temporality = Some(Temporality::Delta);
            let count = counts.iter().sum();
            let (bounds, bucket_counts) = (bounds.to_vec(), counts.to_vec());
            let max = None;
            let value = Histogram { count, sum: 0.5, min: Some(min), max, bounds, bucket_counts };
            metric.points.push(Point::new(PointValue::Histogram(value)));
            metric
        };
        let mut metrics = vec![histogram(&[1.0], &[1, 0], 0.5)];
        fold(&mut metrics, vec![histogram(&[1.0], &[2, 3], 0.1)]);
        let [PointValue::Histogram(sum)] = values(&metrics)[..] else { panic!("{metrics:?}") };
        assert_eq!((sum.count, sum.sum, sum.min), (6, 1.0, Some(0.1)));
        assert_eq!(sum.bucket_counts, [3, 3]);
        fold(&mut metrics, vec![histogram(&[2.0], &[2, 3], 0.1)]);
        assert_eq!(metrics[0].points.len(), 2);
    }
}
