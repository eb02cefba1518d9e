//! What one character is, to a reader who only cares about words: the letters it looks like, a digit, a separator, a picture,
//! or nothing.
//!
//! The table is made from Unicode's own data (compatibility decomposition, then the confusables) at first use, for the blocks
//! that people write or hide in; asking it is two array reads. Never looks at a character's neighbours: [`super::message`] does.

use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// What a character is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// White space.
    Space,
    /// Punctuation, and every character that nobody hides a letter in.
    Separator,
    /// An apostrophe: between words of an elision.
    Apostrophe,
    /// Something without a width: marks, joiners, selectors.
    Nothing,
    /// A picture that means something by itself.
    Picture,
    /// One to three lower-case letters or digits.
    Letters { bytes: [u8; 3], len: u8 },
}

/// Blocks whose letters are folded: Latin and its extensions, IPA, modifiers, Greek, Cyrillic, Armenian, Cherokee's neighbours
/// used as look-alikes, phonetic extensions, Latin and Greek extended, letter-like, enclosed, full width, mathematical and
/// enclosed supplements.
const BLOCKS: [(u32, u32); 14] = [
    (0x00A0, 0x05FF),
    (0x13A0, 0x13FF),
    (0x1D00, 0x1DBF),
    (0x1E00, 0x1FFF),
    (0x2070, 0x209F),
    (0x2100, 0x218F),
    (0x2460, 0x24FF),
    (0x2C60, 0x2C7F),
    (0xA640, 0xA69F),
    (0xA720, 0xA7FF),
    (0xFB00, 0xFB06),
    (0xFF00, 0xFFEF),
    (0x1_D400, 0x1_D7FF),
    (0x1_F100, 0x1_F1E5),
];

const PAGE: usize = 256;

struct Table {
    /// For each page of 256 characters, which stored page; `u8::MAX` for none.
    index: Vec<u8>,
    pages: Vec<[Fold; PAGE]>,
}

/// What this character is.
#[inline]
pub(crate) fn fold(character: char) -> Fold {
    match u8::try_from(character) {
        Ok(byte) if byte < 128 => fold_ascii(byte),
        _ => fold_wide(character),
    }
}

#[inline]
fn fold_ascii(byte: u8) -> Fold {
    match byte {
        b'a'..=b'z' | b'0'..=b'9' => letter(byte),
        b'A'..=b'Z' => letter(byte.to_ascii_lowercase()),
        b' ' | b'\t' | b'\n' | b'\r' => Fold::Space,
        b'\'' | b'`' => Fold::Apostrophe,
        _ => Fold::Separator,
    }
}

const fn letter(byte: u8) -> Fold {
    Fold::Letters {
        bytes: [byte, 0, 0],
        len: 1,
    }
}

fn fold_wide(character: char) -> Fold {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(build);
    let code = usize::try_from(u32::from(character)).unwrap_or(usize::MAX);
    let page = table
        .index
        .get(code / PAGE)
        .and_then(|page| table.pages.get(usize::from(*page)));
    match page.and_then(|page| page.get(code % PAGE)) {
        Some(fold) => *fold,
        None => unlisted(character),
    }
}

/// Characters outside the folded blocks.
fn unlisted(character: char) -> Fold {
    match u32::from(character) {
        0x2019 | 0x2018 | 0x02BC | 0x2032 | 0xFF07 => Fold::Apostrophe,
        // Zero width spaces and joiners, word joiner, soft marks, variation selectors, skin tones, tags.
        0x200B..=0x200F
        | 0x202A..=0x202E
        | 0x2060..=0x206F
        | 0xFE00..=0xFE0F
        | 0xFEFF
        | 0x1_F3FB..=0x1_F3FF
        | 0xE_0000..=0xE_01EF => Fold::Nothing,
        0x2300..=0x23FF | 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0x1_F200..=0x1_FAFF => Fold::Picture,
        _ if is_combining_mark(character) => Fold::Nothing,
        _ if character.is_whitespace() => Fold::Space,
        _ => Fold::Separator,
    }
}

