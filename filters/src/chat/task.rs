//! The session's task in words, and what belongs to it: its own words and the words of every topic that it names.
//!
//! Words are kin when one begins like the other (`volcan`, `volcanisme`). Never decides what that spares: the rule says so.

use crate::charter::Topic;
use crate::chat::message::Message;

/// Shortest word of a task that counts.
const WORD_MIN: usize = 3;

/// Words of a task that belong to no subject.
const EMPTY_WORDS: [&str; 40] = [
    "les", "des", "une", "sur", "pour", "avec", "dans", "par", "aux", "est", "que", "qui", "vos",
    "votre", "son", "ses", "leur", "leurs", "mon", "mes", "nos", "notre", "vous", "nous", "faire",
    "deux", "trois", "entre", "plus", "puis", "the", "and", "for", "with", "about", "your",
    "chaque", "tout", "tous", "son",
];

/// What is on task.
#[derive(Debug, Default)]
pub(crate) struct Task {
    words: Vec<Box<[u8]>>,
}

impl Task {
    /// Reads a task.
    pub(crate) fn read(task: &str, topics: &[Topic]) -> Self {
        let mut words = folded(task);
        let own = words.len();
        for topic in topics {
            let named = topic.names.iter().any(|name| {
                let name = folded(name);
                !name.is_empty()
                    && words
                        .get(..own)
                        .unwrap_or_default()
                        .windows(name.len())
                        .any(|run| run.iter().zip(&name).all(|(a, b)| kin(a, b)))
            });
            if named {
                for word in &topic.words {
                    words.extend(folded(word));
                }
                for name in &topic.names {
                    words.extend(folded(name));
                }
            }
        }
        words.retain(|word| {
            word.len() >= WORD_MIN && !EMPTY_WORDS.iter().any(|empty| empty.as_bytes() == &**word)
        });
        words.sort_unstable();
        words.dedup();
        Self { words }
    }

    /// Whether a word of a message belongs to the task.
    pub(crate) fn has(&self, word: &[u8]) -> bool {
        word.len() >= WORD_MIN && self.words.iter().any(|own| kin(own, word))
    }
}

fn folded(text: &str) -> Vec<Box<[u8]>> {
    let mut message = Message::default();
    message.read(text);
    message
        .words()
        .iter()
        .map(|word| message.text(word.text).into())
        .collect()
}

/// The same word but for its ending.
fn kin(one: &[u8], other: &[u8]) -> bool {
    let bare = |word: &[u8]| match word {
        [bare @ .., b's' | b'x'] if bare.len() >= WORD_MIN => bare.len(),
        _ => word.len(),
    };
    let (one_length, other_length) = (bare(one), bare(other));
    let shorter = one_length.min(other_length);
    let shared = one
        .iter()
        .zip(other)
        .take(shorter)
        .take_while(|(a, b)| a == b)
        .count();
    if one_length == other_length && shared == shorter {
        return true;
    }
    // `pois` is no kin of `poisson`: only a stem of five letters carries.
    shared >= 5 && shared + 2 >= shorter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_brings_its_words() {
        let topics = [Topic {
            names: vec!["chimie".into(), "physique chimie".into()],
            words: vec!["explosif".into(), "acide".into()],
        }];
        let task = Task::read("TP de chimie : les réactions", &topics);
        for word in ["explosifs", "acide", "reaction", "chimique"] {
            assert!(task.has(word.as_bytes()), "{word}");
        }
        assert!(!task.has(b"foot"));
        assert!(!task.has(b"les"));
        let other = Task::read("Exposé sur les volcans", &topics);
        assert!(other.has(b"volcanisme"));
        assert!(!other.has(b"explosifs"));
    }
}
