//! Learns the weights of the learned judge from the tuning half of the corpus and writes them where they ship:
//! `cargo run -p vigie-filters --release --example learn`. With `--check` it writes nothing and says, for each family, what other
//! lines than those learned from would get (five folds of the tuning half).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a command for developers may fail loudly"
)]

use vigie_filters::learn::{Lesson, families, learn};

fn main() {
    let corpus = include_str!("../corpus/tuning.tsv");
    let lessons: Vec<Lesson> = corpus
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut columns = line.split('\t');
            let families = columns.next().unwrap().split(',').map(str::to_owned);
            Lesson {
                families: families.collect(),
                text: columns.next_back().unwrap().to_owned(),
            }
        })
        .collect();
    if std::env::args().any(|word| word == "--check") {
        check(&lessons);
        return;
    }
    let bytes = learn(&lessons).to_bytes();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/charter/learned.bin");
    std::fs::write(path, &bytes).unwrap();
    println!("{} lines, {} bytes", lessons.len(), bytes.len());
}

/// Precision and recall of each family on lines that were not learned from, at several thresholds.
fn check(lessons: &[Lesson]) {
    const FOLDS: usize = 5;
    let mut judged: Vec<(Vec<f32>, &Lesson)> = Vec::new();
    for fold in 0..FOLDS {
        let learned_from: Vec<Lesson> = lessons
            .iter()
            .enumerate()
            .filter(|(number, _)| number % FOLDS != fold)
            .map(|(_, lesson)| lesson.clone())
            .collect();
        let weights = learn(&learned_from);
        let asked = lessons.iter().skip(fold).step_by(FOLDS);
        judged.extend(asked.map(|lesson| (weights.judge(&lesson.text), lesson)));
    }
    for (number, family) in families().iter().enumerate() {
        print!("{family:14}");
        for threshold in [0.3_f32, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95] {
            let (mut right, mut missed, mut wrong) = (0_u32, 0_u32, 0_u32);
            for (scores, lesson) in &judged {
                let is = lesson.families.iter().any(|one| one == family);
                match (is, scores[number] >= threshold) {
                    (true, true) => right += 1,
                    (true, false) => missed += 1,
                    (false, true) => wrong += 1,
                    (false, false) => {}
                }
            }
            let share = |part: u32, other: u32| 100 * part / (part + other).max(1);
            print!(
                "  {threshold}: {}/{}",
                share(right, wrong),
                share(right, missed)
            );
        }
        println!();
    }
}
