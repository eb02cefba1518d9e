//! What a password is: argon2id at rest, and which ones nobody may choose.
//!
//! Owns the policy: at least 12 characters of any kind, nothing from the list of common ones (with digits and signs around it
//! or not), nothing made of the adult's own name, the product's or the school's. No rule about kinds of characters, no
//! rotation. Never keeps or logs one. Next: [`super::tries`] for how often one may be guessed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use vigie_protocol::Private;

use crate::ids;

/// Shortest password that an adult may choose, characters.
pub(crate) const PASSWORD_MIN: usize = 12;
/// Longest password read, bytes; a longer one is a wrong one.
pub(crate) const PASSWORD_MAX: usize = 256;

/// The common ones: the top of the lists that guessers use (from zxcvbn, MIT), those of twelve letters and more, and French
/// ones; folded, one a line.
static COMMON: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().collect());

/// Checked when no account has the name, so that it takes as long.
static NOBODY: LazyLock<Private<String>> =
    LazyLock::new(|| hash_password(&Private::new(ids::token())).unwrap_or_default());

/// Why a password cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    Short,
    Long,
    Common,
    /// Made of the adult's or the school's own words.
    Own,
}

/// Argon2id with the parameters that OWASP asks for (19 MiB, two passes, one lane), as PHC text; none when the password is too
/// long to be one.
pub(crate) fn hash_password(password: &Private<String>) -> Option<Private<String>> {
    if password.reveal().len() > PASSWORD_MAX {
        return None;
    }
    let salt = SaltString::encode_b64(&ids::bytes::<16>()).ok()?;
    let hash = Argon2::default()
        .hash_password(password.reveal().as_bytes(), &salt)
        .ok()?;
    Some(Private::new(hash.to_string()))
}

/// Whether a password is the one of this hash. Takes tens of milliseconds and 19 MiB, whatever the answer; a hash that is none
/// (a spent one-time password) is answered as slowly.
pub(crate) fn holds(password: &Private<String>, hash: &Private<String>) -> bool {
    let (known, real) = match PasswordHash::new(hash.reveal()) {
        Ok(known) => (Some(known), true),
        Err(_) => (PasswordHash::new(NOBODY.reveal()).ok(), false),
    };
    let fits = password.reveal().len() <= PASSWORD_MAX;
    known.is_some_and(|known| {
        Argon2::default()
            .verify_password(password.reveal().as_bytes(), &known)
            .is_ok()
    }) && real
        && fits
}

/// No, after as long as [`holds`] takes.
pub(crate) fn holds_nobody(password: &Private<String>) -> bool {
    holds(password, &Private::default())
}

/// Why an adult may not choose this password; `own` are their name, their school's and the like.
pub(crate) fn weakness(password: &Private<String>, own: &[&str]) -> Option<Weak> {
    let text = password.reveal();
    if text.len() > PASSWORD_MAX {
        return Some(Weak::Long);
    }
    if text.chars().count() < PASSWORD_MIN {
        return Some(Weak::Short);
    }
    let folded = folded(text);
    if COMMON.contains(folded.as_str()) || is_common(core(&folded)) || repeats(&folded) {
        return Some(Weak::Common);
    }
    let mut left = folded.clone();
    for word in own
        .iter()
        .flat_map(|own| own.split([' ', '.', '-', '_', '@']))
    {
        let word = self::folded(word);
        if word.chars().count() >= 4 {
            left = left.replace(&word, "");
        }
    }
    let rest = core(&left).chars().count();
    (left != folded && rest < PASSWORD_MIN / 2).then_some(Weak::Own)
}

/// Lower case, without accents, and with the letters that digits and signs stand for.
fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'â' | 'ä' | '@' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            '$' => 's',
            c => c,
        })
        .collect()
}

/// What is left without digits, signs and blanks around it.
fn core(folded: &str) -> &str {
    folded.trim_matches(|c: char| !c.is_alphabetic())
}

/// A common word, or a few of them in a row: `motdepassebonjour`.
fn is_common(core: &str) -> bool {
    const PARTS_MAX: usize = 3;
    fn made_of(rest: &str, parts: usize) -> bool {
        COMMON.contains(rest)
            || parts > 1
                && rest.char_indices().skip(4).any(|(at, _)| {
                    rest.split_at_checked(at).is_some_and(|(first, rest)| {
                        COMMON.contains(first) && made_of(rest, parts - 1)
                    })
                })
    }
    core.is_empty() || made_of(core, PARTS_MAX)
}

/// A few characters over and over, or a run along the keyboard or the alphabet.
fn repeats(folded: &str) -> bool {
    const PERIOD_MAX: usize = 4;
    const ROWS: [&str; 6] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "azertyuiopqsdfghjklmwxcvbn",
        "qwertyuiopasdfghjklzxcvbnm",
        "1a2z3e4r5t6y7u8i9o0p",
        "1q2w3e4r5t6y7u8i9o0p",
    ];
    let letters: Vec<char> = folded.chars().collect();
    let periodic = (1..=PERIOD_MAX).any(|period| {
        letters.len() > period
            && letters
                .iter()
                .zip(letters.iter().skip(period))
                .all(|(one, other)| one == other)
    });
    let backwards: String = letters.iter().rev().collect();
    periodic
        || ROWS
            .iter()
            .any(|row| row.contains(folded) || row.contains(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weak(text: &str) -> Option<Weak> {
        weakness(
            &Private::new(text.to_owned()),
            &["i.bertrand", "Mme Bertrand", "Collège Jean-Moulin", "vigie"],
        )
    }

    #[test]
    fn the_parameters_are_those_that_owasp_asks_for() {
        let hash = hash_password(&Private::new("correct horse".to_owned())).unwrap();
        assert!(
            hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.reveal()
        );
        // The one that is checked for nobody costs the same.
        assert!(
            NOBODY
                .reveal()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        assert!(holds(&Private::new("correct horse".to_owned()), &hash));
        for wrong in ["Correct horse", "correct horse ", ""] {
            assert!(!holds(&Private::new(wrong.to_owned()), &hash));
        }
        assert!(!holds(&Private::new(String::new()), &Private::default()));
        assert!(hash_password(&Private::new("x".repeat(257))).is_none());
    }

    #[test]
    fn common_short_and_own_passwords_are_refused_and_phrases_are_not() {
        for (text, expected) in [
            ("onze lettres", None),
            ("onze lettre", Some(Weak::Short)),
            ("un cheval mange la pendule", None),
            ("日本語日本語のかぎです。鍵", None),
            ("Motdepasse2026!", Some(Weak::Common)),
            ("motdepassebonjour", Some(Weak::Common)),
            ("1qaz2wsx3edc", Some(Weak::Common)),
            ("azertyuiopqs", Some(Weak::Common)),
            ("123456789012", Some(Weak::Common)),
            ("aaaaaaaaaaaaaa", Some(Weak::Common)),
            ("abcabcabcabc", Some(Weak::Common)),
            ("............", Some(Weak::Common)),
            ("Bertrand-2026", Some(Weak::Own)),
            ("vigieBertrand1", Some(Weak::Own)),
            ("jeanmoulin2026", Some(Weak::Own)),
            ("bertrand promène un âne bleu", None),
        ] {
            assert_eq!(weak(text), expected, "{text}");
        }
        assert_eq!(weak(&"é".repeat(200)), Some(Weak::Long));
        assert_eq!(
            weak(&"né d'un rêve ".repeat(8)),
            None,
            "at least 64 characters are allowed"
        );
    }
}
