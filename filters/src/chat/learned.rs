//! The learned judge of messages: for each family a weighted sum over what a message is made of, beside the phrases and never
//! instead of them. It says which words counted.
//!
//! Features are hashed: parts of words (three to five letters), words, pairs of neighbours, and each word together with who is
//! spoken of (`tu`, `je`, `il`), so that an unseen `t'es trop …` still looks like one. The weights are in `charter/learned.bin`,
//! made from the tuning half of the corpus by `cargo run -p vigie-filters --release --example learn` ([`crate::learn`]).
//! Never allocates while it scores; at most [`WORDS_MAX`] words of a message count.

use super::message::{Kind, Message, digit_as_letter, index};
use super::sms;

/// The families, in the order of the weights.
pub(crate) const FAMILIES: [&str; 8] = [
    "insult",
    "threat",
    "sexual",
    "distress",
    "bypass",
    "personal_data",
    "cheating",
    "off_task",
];
/// Rows of weights; a power of two.
pub(crate) const BUCKETS: usize = 1 << 15;
/// Most words of a message that are scored.
pub(crate) const WORDS_MAX: usize = 160;
/// Longest word, in letters; the rest of a longer one is not looked at.
const WORD_LETTERS_MAX: usize = 24;
/// How a weights file begins.
pub(crate) const MAGIC: &[u8; 8] = b"vigiell1";

/// One family's sum for each family.
pub(crate) type Scores = [f32; FAMILIES.len()];
pub(crate) type Row = [i8; FAMILIES.len()];

/// The weights.
#[derive(Debug)]
pub(crate) struct Learned {
    scale: Scores,
    bias: Scores,
    /// Each a row of bytes, 128 more than the weight, so that eight are added as one number.
    rows: Vec<u64>,
}

/// The weights that ship.
pub(crate) fn shipped() -> &'static Learned {
    static SHIPPED: std::sync::OnceLock<Learned> = std::sync::OnceLock::new();
    SHIPPED.get_or_init(|| {
        Learned::read(include_bytes!("../../charter/learned.bin")).unwrap_or_else(Learned::blank)
    })
}

impl Learned {
    fn blank() -> Self {
        Self {
            scale: Scores::default(),
            bias: [f32::NEG_INFINITY; FAMILIES.len()],
            rows: vec![NOTHING; BUCKETS],
        }
    }

    /// Reads a weights file; none when it is not one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (numbers, rows) = rest.split_at_checked(FAMILIES.len() * 8)?;
        let mut numbers = numbers
            .chunks_exact(4)
            .filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?)));
        let mut learned = Self::blank();
        for slot in learned.scale.iter_mut().chain(&mut learned.bias) {
            *slot = numbers.next()?;
        }
        let fits = magic == MAGIC && rows.len() == BUCKETS * FAMILIES.len();
        for (row, bytes) in learned
            .rows
            .iter_mut()
            .zip(rows.chunks_exact(FAMILIES.len()))
        {
            *row = u64::from_le_bytes(bytes.try_into().ok()?) ^ NOTHING;
        }
        fits.then_some(learned)
    }

    /// The sum of each family: above 0 means more likely than not.
    pub(crate) fn score(&self, message: &Message) -> Scores {
        let mut sums = [0_i32; FAMILIES.len()];
        let mut count = 0_u16;
        features(message, &mut |_, hashes| {
            let some = u16::try_from(hashes.len()).unwrap_or(u16::MAX);
            count = count.saturating_add(some);
            // Four families in each number, 16 bits wide: room for 257 bytes, and there are at most `HASHES_MAX`.
            let (mut even, mut odd) = (0_u64, 0_u64);
            for hash in hashes {
                let row = self.row(*hash);
                even = even.wrapping_add(row & EVEN);
                odd = odd.wrapping_add((row >> 8) & EVEN);
            }
            for pair in sums.chunks_exact_mut(2) {
                for (sum, lanes) in pair.iter_mut().zip([&mut even, &mut odd]) {
                    let lane = i32::try_from(*lanes & 0xFFFF).unwrap_or(0);
                    *sum += lane - 128 * i32::from(some);
                    *lanes >>= 16;
                }
            }
        });
        let mut scores = self.bias;
        for ((score, scale), sum) in scores.iter_mut().zip(self.scale).zip(sums) {
            *score += scale * real(sum) * share(count);
        }
        scores
    }

    #[inline]
    fn row(&self, hash: u64) -> u64 {
        self.rows.get(bucket(hash)).copied().unwrap_or(NOTHING)
    }

    /// The words that made a family's sum, as places among the words of the message, in order.
    pub(crate) fn words_that_counted(&self, message: &Message, family: usize) -> Vec<usize> {
        let mut parts: Vec<i32> = vec![0; message.words().len()];
        features(message, &mut |words: (usize, usize), hashes| {
            let byte = |hash: &u64| self.row(*hash).to_le_bytes().get(family).copied();
            let weight: i32 = hashes
                .iter()
                .map(|hash| i32::from(byte(hash).unwrap_or(128)) - 128)
                .sum();
            let places = [words.0, words.1];
            let ends = if words.0 == words.1 { 1 } else { 2 };
            for place in places.into_iter().take(ends) {
                if let Some(part) = parts.get_mut(place) {
                    *part += weight;
                }
            }
        });
        let most = parts.iter().copied().max().unwrap_or(0);
        parts
            .iter()
            .enumerate()
            .filter(|(_, part)| most > 0 && **part * 3 >= most)
            .map(|(place, _)| place)
            .collect()
    }
}

/// A row without a weight.
const NOTHING: u64 = 0x8080_8080_8080_8080;
/// Every other byte.
const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
/// Most features of one word: three from each of its letters and bounds, itself, and itself with who is spoken of.
const HASHES_MAX: usize = (WORD_LETTERS_MAX + 2) * 3 + 2;

