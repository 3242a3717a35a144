//! Embeds sentences as points: TF-IDF weights of words, hashed into a fixed number of dimensions.

use crate::words::words;
use std::collections::{HashMap, HashSet};
use std::thread;
use thiserror::Error;
use trace_runtime::{Span, SpanContext, trace};

const DIMENSIONS: usize = 256;
/// The number of threads, and so of batches.
const BATCHES: usize = 3;

/// A sentence and its position; similar sentences lie in similar directions.
pub(crate) struct Point<'a> {
    pub(crate) sentence: &'a str,
    /// Of length one.
    pub(crate) vector: Vec<f32>,
}

/// The reason why a sentence has no position.
#[derive(Debug, Error)]
#[error("a sentence cannot be embedded")]
struct EmbedError(#[from] NoWords);

#[derive(Debug, Error)]
#[error("no words that say anything in {0:?}")]
struct NoWords(String);

/// Embeds all sentences, in batches on separate threads; those without words are left out.
#[trace(attrs(dimensions = DIMENSIONS), ret(embedded = ret.len()))]
pub(crate) fn embed<'a>(sentences: &[&'a String]) -> Vec<Point<'a>> {
    let model = Model::fit(sentences);
    // Threads start without a parent: hand it over.
    let parent = Span::current().context();
    thread::scope(|scope| {
        let batches: Vec<_> = sentences
            .chunks(sentences.len().div_ceil(BATCHES).max(1))
            .map(|batch| scope.spawn(|| embed_batch(&model, batch, &parent)))
            .collect();
        batches
            .into_iter()
            .flat_map(|batch| batch.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

#[trace(parent = parent, attrs(sentences = batch.len()))]
fn embed_batch<'a>(model: &Model, batch: &[&'a String], parent: &SpanContext) -> Vec<Point<'a>> {
    let embed = |sentence: &&'a String| {
        let vector = model.embed(sentence).ok()?;
        Some(Point { sentence, vector })
    };
    batch.iter().filter_map(embed).collect()
}

/// Returns the weight of each word: the rarer, the more.
struct Model {
    weights: HashMap<String, f32>,
}

#[trace]
impl Model {
    #[trace(ret(words = ret.weights.len()))]
    fn fit(sentences: &[&String]) -> Self {
        let mut counts: HashMap<String, f32> = HashMap::new();
        for sentence in sentences {
            for word in words(sentence).collect::<HashSet<_>>() {
                *counts.entry(word).or_default() += 1.0;
            }
        }
        let all = sentences.len() as f32;
        let weights = counts.into_iter().map(|(word, n)| (word, (all / n).ln() + 1.0)).collect();
        Self { weights }
    }

    #[trace(attrs(chars = sentence.chars().count()))]
    fn embed(&self, sentence: &str) -> Result<Vec<f32>, EmbedError> {
        let mut vector = vec![0.0_f32; DIMENSIONS];
        for word in words(sentence) {
            let hash = fnv(word.as_bytes());
            // One bit decides the sign, so that collisions cancel out on average.
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            let weight = self.weights.get(&word).copied().unwrap_or(1.0);
            vector[hash as usize % DIMENSIONS] += sign * weight;
        }
        normalize(&mut vector).ok_or_else(|| NoWords(sentence.to_owned()))?;
        Ok(vector)
    }
}

fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Scales a vector to length one, unless its length is zero.
pub(crate) fn normalize(vector: &mut [f32]) -> Option<()> {
    let length = dot(vector, vector).sqrt();
    (length > 0.0).then(|| vector.iter_mut().for_each(|x| *x /= length))
}

/// Returns the similarity of vectors of length one, up to 1.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