fn build() -> Table {
    let mut table = Table {
        index: vec![u8::MAX; 0x1_F200 / PAGE + 1],
        pages: Vec::new(),
    };
    for (from, to) in BLOCKS {
        for code in from..=to {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            let at = usize::try_from(code).unwrap_or(0);
            let Some(slot) = table.index.get_mut(at / PAGE) else {
                continue;
            };
            if *slot == u8::MAX {
                *slot = u8::try_from(table.pages.len()).unwrap_or(u8::MAX);
                let base = code - code % 256;
                table.pages.push(std::array::from_fn(|offset| {
                    u32::try_from(offset)
                        .ok()
                        .and_then(|offset| char::from_u32(base + offset))
                        .map_or(Fold::Separator, unlisted)
                }));
            }
            let page = table.pages.get_mut(usize::from(*slot));
            if let Some(entry) = page.and_then(|page| page.get_mut(at % PAGE)) {
                *entry = derive(character);
            }
        }
    }
    table
}

/// From Unicode's data: decompose, drop marks, lower; what is not yet ASCII goes through the confusables.
fn derive(character: char) -> Fold {
    match character {
        'ß' => return spelled("ss"),
        'æ' | 'Æ' => return spelled("ae"),
        'œ' | 'Œ' => return spelled("oe"),
        'ø' | 'Ø' => return spelled("o"),
        'ı' => return spelled("i"),
        'μ' | 'µ' => return spelled("u"),
        '×' => return Fold::Separator,
        _ => {}
    }
    let plain: String = character
        .nfkd()
        .filter(|part| !is_combining_mark(*part))
        .flat_map(char::to_lowercase)
        .collect();
    if let Some(fold) = ascii_word(&plain) {
        return fold;
    }
    if !character.is_alphanumeric() {
        return unlisted(character);
    }
    let mut like: String = skeleton(&plain).collect();
    like = like
        .nfkd()
        .filter(|part| !is_combining_mark(*part))
        .flat_map(char::to_lowercase)
        .collect();
    let drawn = |one: char| LIKE.iter().find(|(letter, _)| *letter == one);
    ascii_word(&like)
        .or_else(|| drawn(plain.chars().next()?).map(|(_, latin)| spelled(latin)))
        .unwrap_or(Fold::Separator)
}

/// Greek and Cyrillic letters that people draw Latin ones with and that Unicode does not call confusable.
const LIKE: [(char, &str); 22] = [
    ('ε', "e"),
    ('η', "n"),
    ('κ', "k"),
    ('τ', "t"),
    ('β', "b"),
    ('ω', "w"),
    ('λ', "l"),
    ('δ', "d"),
    ('π', "n"),
    ('в', "b"),
    ('г', "r"),
    ('д', "d"),
    ('з', "e"),
    ('и', "i"),
    ('к', "k"),
    ('л', "n"),
    ('м', "m"),
    ('н', "h"),
    ('т', "t"),
    ('я', "r"),
    ('є', "e"),
    ('ь', "b"),
];

fn ascii_word(text: &str) -> Option<Fold> {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let rest = text.chars().filter(|one| !one.is_ascii()).count();
    (rest == 0 && (1..=3).contains(&kept.len())).then(|| spelled(&kept))
}

fn spelled(text: &str) -> Fold {
    let mut bytes = [0; 3];
    let mut len = 0;
    for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
        *slot = byte;
        len += 1;
    }
    Fold::Letters { bytes, len }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        text.chars()
            .map(|one| match fold(one) {
                Fold::Letters { bytes, len } => {
                    String::from_utf8_lossy(&bytes[..usize::from(len)]).into_owned()
                }
                Fold::Space => " ".into(),
                Fold::Separator => "-".into(),
                Fold::Apostrophe => "'".into(),
                Fold::Nothing => String::new(),
                Fold::Picture => "#".into(),
            })
            .collect()
    }

    #[test]
    fn people_write_the_same_letters_in_many_ways() {
        for (written, expect) in [
            ("Éléphant ÇA où", "elephant ca ou"),
            ("cœur Œuvre", "coeur oeuvre"),
            ("с\u{43e}nn\u{430}rd", "connard"),
            ("ｃｏｎ", "con"),
            ("𝓬𝓸𝓷 𝐜𝐨𝐧 ⓒⓞⓝ", "con con con"),
            ("e\u{301}te\u{301}", "ete"),
            ("co\u{200b}n", "con"),
            ("j\u{2019}ai", "j'ai"),
            ("🔪 ❤\u{fe0f}", "# #"),
            ("Ρυtε", "pute"),
            ("a\u{a0}b", "a b"),
        ] {
            assert_eq!(read(written), expect, "{written}");
        }
    }
}