/// The features of one word.
struct Hashes {
    all: [u64; HASHES_MAX],
    length: usize,
}

impl Hashes {
    fn push(&mut self, hash: u64) {
        if let Some(slot) = self.all.get_mut(self.length) {
            *slot = hash;
            self.length += 1;
        }
    }

    fn get(&self) -> &[u64] {
        self.all.get(..self.length).unwrap_or_default()
    }
}

/// What one feature of a message with so many counts.
pub(crate) fn share(count: u16) -> f32 {
    1.0 / f32::from(count.max(1)).sqrt()
}

/// How likely a sum makes a family, percent.
pub(crate) fn percent(score: f32) -> u8 {
    let likely = 100.0 / (1.0 + (-score).exp());
    // Few steps, and none to be wrong about.
    (0..=100_u8)
        .rev()
        .find(|percent| f32::from(*percent) <= likely)
        .unwrap_or(0)
}

/// A sum of bytes as a real number; beyond 2^24 nobody needs it exact.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "there is no other way to a float"
)]
fn real(sum: i32) -> f32 {
    sum as f32
}

#[inline]
pub(crate) fn bucket(hash: u64) -> usize {
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    usize::try_from(mixed >> 49).unwrap_or(0)
}

const BASIS: u64 = 0xCBF2_9CE4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01B3;

#[inline]
fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

fn pair(kind: u8, one: u64, two: u64) -> u64 {
    step(
        one.rotate_left(21) ^ two.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        kind,
    )
}

/// Who is spoken of.
fn person(word: &[u8]) -> u8 {
    match word {
        b"t" | b"tu" | b"te" | b"toi" | b"ta" | b"ton" | b"tes" | b"tas" | b"vous" | b"vos"
        | b"votre" | b"you" | b"ur" | b"your" | b"u" | b"youre" | b"es" | b"est" => 2,
        b"je" | b"j" | b"me" | b"m" | b"moi" | b"mon" | b"ma" | b"mes" | b"jai" | b"jsuis"
        | b"jvais" | b"g" | b"i" | b"my" | b"im" | b"jme" | b"jsui" | b"jveux" | b"jv" => 1,
        b"il" | b"elle" | b"ils" | b"elles" | b"lui" | b"leur" | b"sa" | b"son" | b"ses"
        | b"she" | b"he" | b"they" => 3,
        _ => 0,
    }
}

/// Every word of a message as it is scored, with its place: a shortening as the words that it stands for.
fn words(message: &Message, found: &mut impl FnMut(usize, &[u8], Kind)) {
    for (place, word) in message.words().iter().take(WORDS_MAX).enumerate() {
        let text = message.text(word.text);
        match sms::first_reading(text) {
            [] => found(place, text, word.kind),
            reading => reading
                .iter()
                .for_each(|text| found(place, text, Kind::Letters)),
        }
    }
}

/// Every feature of a message, some at a time: the words that they are of (first and last), and their hashes.
pub(crate) fn features(message: &Message, found: &mut impl FnMut((usize, usize), &[u64])) {
    let mut hashes = Hashes {
        all: [0; HASHES_MAX],
        length: 0,
    };
    let mut persons = 0_u8;
    words(message, &mut |_, text, _| persons |= 1 << person(text));
    persons >>= 1;
    let (mut before, mut before_that, mut last) = (1, 2, 0);
    words(message, &mut |place, text, kind| {
        let hash = of_word(text, kind, &mut hashes);
        hashes.push(pair(b'p', hash, u64::from(persons)));
        found((place, place), hashes.get());
        let pairs = [pair(b'2', before, hash), pair(b'3', before_that, hash)];
        found((last, place), &pairs);
        before_that = before;
        before = hash;
        last = place;
    });
    found((last, last), &[pair(b'2', before, 3)]);
    // Words that were taken apart: the whole word counts as if it had been written.
    for join in message.joins().iter().take(4).filter(|join| !join.masked) {
        let text = message.text(join.text);
        if text.len() >= 3 {
            let words = (index(join.first), index(join.end).saturating_sub(1));
            of_word(text, Kind::Mixed, &mut hashes);
            found(words, hashes.get());
        }
    }
}

/// The features inside a word, and the hash of the word.
fn of_word(text: &[u8], kind: Kind, hashes: &mut Hashes) -> u64 {
    hashes.length = 0;
    // Letters once each in a row, digits as the letters they stand for, a bound at each end.
    let mut letters = [b'_'; WORD_LETTERS_MAX + 2];
    let mut length = 1;
    for byte in text {
        let letter = match kind {
            Kind::Mixed => digit_as_letter(*byte),
            Kind::Digits => b'0',
            Kind::Letters | Kind::Picture => *byte,
        };
        if letters.get(length - 1) == Some(&letter) {
            continue;
        }
        let Some(slot) = letters
            .get_mut(length)
            .filter(|_| length <= WORD_LETTERS_MAX)
        else {
            break;
        };
        *slot = letter;
        length += 1;
    }
    let letters = letters.get(..=length).unwrap_or_default();
    let mut whole = BASIS;
    for letter in letters {
        whole = step(whole, *letter);
    }
    hashes.push(step(whole, b'w'));
    if kind != Kind::Digits {
        let mut rest = letters;
        // A whole short word has its own feature already.
        while let [one, two, three, more @ ..] = rest {
            let mut hash = step(step(step(BASIS, *one), *two), *three);
            hashes.push(hash);
            for letter in more.iter().take(2) {
                hash = step(hash, *letter);
                hashes.push(hash);
            }
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    whole
}
