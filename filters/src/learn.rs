//! Learning the weights of `chat/learned.rs` from labelled messages: logistic regression for each family over hashed features,
//! with spelling noise, quantised to a byte a weight. The same lines give the same bytes.
//!
//! For the command `cargo run -p vigie-filters --release --example learn` only; nothing that judges calls it. Never draws a
//! random number that is not seeded by a constant.

use std::collections::BTreeMap;

use crate::chat::learned::{BUCKETS, FAMILIES, MAGIC, Row, Scores, bucket, features, share};
use crate::chat::message::Message;

/// Passes over the lines.
const PASSES: usize = 40;
/// Noisy copies of each line beside the line itself.
const COPIES: usize = 2;
/// The rate at which weights move; each slows down as it has moved (AdaGrad).
const RATE: f32 = 0.35;
/// How strongly weights are drawn to nothing.
const DECAY: f32 = 2e-5;
/// A feature that fewer lines have is not learned.
const LINES_MIN: u32 = 2;

/// One labelled message.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its words.
    pub text: String,
    /// Its families.
    pub families: Vec<String>,
}

type Label = [bool; FAMILIES.len()];

/// What is learned, before it is cut to bytes.
#[derive(Debug)]
pub struct Weights {
    rows: Vec<Scores>,
    bias: Scores,
}

/// A seeded sequence (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let below = u64::try_from(below.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % below).unwrap_or(0)
    }
}

/// Learns from these lessons.
pub fn learn(lessons: &[Lesson]) -> Weights {
    let mut chance = Chance(4);
    let mut samples: Vec<(Vec<u32>, Label)> = Vec::new();
    let mut lines: BTreeMap<u32, u32> = BTreeMap::new();
    for lesson in lessons {
        let label = FAMILIES.map(|family| lesson.families.iter().any(|one| one == family));
        let buckets = buckets_of(&lesson.text);
        let mut distinct = buckets.clone();
        distinct.sort_unstable();
        distinct.dedup();
        for bucket in distinct {
            *lines.entry(bucket).or_default() += 1;
        }
        samples.push((buckets, label));
        for _ in 0..COPIES {
            samples.push((buckets_of(&noisy(&lesson.text, &mut chance)), label));
        }
    }
    for (buckets, _) in &mut samples {
        // Kept in length: what is not learned still dilutes, as it will when a message is judged.
        for bucket in buckets.iter_mut() {
            if lines.get(bucket).is_none_or(|count| *count < LINES_MIN) {
                *bucket = u32::MAX;
            }
        }
    }
    descend(&samples, &mut chance)
}

fn descend(samples: &[(Vec<u32>, Label)], chance: &mut Chance) -> Weights {
    let mut weights = Weights {
        rows: vec![Scores::default(); BUCKETS],
        bias: [-2.0; FAMILIES.len()],
    };
    let mut moved = vec![[1e-2_f32; FAMILIES.len()]; BUCKETS];
    let mut bias_moved = [1.0_f32; FAMILIES.len()];
    let mut order: Vec<usize> = (0..samples.len()).collect();
    for _ in 0..PASSES {
        for last in (1..order.len()).rev() {
            order.swap(last, chance.next(last + 1));
        }
        for place in &order {
            let Some((buckets, label)) = samples.get(*place) else {
                continue;
            };
            let value = share(u16::try_from(buckets.len()).unwrap_or(u16::MAX));
            let mut error = weights.sum(buckets, value);
            for (error, label) in error.iter_mut().zip(label) {
                let wanted = if *label { 1.0 } else { 0.0 };
                *error = 1.0 / (1.0 + (-*error).exp()) - wanted;
            }
            for bucket in buckets {
                let at = usize::try_from(*bucket).unwrap_or(usize::MAX);
                let (Some(row), Some(moved)) = (weights.rows.get_mut(at), moved.get_mut(at)) else {
                    continue;
                };
                for ((weight, moved), error) in row.iter_mut().zip(moved).zip(error) {
                    let slope = error * value + DECAY * *weight;
                    *moved += slope * slope;
                    *weight -= RATE * slope / moved.sqrt();
                }
            }
            let biases = weights.bias.iter_mut().zip(&mut bias_moved).zip(error);
            for ((bias, moved), error) in biases {
                *moved += error * error;
                *bias -= 0.1 * error / moved.sqrt();
            }
        }
    }
    weights
}

