//! Finds topics: k-means on the sphere, seeded with sentences that lie far apart.

use crate::embed::{Point, dot, normalize};
use crate::words::words;
use std::collections::HashMap;
use thiserror::Error;
use trace_runtime::{Span, span, trace};

const MAX_ROUNDS: u32 = 50;

/// There is no sentence with words.
#[derive(Debug, Error)]
#[error("no sentence has words that say anything")]
pub(crate) struct NothingToCluster;

pub(crate) struct Cluster {
    /// Its points, the most typical first.
    pub(crate) points: Vec<usize>,
    pub(crate) key_words: Vec<String>,
}

/// Finds up to five groups of similar points, the largest first.
#[trace(attrs(points = points.len()), ret(clusters = ret.len()))]
pub(crate) fn k_means(points: &[Point<'_>]) -> Result<Vec<Cluster>, NothingToCluster> {
    let k = ((points.len() as f32 / 2.0).sqrt() as usize).clamp(1, 5);
    let mut centers = seed(points, k).ok_or(NothingToCluster)?;
    let mut owners = vec![usize::MAX; points.len()];
    for number in 1..=MAX_ROUNDS {
        let _round = span!("round", attrs(number));
        let moved = assign(points, &centers, &mut owners);
        Span::current().set_attribute("moved", moved);
        if moved == 0 {
            break;
        }
        for (center, position) in centers.iter_mut().enumerate() {
            let own = points.iter().zip(&owners).filter(|(_, owner)| **owner == center);
            let mut sum = vec![0.0; position.len()];
            for (point, _) in own {
                sum.iter_mut().zip(&point.vector).for_each(|(sum, x)| *sum += x);
            }
            if normalize(&mut sum).is_some() {
                *position = sum;
            }
        }
    }
    Ok(describe(points, &centers, &owners))
}

/// Returns the first point, then always the one that is least similar to those chosen.
#[trace]
fn seed(points: &[Point<'_>], k: usize) -> Option<Vec<Vec<f32>>> {
    let mut centers = vec![points.first()?.vector.clone()];
    while centers.len() < k {
        let nearest = |point: &Point<'_>| {
            centers.iter().map(|center| dot(center, &point.vector)).fold(f32::MIN, f32::max)
        };
        let farthest = points.iter().min_by(|a, b| nearest(a).total_cmp(&nearest(b)))?;
        centers.push(farthest.vector.clone());
    }
    Some(centers)
}

/// Assigns each point to the nearest center; returns how many moved.
fn assign(points: &[Point<'_>], centers: &[Vec<f32>], owners: &mut [usize]) -> usize {
    let mut moved = 0;
    for (point, owner) in points.iter().zip(owners) {
        let similarity = |center: &usize| dot(&centers[*center], &point.vector);
        let nearest = (0..centers.len())
            .max_by(|a, b| similarity(a).total_cmp(&similarity(b)).then(b.cmp(a)))
            .unwrap_or_default();
        moved += usize::from(*owner != nearest);
        *owner = nearest;
    }
    moved
}

#[trace]
fn describe(points: &[Point<'_>], centers: &[Vec<f32>], owners: &[usize]) -> Vec<Cluster> {
    let mut frequency: HashMap<String, f32> = HashMap::new();
    for word in points.iter().flat_map(|point| words(point.sentence)) {
        *frequency.entry(word).or_default() += 1.0;
    }
    let mut clusters = Vec::new();
    for (number, center) in centers.iter().enumerate() {
        let mut own: Vec<_> = (0..points.len()).filter(|&point| owners[point] == number).collect();
        let similarity = |point: &usize| dot(center, &points[*point].vector);
        own.sort_by(|a, b| similarity(b).total_cmp(&similarity(a)));
        let mut counts: HashMap<String, f32> = HashMap::new();
        for word in own.iter().flat_map(|&point| words(points[point].sentence)) {
            *counts.entry(word).or_default() += 1.0;
        }
        // Often here, and more often here than elsewhere.
        let weight = |word: &str, count: f32| count * count / frequency[word];
        let mut key_words: Vec<_> = counts.into_iter().collect();
        key_words.sort_by(|(a, n), (b, m)| weight(b, *m).total_cmp(&weight(a, *n)).then(a.cmp(b)));
        let key_words = key_words.into_iter().map(|(word, _)| word).take(5).collect();
        clusters.push(Cluster { points: own, key_words });
    }
    clusters.retain(|cluster| !cluster.points.is_empty());
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.points.len()));
    clusters
}
