//! A school from an empty directory: what a school, a room and an adult may be called, and what is said of a field that is wrong.
//!
//! Owns the checks that the set-up screens, the command line and `vigie import` share. Never writes: that is `store`.
//! Next: [`first`] for the code of the first run, [`plan`] for a room, [`import`] for a school in a file.

use std::fmt;

use jiff::tz::TimeZone;
use vigie_protocol::EstablishmentId;

use crate::texts::{Lang, say};

pub(crate) mod first;
pub(crate) mod import;
pub(crate) mod plan;

/// Longest name of a school, a room or an adult, characters.
const NAME_MAX: usize = 80;
/// Longest name to sign in with, characters.
const LOGIN_MAX: usize = 64;
/// The letters of a UAI code, in the order of the remainder of its number by 23: no I, O or Q.
const KEY_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// As in the body of the request.
    pub(crate) field: &'static str,
    pub(crate) why: Why,
}

/// Why a field cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Empty,
    /// At most so many characters.
    Long(usize),
    /// At least so many characters.
    Short(usize),
    /// Something that no keyboard types.
    Control,
    /// Not seven digits and a letter.
    UaiShape,
    /// A slip of the keyboard: with these digits the letter is another.
    UaiLetter(char),
    Zone,
    /// Somebody or something else has it.
    Taken,
    /// An adult of another school signs in by this name.
    Elsewhere,
    NoLetter,
    NoRole,
    /// The password is easily guessed.
    Weak,
    /// The code of the first run is another; so many tries are left.
    Code(u16),
    /// The code of the first run is over: start the server again.
    CodeOver,
    NoSeat,
    /// More than so many seats.
    Seats(u16),
    /// This seat is there twice.
    SeatTwice(u16),
    /// Another seat is at the place of this one.
    SeatOver(u16),
    /// The seat lies outside of the plan.
    SeatOutside(u16),
}

impl Why {
    /// The sentence beside the field.
    pub(crate) fn words(&self, lang: Lang) -> String {
        match self {
            Self::Empty => say(lang, "field-empty", &[]),
            Self::Long(max) => say(lang, "field-long", &[("max", (*max).into())]),
            Self::Short(min) => say(lang, "field-short", &[("min", (*min).into())]),
            Self::Control => say(lang, "field-control", &[]),
            Self::UaiShape => say(lang, "field-uai-shape", &[]),
            Self::UaiLetter(letter) => say(
                lang,
                "field-uai-letter",
                &[("letter", letter.to_string().into())],
            ),
            Self::Zone => say(lang, "field-zone", &[]),
            Self::Taken => say(lang, "field-taken", &[]),
            Self::Elsewhere => say(lang, "field-elsewhere", &[]),
            Self::NoLetter => say(lang, "field-no-letter", &[]),
            Self::NoRole => say(lang, "field-no-role", &[]),
            Self::Weak => say(lang, "field-weak", &[]),
            Self::Code(left) => say(lang, "field-code", &[("left", (*left).into())]),
            Self::CodeOver => say(lang, "field-code-over", &[]),
            Self::NoSeat => say(lang, "field-no-seat", &[]),
            Self::Seats(max) => say(lang, "field-seats", &[("max", (*max).into())]),
            Self::SeatTwice(seat) => say(lang, "field-seat-twice", &[("seat", (*seat).into())]),
            Self::SeatOver(seat) => say(lang, "field-seat-over", &[("seat", (*seat).into())]),
            Self::SeatOutside(seat) => say(lang, "field-seat-outside", &[("seat", (*seat).into())]),
        }
    }

    /// Names the field.
    pub(crate) fn of(self, field: &'static str) -> Fault {
        Fault { field, why: self }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Lang::En))
    }
}

impl std::error::Error for Why {}

/// Gathers the values of a form: each fault is kept, and the form goes on.
#[derive(Debug, Default)]
pub(crate) struct Form {
    faults: Vec<Fault>,
}

impl Form {
    /// The value, or its fault in the list.
    pub(crate) fn take<T>(&mut self, field: &'static str, value: Result<T, Why>) -> Option<T> {
        value.map_err(|why| self.faults.push(why.of(field))).ok()
    }