impl Weights {
    fn sum(&self, buckets: &[u32], value: f32) -> Scores {
        let mut sum = self.bias;
        for bucket in buckets {
            let at = usize::try_from(*bucket).unwrap_or(usize::MAX);
            for (sum, weight) in sum.iter_mut().zip(self.rows.get(at).into_iter().flatten()) {
                *sum += weight * value;
            }
        }
        sum
    }

    /// How likely each family is for a message, in the order of [`families`].
    pub fn judge(&self, text: &str) -> Vec<f32> {
        let buckets = buckets_of(text);
        let value = share(u16::try_from(buckets.len()).unwrap_or(u16::MAX));
        let sum = self.sum(&buckets, value);
        sum.iter().map(|sum| 1.0 / (1.0 + (-sum).exp())).collect()
    }

    /// The weights as the file that ships.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut scale = Scores::default();
        for row in &self.rows {
            for (scale, weight) in scale.iter_mut().zip(row) {
                *scale = scale.max(weight.abs() / 127.0);
            }
        }
        let mut bytes = MAGIC.to_vec();
        for number in scale.iter().chain(&self.bias) {
            bytes.extend(number.to_le_bytes());
        }
        for row in &self.rows {
            let mut cut = Row::default();
            for ((cut, weight), scale) in cut.iter_mut().zip(row).zip(scale) {
                *cut = byte_of(weight / scale.max(f32::MIN_POSITIVE));
            }
            bytes.extend(cut.iter().flat_map(|weight| weight.to_le_bytes()));
        }
        bytes
    }
}

/// The families, in the order of the weights.
pub fn families() -> &'static [&'static str] {
    &FAMILIES
}

/// The nearest byte to a number from -127 to 127.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "rounded and clamped first"
)]
fn byte_of(number: f32) -> i8 {
    number.round().clamp(-127.0, 127.0) as i8
}

fn buckets_of(text: &str) -> Vec<u32> {
    let mut message = Message::default();
    message.read(text);
    let mut buckets = Vec::new();
    features(&message, &mut |_, hashes| {
        buckets.extend(
            hashes
                .iter()
                .map(|hash| u32::try_from(bucket(*hash)).unwrap_or(u32::MAX)),
        );
    });
    buckets
}

/// The line as a hasty hand might have written it.
fn noisy(text: &str, chance: &mut Chance) -> String {
    let mut noisy = String::new();
    for word in text.split_inclusive(' ') {
        let letters: Vec<char> = word.chars().collect();
        let at = chance.next(letters.len());
        match (chance.next(10), letters.len()) {
            // A letter too few, one twice, two in each other's place, a silent end left out, no apostrophe.
            (0, 6..) => noisy.extend(
                letters
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| *n != at)
                    .map(|(_, l)| *l),
            ),
            (1, 4..) => noisy.extend(
                letters
                    .iter()
                    .enumerate()
                    .flat_map(|(n, l)| std::iter::repeat_n(*l, if n == at { 2 } else { 1 })),
            ),
            (2, 6..) => {
                let mut letters = letters.clone();
                if at > 0 && at + 1 < letters.len() {
                    letters.swap(at, at - 1);
                }
                noisy.extend(letters);
            }
            (3, 5..) => {
                let cut = word.trim_end();
                let bare = cut.strip_suffix(['s', 't', 'x', 'e', 'd']).unwrap_or(cut);
                noisy.push_str(bare);
                noisy.push(' ');
            }
            (4 | 5, _) => noisy.push_str(&word.replace(['\'', '’'], "")),
            (6, _) => noisy.push_str(&word.replace("qu", "k")),
            _ => noisy.push_str(word),
        }
    }
    noisy
}
