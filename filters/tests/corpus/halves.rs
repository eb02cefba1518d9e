//! The two halves of the chat corpus as lines, and what is nearly in both.

use std::collections::BTreeSet;

/// One message with what its author says it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) families: BTreeSet<String>,
    pub(crate) task: String,
    pub(crate) channel: String,
    /// The conversation that it belongs to; empty for a line alone.
    pub(crate) group: String,
    pub(crate) seat: String,
    pub(crate) at_s: i64,
    pub(crate) text: String,
}

fn families(column: &str) -> BTreeSet<String> {
    column
        .split(',')
        .filter(|family| *family != "-")
        .map(str::to_owned)
        .collect()
}

/// `families, task, channel, text`.
pub(crate) fn tuning() -> Vec<Line> {
    include_str!("../../corpus/tuning.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [named, task, channel, text] = columns.as_slice() else {
                panic!("{line}");
            };
            Line {
                families: families(named),
                task: (*task).to_owned(),
                channel: (*channel).to_owned(),
                text: (*text).to_owned(),
                ..Line::default()
            }
        })
        .collect()
}

/// `id, families, task, channel, group, seat, at_s, text`, after a header line.
pub(crate) fn heldout() -> Vec<Line> {
    include_str!("../../corpus/heldout.tsv")
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, named, task, channel, group, seat, at_s, text] = columns.as_slice() else {
                panic!("a held-out line has {} columns", columns.len());
            };
            Line {
                families: families(named),
                task: (*task).to_owned(),
                channel: (*channel).to_owned(),
                group: (*group).to_owned(),
                seat: (*seat).to_owned(),
                at_s: at_s.parse().unwrap(),
                text: (*text).to_owned(),
            }
        })
        .collect()
}

/// Texts of one half that are nearly texts of the other: three quarters of their letter triples in common.
pub(crate) fn near(ours: &[Line], theirs: &[Line]) -> BTreeSet<String> {
    let theirs: Vec<BTreeSet<String>> = theirs.iter().map(|line| triples(&line.text)).collect();
    ours.iter()
        .filter(|line| {
            let ours = triples(&line.text);
            theirs.iter().any(|theirs| {
                // Too different in length to share so much.
                if ours.len() * 4 < theirs.len() * 3 || theirs.len() * 4 < ours.len() * 3 {
                    return false;
                }
                let shared = ours.intersection(theirs).count();
                let all = ours.len() + theirs.len() - shared;
                shared * 4 >= all * 3
            })
        })
        .map(|line| line.text.clone())
        .collect()
}

/// Every three letters in a row, whatever the case, the accents and the signs between.
fn triples(text: &str) -> BTreeSet<String> {
    let plain: Vec<char> = text
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            letter if letter.is_alphanumeric() => letter,
            _ => ' ',
        })
        .collect();
    let words: String = plain.iter().collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let padded: Vec<char> = format!(" {words} ").chars().collect();
    padded
        .windows(3)
        .map(|three| three.iter().collect())
        .collect()
}
