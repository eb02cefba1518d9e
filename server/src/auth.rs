//! Signing in: passwords, tokens, and the row that a token leans on.
//!
//! Owns the signing key under `keys/` and the cookie. Never says whether an account exists: the answer and the time it
//! takes are the same. Next: [`tries`] for the limit on guesses, [`crate::policy`] for what a login may do.

use std::path::Path;
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite};
use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use vigie_protocol::{Private, Span, Stamp};

use crate::ids;
use crate::problem::Problem;
use crate::store::Store;
use crate::store::people::{LoginRow, Staff};

mod key;
mod tries;

pub(crate) use key::KeyError;
use tries::Tries;

/// How long a token is worth something by itself; renewed silently from half of it on.
const TOKEN: Span = Span::minutes(15);
/// How long a login can be renewed: a school day.
const LOGIN: Span = Span::minutes(10 * 60);
/// Passwords checked at the same time: each costs 19 MiB and tens of milliseconds of a core; further ones wait their turn.
const CHECKS_MAX: usize = 2;
/// Longest password read, bytes; a longer one is a wrong one.
const PASSWORD_MAX: usize = 256;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    /// The login row.
    sid: String,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
}

/// The gate's keeper.
#[derive(Debug)]
pub(crate) struct Auth {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    checks: Arc<Semaphore>,
    tries: Tries,
    /// Checked when no account has the name, so that it takes as long.
    nobody: Private<String>,
    secure: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) staff: Staff,
    pub(crate) login: LoginRow,
    /// Whether the token is old enough to be renewed with this answer.
    pub(crate) stale: bool,
}

impl Auth {
    /// Reads the signing key from `keys/login.key` under `data`, or makes it. `secure`: browsers reach us by https.
    pub(crate) fn open(data: &Path, secure: bool) -> Result<Self, KeyError> {
        let secret = key::read_or_make(&data.join("keys").join("login.key"))?;
        let mut validation = Validation::new(Algorithm::HS256);
        // The end is compared with the server's one clock, below; the library would read another.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Ok(Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
            validation,
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            tries: Tries::default(),
            nobody: hash_password(&Private::new(ids::token())).unwrap_or_default(),
            secure,
        })
    }

    /// Signs in, or says no in one way for every reason.
    pub(crate) async fn sign_in(
        &self,
        store: &Store,
        (name, password): (&str, Private<String>),
        peer: &str,
        now: Stamp,
    ) -> Result<LoginRow, Problem> {
        self.tries.admit(name, peer, now)?;
        let staff = store.staff_by_login(name).await?;
        let hash = staff
            .as_ref()
            .filter(|staff| !staff.disabled)
            .map_or_else(|| self.nobody.clone(), |staff| staff.password.clone());
        let holds = self.check(hash, password).await?;
        let Some(staff) = staff.filter(|staff| holds && !staff.disabled) else {
            tracing::info!(peer, "a sign-in was refused");
            return Err(Problem::BadLogin);
        };
        self.tries.forget(name, peer);
        let row = LoginRow {
            id: ids::token(),
            staff: staff.id,
            started: now,
            ends: now + LOGIN,
            revoked: false,
        };
        store.add_login(&row).await?;
        Ok(row)
    }

    async fn check(
        &self,
        hash: Private<String>,
        password: Private<String>,
    ) -> Result<bool, Problem> {
        let turn = Arc::clone(&self.checks)
            .acquire_owned()
            .await
            .map_err(|_| Problem::Unavailable)?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let fits = password.reveal().len() <= PASSWORD_MAX;
            PasswordHash::new(hash.reveal()).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.reveal().as_bytes(), &hash)
                    .is_ok()
            }) && fits
        })
        .await
        .map_err(|_| Problem::Internal)
    }

    /// Who a token is, if it is worth anything now: the signature holds, and its row is neither over nor revoked.
    pub(crate) async fn who(
        &self,
        store: &Store,
        token: &str,
        now: Stamp,
    ) -> Result<Signed, Problem> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| Problem::NotSignedIn)?
            .claims;
        let login = store
            .login(&claims.sid)
            .await?
            .filter(|login| login.staff.as_str() == claims.sub && alive(login, now))
            .ok_or(Problem::NotSignedIn)?;
        let staff = store
            .staff(&login.staff)
            .await?
            .filter(|staff| !staff.disabled)
            .ok_or(Problem::NotSignedIn)?;
        let left = Stamp(claims.exp.saturating_mul(1_000)) - now;
        Ok(Signed {
            staff,
            login,
            stale: left.0 < TOKEN.0 / 2,
        })
    }

    /// A fresh token for a login, as its cookie.
    pub(crate) fn cookie(&self, login: &LoginRow, now: Stamp) -> Result<Cookie<'static>, Problem> {
        let claims = Claims {
            sub: login.staff.to_string(),
            sid: login.id.clone(),
            iat: now.0.div_euclid(1_000),
            exp: (now + TOKEN).0.div_euclid(1_000),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| Problem::Internal)?;
        Ok(self.cookie_of(token))
    }

    /// The cookie that takes the token away.
    pub(crate) fn no_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie_of(String::new());
        cookie.make_removal();
        cookie
    }

    /// The cookie's name: with the prefix that binds it to this host wherever browsers reach us by https.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-vigie" } else { "vigie" }
    }

    // A session cookie: it ends with the browser, and its token with the row.
    fn cookie_of(&self, token: String) -> Cookie<'static> {
        Cookie::build(self.cookie_name(), token)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Strict)
            .secure(self.secure)
            .finish()
    }
}

fn alive(login: &LoginRow, now: Stamp) -> bool {
    !login.revoked && now < login.ends
}

/// Argon2id with the parameters that OWASP asks for, as PHC text; none when the password is too long to be one.
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
