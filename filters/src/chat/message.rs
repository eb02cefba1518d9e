//! A message as words: folded text, where each word lies in the original, and how it was separated from the word before.
//!
//! Also proposes what the writer may have hidden: words spelled letter by letter, cut by separators, or masked by stars are
//! joined *beside* the plain reading, never instead of it. Digits and signs that stand for letters are read as letters inside a
//! word that has letters. Never knows a phrase. Bounded: only the first [`BYTES_MAX`] bytes of a message are read.

use super::fold::{Fold, fold};

/// Most bytes of a message that are read; a pupil's message is a hundred, and what is beyond is not judged.
pub(crate) const BYTES_MAX: usize = 64 * 1024;
/// Longest spelled-out word that is joined from every start to every end; longer runs are only joined whole.
const SPELLED_MAX: usize = 14;
/// Most pieces of one chunk that are joined.
const PIECES_MAX: usize = 12;

/// How a word was separated from the word before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// White space, or the start.
    Space,
    /// An apostrophe and nothing else.
    Apostrophe,
    /// Separators without white space.
    Separator,
    /// Separators that include a star: letters may be masked.
    Star,
}

/// One word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// Byte range in [`Message::folded`].
    pub(crate) text: (u32, u32),
    /// Byte range in the original.
    pub(crate) original: (u32, u32),
    pub(crate) before: Gap,
    pub(crate) kind: Kind,
}

/// What a word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Letters,
    Digits,
    Mixed,
    Picture,
}

/// Another reading of the words `first..end` as one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Join {
    pub(crate) first: u32,
    pub(crate) end: u32,
    pub(crate) text: (u32, u32),
    /// Whether the text holds `*` for letters that are masked.
    pub(crate) masked: bool,
}

/// A message that was read. Reused between messages so that reading allocates nothing once warm.
#[derive(Debug, Default)]
pub(crate) struct Message {
    folded: Vec<u8>,
    words: Vec<Word>,
    joins: Vec<Join>,
    digits: u32,
}

impl Message {
    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }

    pub(crate) fn joins(&self) -> &[Join] {
        &self.joins
    }

    /// How many digits there are, for detectors that need some.
    pub(crate) fn digits(&self) -> u32 {
        self.digits
    }

    /// The folded text of a word or a join.
    pub(crate) fn text(&self, (from, to): (u32, u32)) -> &[u8] {
        self.folded.get(index(from)..index(to)).unwrap_or_default()
    }

    /// Reads a message, forgetting the one before.
    pub(crate) fn read(&mut self, original: &str) {
        self.folded.clear();
        self.words.clear();
        self.joins.clear();
        self.digits = 0;
        let mut reader = Reader {
            message: self,
            gap: Gap::Space,
            word: None,
        };
        let mut characters = original.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if at > BYTES_MAX {
                break;
            }
            let next = characters.peek().map(|(_, next)| *next);
            reader.take(at, character, next);
        }
        reader.end_word();
        self.join_spelled();
        self.join_chunks();
        self.joins.sort_unstable_by_key(|join| join.first);
    }

    /// `p u t e` and `p.u.t.e`: runs of single letters.
    fn join_spelled(&mut self) {
        let mut first = 0;
        while first < self.words.len() {
            let run = self
                .words
                .iter()
                .skip(first)
                .take_while(|word| {
                    word.text.1 - word.text.0 == 1
                        && matches!(word.kind, Kind::Letters | Kind::Digits)
                })
                .count();
            if (3..=SPELLED_MAX).contains(&run) {
                for from in first..first + run - 2 {
                    for to in from + 3..=first + run {
                        self.join(from, to);
                    }
                }
            } else if run > SPELLED_MAX {
                self.join(first, first + run);
            }
            first += run.max(1);
        }
    }

    /// `con.nard`, `p*te`: pieces without white space between them.
    fn join_chunks(&mut self) {
        let mut first = 0;
        while first < self.words.len() {
            let more = self
                .words
                .iter()
                .skip(first + 1)
                .take_while(|word| matches!(word.before, Gap::Separator | Gap::Star))
                .count();
            let end = first + 1 + more;
            if (1..PIECES_MAX).contains(&more) {
                self.join(first, end);
            }
            first = end;
        }
    }

    fn join(&mut self, first: usize, end: usize) {
        let from = small(self.folded.len());
        let mut masked = false;
        for at in first..end {
            let Some(word) = self.words.get(at).copied() else {
                return;
            };
            if word.kind == Kind::Picture {
                self.folded.truncate(index(from));
                return;
            }
            if at > first && word.before == Gap::Star {
                let previous = self.words.get(at - 1).map_or(0, |one| one.original.1);
                // Each star stands for one letter.
                let stars = word.original.0.saturating_sub(previous).min(12);
                self.folded.extend(std::iter::repeat_n(b'*', index(stars)));
                masked = true;
            }
            self.folded
                .extend_from_within(index(word.text.0)..index(word.text.1));
        }
        self.joins.push(Join {
            first: small(first),
            end: small(end),
            text: (from, small(self.folded.len())),
            masked,
        });
    }
}

/// A message as one line of text, words separated by one space: what regexes see. Reused between messages.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// Where each word begins in it.
    pub(crate) starts: Vec<u32>,
}

impl Line {
    /// Reads a message, forgetting the one before.
    pub(crate) fn read(&mut self, message: &Message) {
        self.text.clear();
        self.starts.clear();
        for word in &message.words {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.starts.push(small(self.text.len()));
            let word = std::str::from_utf8(message.text(word.text));
            self.text.push_str(word.unwrap_or_default());
        }
    }
}

