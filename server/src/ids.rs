//! The only file of the server that makes randomness: session ids, nonces, tokens, pseudonyms.
//!
//! Never keeps one. An id arrives everywhere else as an argument or is asked for here by name.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vigie_protocol::{CommandId, Day, Pseudonym, SessionId, Stamp};

/// Fills `bytes` from the system's source.
///
/// # Panics
/// When the system has no randomness to give: nothing that needs a secret may go on then.
#[expect(
    clippy::expect_used,
    reason = "without randomness no key, token or nonce is one"
)]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives randomness");
}

/// `N` random bytes, for keys and salts.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out);
    out
}

/// 32 random bytes, base64 without padding (URL alphabet): nonces, enrolment and login tokens.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// Random lower-case letters and digits that nobody mistakes for one another when read aloud; five bits each.
pub fn letters(count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut raw = vec![0_u8; count];
    fill(&mut raw);
    raw.into_iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// What a waiting machine shows and an adult reads across a room: four capitals and digits.
pub fn code() -> String {
    letters(4).to_uppercase()
}

/// A new session on this day.
pub fn session(day: Day) -> SessionId {
    SessionId::new(day, letters(12))
}

/// A pupil's pseudonym: random, so that it says nothing once the table that joins it to a name is erased.
pub fn pseudonym() -> Pseudonym {
    Pseudonym::new(letters(16))
}

/// A command of the server's own (an adult's tap mints its own).
pub fn command(now: Stamp) -> CommandId {
    CommandId::new(uuid_v7(now))
}

/// A UUID v7 of this moment.
pub fn uuid_v7(now: Stamp) -> String {
    let millis = u64::try_from(now.0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes::<10>())
        .into_uuid()
        .hyphenated()
        .to_string()
}
