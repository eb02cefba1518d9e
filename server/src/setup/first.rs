//! The code of the first run: printed once where the server was started, typed once into the page that makes the first
//! administrator.
//!
//! Owns how long it counts and how often it may be guessed: forty bits, ten tries, an hour; only its argon2id hash is kept, and
//! it is worth nothing once somebody can sign in. Never printed again: starting the server anew makes another.

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use vigie_protocol::{Private, Span};

use crate::app::App;
use crate::auth::hash_password;
use crate::ids;
use crate::store::StoreError;

/// How long a code counts.
pub(crate) const CODE: Span = Span::minutes(60);
/// How often it may be typed.
pub(crate) const TRIES_MAX: u16 = 10;
/// Its letters and digits: five bits each.
const LETTERS: usize = 8;

/// A fresh code, when nobody can sign in yet; the one before counts no more.
pub(crate) async fn first_code(app: &App) -> Result<Option<Private<String>>, StoreError> {
    if app.store.somebody_can_sign_in().await? {
        return Ok(None);
    }
    let letters = ids::letters(LETTERS).to_uppercase();
    let Some(hash) = hash_password(&Private::new(letters.clone())) else {
        return Ok(None);
    };
    let ends = app.clock.now() + CODE;
    app.store.put_first_code(&hash, ends, TRIES_MAX).await?;
    let (one, other) = letters.split_at_checked(LETTERS / 2).unwrap_or_default();
    Ok(Some(Private::new(format!("{one}-{other}"))))
}

/// Whether what was typed is the code of this hash; blanks, hyphens and case do not count, and a letter that no code holds is
/// taken for the digit that looks like it. Takes tens of milliseconds.
pub(crate) fn fits(typed: &str, hash: &Private<String>) -> bool {
    let letters: String = typed
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .map(|c| if c == 'O' { '0' } else { c })
        .take(LETTERS * 2)
        .collect();
    PasswordHash::new(hash.reveal()).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(letters.as_bytes(), &hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let hash = hash_password(&Private::new("K7F4A03B".to_owned())).unwrap();
        for typed in ["K7F4-A03B", " k7f4 ao3b ", "k7f4–a03b"] {
            assert!(fits(typed, &hash), "{typed}");
        }
        for typed in ["", "K7F4-A03C", "K7F4-A03BB"] {
            assert!(!fits(typed, &hash), "{typed}");
        }
        assert!(!fits("K7F4-A03B", &Private::default()));
    }
}