struct Reader<'a> {
    message: &'a mut Message,
    gap: Gap,
    word: Option<Open>,
}

struct Open {
    text: u32,
    from: u32,
    to: u32,
    letters: bool,
    digits: bool,
}

impl Reader<'_> {
    fn take(&mut self, at: usize, character: char, next: Option<char>) {
        let from = small(at);
        let to = small(at + character.len_utf8());
        match fold(character) {
            Fold::Letters { bytes, len } => {
                let bytes = bytes.get(..usize::from(len)).unwrap_or_default();
                self.push(bytes, from, to);
            }
            Fold::Nothing => {}
            Fold::Space => {
                self.end_word();
                self.gap = Gap::Space;
            }
            Fold::Apostrophe => {
                self.end_word();
                if self.gap != Gap::Space || self.just_ended(from) {
                    self.gap = self.gap_after(Gap::Apostrophe, from);
                }
            }
            Fold::Picture => self.picture(character, from, to),
            Fold::Separator => {
                let letter = stands_for(character).filter(|_| self.is_inside(next));
                if let Some(letter) = letter {
                    self.push(&[letter], from, to);
                    return;
                }
                let kind = if character == '*' {
                    Gap::Star
                } else {
                    Gap::Separator
                };
                self.end_word();
                self.gap = self.gap_after(kind, from);
            }
        }
    }

    /// Whether a sign stands between two letters of one word.
    fn is_inside(&self, next: Option<char>) -> bool {
        self.word.as_ref().is_some_and(|word| word.letters)
            && next.is_some_and(char::is_alphanumeric)
    }

    fn just_ended(&self, at: u32) -> bool {
        self.message
            .words
            .last()
            .is_some_and(|word| word.original.1 == at)
    }

    /// The gap grows: white space outweighs all, a star outweighs other separators.
    fn gap_after(&self, kind: Gap, at: u32) -> Gap {
        if self.just_ended(at) {
            return kind;
        }
        match (self.gap, kind) {
            (Gap::Space, _) => Gap::Space,
            (Gap::Star, _) | (_, Gap::Star) => Gap::Star,
            _ => Gap::Separator,
        }
    }

    fn push(&mut self, bytes: &[u8], from: u32, to: u32) {
        let digit = bytes.first().is_some_and(u8::is_ascii_digit);
        if digit {
            self.message.digits = self.message.digits.saturating_add(1);
        }
        let text = small(self.message.folded.len());
        let word = self.word.get_or_insert(Open {
            text,
            from,
            to,
            letters: false,
            digits: false,
        });
        word.to = to;
        word.letters |= !digit;
        word.digits |= digit;
        match bytes {
            [byte] => self.message.folded.push(*byte),
            _ => self.message.folded.extend_from_slice(bytes),
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else {
            return;
        };
        let kind = match (word.letters, word.digits) {
            (true, true) => Kind::Mixed,
            (false, _) => Kind::Digits,
            (true, false) => Kind::Letters,
        };
        self.message.words.push(Word {
            text: (word.text, small(self.message.folded.len())),
            original: (word.from, word.to),
            before: self.gap,
            kind,
        });
        self.gap = Gap::Separator;
    }

    /// A picture is a word of its own, spelled in capitals so that no letter can be mistaken for it.
    fn picture(&mut self, character: char, from: u32, to: u32) {
        self.end_word();
        let text = small(self.message.folded.len());
        let mut code = u32::from(character);
        self.message.folded.push(b'U');
        while code > 0 {
            let digit = u8::try_from(code % 16).unwrap_or(0);
            self.message.folded.push(b'A' + digit);
            code /= 16;
        }
        self.message.words.push(Word {
            text: (text, small(self.message.folded.len())),
            original: (from, to),
            before: Gap::Space,
            kind: Kind::Picture,
        });
        self.gap = Gap::Space;
    }
}

/// The letter that a sign stands for between letters of one word (`s@lope`).
fn stands_for(sign: char) -> Option<u8> {
    Some(match sign {
        '@' => b'a',
        '$' | '§' => b's',
        '€' | '£' => b'e',
        '!' | '¡' | '|' => b'i',
        '©' | '¢' => b'c',
        _ => return None,
    })
}

/// The letter that a digit stands for inside a word that has letters (`c0nn4rd`).
pub(crate) fn digit_as_letter(digit: u8) -> u8 {
    match digit {
        b'0' => b'o',
        b'1' => b'i',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        b'8' => b'b',
        b'9' => b'g',
        other => other,
    }
}

pub(crate) fn index(small: u32) -> usize {
    usize::try_from(small).unwrap_or(usize::MAX)
}

pub(crate) fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expect: &str) {
        let mut message = Message::default();
        message.read(written);
        let mut line = Line::default();
        line.read(&message);
        let mut said = line.text;
        for join in message.joins() {
            said.push_str(" | ");
            said.push_str(std::str::from_utf8(message.text(join.text)).unwrap());
        }
        assert_eq!(said, expect, "{written}");
        for word in message.words() {
            let range = index(word.original.0)..index(word.original.1);
            assert!(written.get(range).is_some(), "{written}");
        }
    }

    #[test]
    fn words_are_folded_and_hidden_words_are_proposed() {
        check("J'ai FINI, l’exo n°3 !", "j ai fini l exo n 3 | n3");
        check("p u t e", "p u t e | put | pute | ute");
        check("p.u.t", "p u t | put | put");
        check("con.nard va", "con nard va | connard");
        check("p*te", "p te | p*te");
        check("s@lope", "salope");
        check("f**k toi", "f k toi | f**k");
        check("ok 🔫", "ok ULCFPB");
        check("", "");
        check("...", "");
        check("*pute*", "pute");
    }
}
