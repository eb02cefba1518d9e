//! Things recognised by their form: telephone numbers, e-mail and postal addresses, card and account numbers.
//!
//! Each looks at the original text, except the postal address, which looks at the message as read. Numbers that only look like a
//! card are refused by their checksum. Never looks at a message without digits or an at sign.

use std::sync::OnceLock;

use regex::Regex;

use super::message::{Line, Message};
use crate::charter::Detector;

/// Longest run of a text that a detector may take.
type Spans = Vec<(u32, u32)>;

fn pattern(cell: &'static OnceLock<Option<Regex>>, text: &str) -> Option<&'static Regex> {
    cell.get_or_init(|| Regex::new(text).ok()).as_ref()
}

/// Where the detector finds its thing, as byte ranges of the original.
pub(crate) fn detect(
    detector: Detector,
    original: &str,
    message: &Message,
    line: &mut Line,
) -> Spans {
    match detector {
        Detector::Phone if message.digits() >= 9 => phones(original),
        Detector::Email if has_at(original, message) => emails(original),
        Detector::Card if message.digits() >= 13 => numbers(original)
            .filter(|(_, digits)| is_card(digits))
            .map(|(span, _)| span)
            .collect(),
        Detector::Iban if message.digits() >= 10 => ibans(original),
        Detector::Address if message.digits() >= 1 => addresses(message, line),
        _ => Spans::new(),
    }
}

fn has_at(original: &str, message: &Message) -> bool {
    original.contains('@')
        || message
            .words()
            .iter()
            .any(|word| matches!(message.text(word.text), b"at" | b"arobase" | b"arobas"))
}

fn span(from: usize, to: usize) -> (u32, u32) {
    (
        u32::try_from(from).unwrap_or(u32::MAX),
        u32::try_from(to).unwrap_or(u32::MAX),
    )
}

/// French numbers in their usual writings, and international ones.
fn phones(original: &str) -> Spans {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(phone) = pattern(
        &CELL,
        r"(?:(?:\+|00)[ .-]?33[ .()0-]{0,5}[1-9]|\b0[ ./_-]?[1-9])(?:[ ./_,-]{0,3}[0-9]{2}){4}\b|\+[1-9][0-9]{0,2}[ .-]?[0-9](?:[ .-]?[0-9]){7,11}\b",
    ) else {
        return Spans::new();
    };
    phone
        .find_iter(original)
        .filter(|found| !touches_digit(original, found.start(), found.end()))
        .map(|found| span(found.start(), found.end()))
        .collect()
}

fn touches_digit(text: &str, from: usize, to: usize) -> bool {
    let digit = |one: Option<&u8>| one.is_some_and(u8::is_ascii_digit);
    digit(from.checked_sub(1).and_then(|at| text.as_bytes().get(at)))
        || digit(text.as_bytes().get(to))
}

fn emails(original: &str) -> Spans {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(email) = pattern(
        &CELL,
        r"(?i)[a-z0-9][a-z0-9._%+-]{0,63}(?:@| ?[\[(](?:at|arobase?)[\])] ?| arobase? )[a-z0-9-]{1,63}(?:(?:\.| ?[\[(]dot[\])] ?| point )[a-z0-9-]{2,63}){1,4}",
    ) else {
        return Spans::new();
    };
    email
        .find_iter(original)
        .map(|found| span(found.start(), found.end()))
        .collect()
}

/// Runs of digits with single separators between groups, with their digits.
fn numbers(original: &str) -> impl Iterator<Item = ((u32, u32), Vec<u8>)> {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    pattern(&CELL, r"[0-9](?:[ .-]?[0-9]){12,18}")
        .into_iter()
        .flat_map(move |number| number.find_iter(original))
        .filter(|found| !touches_digit(original, found.start(), found.end()))
        .map(|found| {
            let digits = found
                .as_str()
                .bytes()
                .filter(u8::is_ascii_digit)
                .map(|byte| byte - b'0')
                .collect();
            (span(found.start(), found.end()), digits)
        })
}

/// A payment card: 13 to 19 digits, a known first digit, and Luhn's checksum.
fn is_card(digits: &[u8]) -> bool {
    let luhn: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            match place % 2 {
                0 => digit,
                _ if digit >= 5 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    (13..=19).contains(&digits.len())
        && matches!(digits.first(), Some(3..=6))
        && luhn.is_multiple_of(10)
}

/// An account number: country, check digits, and 97 by ISO 13616.
fn ibans(original: &str) -> Spans {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(iban) = pattern(&CELL, r"(?i)\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{2,4}){3,8}\b") else {
        return Spans::new();
    };
    iban.find_iter(original)
        .filter(|found| checks_97(found.as_str()))
        .map(|found| span(found.start(), found.end()))
        .collect()
}

fn checks_97(text: &str) -> bool {
    let bytes: Vec<u8> = text
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    if !(15..=34).contains(&bytes.len()) {
        return false;
    }
    let (head, tail) = bytes.split_at_checked(4).unwrap_or((&bytes, &[]));
    let rest = tail
        .iter()
        .chain(head)
        .fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        });
    rest == 1
}