    /// Adds a fault.
    pub(crate) fn fault(&mut self, field: &'static str, why: Why) {
        self.faults.push(why.of(field));
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn faults(self) -> Vec<Fault> {
        self.faults
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// A UAI code as people write it, in any case; the letter must be the one that its digits ask for (their number modulo 23).
pub(crate) fn uai(text: &str) -> Result<EstablishmentId, Why> {
    let code = uai_shape(text)?;
    match key_letter(&code) {
        Some(letter) if !code.as_str().ends_with(letter) => Err(Why::UaiLetter(letter)),
        _ => Ok(code),
    }
}

/// A UAI code by its shape alone: seven digits and a letter.
pub(crate) fn uai_shape(text: &str) -> Result<EstablishmentId, Why> {
    let code = text.trim().to_ascii_uppercase();
    let shaped = code.len() == 8
        && code.bytes().take(7).all(|b| b.is_ascii_digit())
        && code.bytes().last().is_some_and(|b| b.is_ascii_uppercase());
    if shaped {
        Ok(EstablishmentId::new(code))
    } else if code.is_empty() {
        Err(Why::Empty)
    } else {
        Err(Why::UaiShape)
    }
}

/// The letter that the digits of a UAI code ask for.
pub(crate) fn key_letter(code: &EstablishmentId) -> Option<char> {
    let number: usize = code.as_str().get(..7)?.parse().ok()?;
    let at = number.checked_rem(KEY_LETTERS.len())?;
    KEY_LETTERS.get(at).map(|letter| char::from(*letter))
}

/// A name that people read: blanks at its ends do not count.
pub(crate) fn name(text: &str) -> Result<String, Why> {
    words(text, NAME_MAX)
}

/// A name to sign in with.
pub(crate) fn login(text: &str) -> Result<String, Why> {
    words(text, LOGIN_MAX)
}

fn words(text: &str, max: usize) -> Result<String, Why> {
    let text = text.trim();
    if text.is_empty() {
        Err(Why::Empty)
    } else if text.chars().any(char::is_control) {
        Err(Why::Control)
    } else if text.chars().count() > max {
        Err(Why::Long(max))
    } else {
        Ok(text.to_owned())
    }
}

/// The name of a time zone that exists: `Europe/Paris`.
pub(crate) fn zone(text: &str) -> Result<String, Why> {
    let text = text.trim();
    // jiff takes any file name's case; the tables keep one.
    let known = TimeZone::get(text).map_err(|_| Why::Zone)?;
    known.iana_name().map(str::to_owned).ok_or(Why::Zone)
}

/// `Salle 12 bis` becomes `salle-12-bis`: a part of an address.
pub(crate) fn slug(name: &str) -> Result<String, Why> {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            c if c.is_ascii_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    if slug.is_empty() {
        Err(Why::NoLetter)
    } else {
        Ok(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_checked_by_its_letter() {
        // Louis-le-Grand, Henri-IV and Fermat in Toulouse, as the ministry's directory has them.
        for real in ["0750655E", "0750654D", "0310036W", " 0310001h "] {
            let code = uai(real).unwrap();
            assert_eq!(code.as_str(), real.trim().to_uppercase());
        }
        assert_eq!(uai("0310001A"), Err(Why::UaiLetter('H')));
        for wrong in ["031000A", "03100011", "0310001HH", "é310001H"] {
            assert_eq!(uai(wrong), Err(Why::UaiShape), "{wrong}");
        }
        assert_eq!(uai(" "), Err(Why::Empty));
    }

    #[test]
    fn names_zones_and_slugs() {
        assert_eq!(name("  CDI "), Ok("CDI".to_owned()));
        assert_eq!(name("a\u{7}b"), Err(Why::Control));
        assert_eq!(name(&"x".repeat(81)), Err(Why::Long(80)));
        assert_eq!(zone("Indian/Reunion"), Ok("Indian/Reunion".to_owned()));
        assert_eq!(zone("Mars/Base"), Err(Why::Zone));
        assert_eq!(
            slug("Salle 12 bis (été)"),
            Ok("salle-12-bis-ete".to_owned())
        );
        assert_eq!(slug("··"), Err(Why::NoLetter));
    }
}
