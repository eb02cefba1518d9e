//! A charter of 300 rules and 5,000 phrases: the one that ships, filled up with generated rules.

use std::fmt::Write;

const RULES: usize = 300;
const PHRASES: usize = 5_000;

const ENDS: [&str; 12] = [
    "ard", "asse", "eur", "euse", "on", "ine", "oche", "ule", "ette", "iste", "ien", "ade",
];
const HEADS: [&str; 20] = [
    "bal", "crap", "dond", "fril", "glap", "jact", "kram", "louf", "marg", "nouil", "pign",
    "quill", "rouf", "sarb", "tart", "vrill", "zoug", "broc", "chip", "tromp",
];

/// Generated phrases: of one to four words, some with alternatives.
pub(crate) fn phrases() -> Vec<String> {
    let word = |number: usize| {
        let (head, end) = (
            HEADS[number % HEADS.len()],
            ENDS[number / HEADS.len() % ENDS.len()],
        );
        format!("{head}{}{end}", ["", "i", "o", "ou", "a"][number / 240 % 5])
    };
    (0..PHRASES)
        .map(|number| match number % 4 {
            0 => format!("{} {}", word(number), word(number * 7 + 3)),
            1 => format!("espece de {}", word(number)),
            2 => format!("(tu es|t es) (un|une) {}", word(number)),
            _ => format!(
                "{} de {} {}",
                word(number),
                word(number * 3),
                word(number * 11)
            ),
        })
        .collect()
}

/// The charter's text.
pub(crate) fn filled() -> String {
    let shipped = vigie_filters::default_charter();
    let own_rules = shipped.matches("[[rule]]").count();
    let more = RULES - own_rules;
    // What the shipped charter itself holds is not counted: this is the fuller.
    let phrases = phrases();
    let mut text = shipped.to_owned();
    // The last table of the shipped charter is a topic; rules may follow.
    for number in 0..more {
        let from = number * PHRASES / more;
        let to = (number + 1) * PHRASES / more;
        let condition = if number % 3 == 0 {
            format!(
                "any = [{{ connection = {{ hosts = [\"h{number}.example\", \"*x{number}y*\"] }} }}, {{ chat = {{ phrases = {:?} }} }}]",
                &phrases[from..to]
            )
        } else {
            format!("chat = {{ phrases = {:?} }}", &phrases[from..to])
        };
        write!(
            text,
            "\n[[rule]]\nid = \"g{number}\"\narticle = \"1.1\"\ntitle = {{ fr = \"R{number}\" }}\nseverity = \"info\"\nact = \"note\"\nto_pupil = {{ fr = \"P\" }}\n{condition}\n"
        )
        .unwrap();
    }
    text
}