/// A number and a street.
fn addresses(message: &Message, line: &mut Line) -> Spans {
    static CELL: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(address) = pattern(
        &CELL,
        r"\b[0-9]{1,3} ?(?:bis |ter |b )?(?:(?:rue|avenue|av|bd|boulevard|impasse|allee|chemin|route|quai|square|residence|lotissement|cite) (?:[a-z]+ ?){1,4}|place (?:de|du|des|d|saint|st) ?[a-z]+)",
    ) else {
        return Spans::new();
    };
    line.read(message);
    address
        .find_iter(&line.text)
        .filter_map(|found| original_span(message, &line.starts, found.start(), found.end()))
        .collect()
}

/// The place in the original of a range of the line, widened to whole words.
pub(crate) fn original_span(
    message: &Message,
    starts: &[u32],
    from: usize,
    to: usize,
) -> Option<(u32, u32)> {
    let (from, to) = span(from, to);
    let first = starts
        .partition_point(|start| *start <= from)
        .checked_sub(1)?;
    let last = starts
        .partition_point(|start| *start < to)
        .checked_sub(1)?
        .max(first);
    Some((
        message.words().get(first)?.original.0,
        message.words().get(last)?.original.1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(detector: Detector, written: &str, expect: &[&str]) {
        let mut message = Message::default();
        message.read(written);
        let said: Vec<&str> = detect(detector, written, &message, &mut Line::default())
            .into_iter()
            .map(|(from, to)| {
                &written[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()]
            })
            .collect();
        assert_eq!(said, expect, "{written}");
    }

    #[test]
    fn forms_are_found_and_their_likes_are_not() {
        check(
            Detector::Phone,
            "mon num c 06 12 34 56 78 appelle",
            &["06 12 34 56 78"],
        );
        check(Detector::Phone, "0612345678", &["0612345678"]);
        check(Detector::Phone, "+33 6 12 34 56 78", &["+33 6 12 34 56 78"]);
        check(Detector::Phone, "06.12.34.56.78", &["06.12.34.56.78"]);
        check(Detector::Phone, "de 1914 à 1918 puis 1939 1945", &[]);
        check(Detector::Phone, "pi = 3.14159265358979", &[]);
        check(
            Detector::Email,
            "ecris a lea.b@gmail.com stp",
            &["lea.b@gmail.com"],
        );
        check(
            Detector::Email,
            "lea arobase gmail point com",
            &["lea arobase gmail point com"],
        );
        check(Detector::Email, "@prof on a fini", &[]);
        check(
            Detector::Card,
            "4539 1488 0343 6467",
            &["4539 1488 0343 6467"],
        );
        check(Detector::Card, "4539 1488 0343 6468", &[]);
        check(
            Detector::Iban,
            "FR76 3000 6000 0112 3456 7890 189",
            &["FR76 3000 6000 0112 3456 7890 189"],
        );
        check(Detector::Iban, "FR76 3000 6000 0112 3456 7890 188", &[]);
        check(
            Detector::Address,
            "j'habite au 12, rue des Lilas",
            &["12, rue des Lilas"],
        );
        check(Detector::Address, "exo 12 place les points", &[]);
    }
}
