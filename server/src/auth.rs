//! Signing in: passwords, tokens, and the row that a token leans on.
//!
//! A token is a JWT of 15 minutes; the login's row is the authority, so ending a login ends every token of it at once. A page
//! renews its token silently from half of its life on. A token that has run out is renewed too, within an hour, unless its
//! successor has been renewed already: then two browsers hold one login, and it ends for both. A login lasts ten hours at most.
//!
//! Owns the signing keys under `keys/` and the cookies. Never says whether an account exists: the answer and the time it takes
//! are the same. Next: [`tries`] for the limit on guesses, [`token`] for what is signed, [`crate::policy`] for what a login may
//! do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use vigie_protocol::{Private, Span, Stamp};

use crate::ids;
use crate::problem::Problem;
use crate::store::Store;
use crate::store::logins::LoginRow;
use crate::store::people::Staff;

mod key;
pub(crate) mod password;
mod token;
mod tries;

pub(crate) use key::{KeyError, rotate};
pub(crate) use password::{hash_password, holds, holds_nobody};
use token::{DeviceClaims, Keys, LoginClaims, Purpose};
use tries::{Trier, Tries};

/// How long a token is worth something by itself; renewed silently from half of it on.
const TOKEN: Span = Span::minutes(15);
/// How long after it was issued a token can still be renewed: a page that was left alone for longer asks for the password.
const IDLE_MAX: Span = Span::minutes(60);
/// How long a login can be renewed: a school day.
const LOGIN: Span = Span::minutes(10 * 60);
/// How long a device is known after the last signing in.
const DEVICE: Span = Span::minutes(180 * 24 * 60);
/// Logins of one adult at a time; a further one ends the oldest.
pub(crate) const LOGINS_MAX: usize = 20;
/// Passwords checked at the same time: each costs 19 MiB and tens of milliseconds of a core; further ones wait their turn.
const CHECKS_MAX: usize = 2;
/// Passwords that may wait for their turn; further ones are asked to come back.
const CHECKS_WAITING_MAX: usize = 64;
/// How long a one-time password opens.
pub(crate) const ONCE: Span = Span::minutes(72 * 60);

/// The gate's keeper.
#[derive(Debug)]
pub(crate) struct Auth {
    data: PathBuf,
    keys: ArcSwap<Keys>,
    checks: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    tries: Tries,
    secure: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) staff: Staff,
    pub(crate) login: LoginRow,
    /// The number of the token that this answer renews it by, when it is old enough.
    pub(crate) renewal: Option<i64>,
}

/// Where somebody signs in from.
#[derive(Clone, Debug, Default)]
pub(crate) struct From {
    /// The socket's own address.
    pub(crate) peer: String,
    /// The device's cookie, unread.
    pub(crate) device: Option<String>,
    /// The browser in words: `Firefox · Android`.
    pub(crate) browser: String,
}

/// A login that has just begun.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) staff: Staff,
    pub(crate) cookies: [Cookie<'static>; 2],
    /// Logins of the same adult that were ended for it, being too many.
    pub(crate) ended: Vec<String>,
}

impl Auth {
    /// Reads the signing keys under `data`, or makes the first. `secure`: browsers reach us by https.
    pub(crate) fn open(data: &Path, secure: bool) -> Result<Self, KeyError> {
        let secrets = key::read_or_make(data)?;
        Ok(Self {
            data: data.to_owned(),
            keys: ArcSwap::from_pointee(Keys::new(&secrets)),
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            waiting: Arc::new(Semaphore::new(CHECKS_WAITING_MAX)),
            tries: Tries::default(),
            secure,
        })
    }

    /// Reads the keys again: another process may have rotated them.
    pub(crate) fn reload(&self) -> Result<(), KeyError> {
        let secrets = key::read_or_make(&self.data)?;
        self.keys.store(Arc::new(Keys::new(&secrets)));
        Ok(())
    }

    /// Signs in, or says no in one way for every reason.
    pub(crate) async fn sign_in(
        &self,
        store: &Store,
        (name, password): (&str, Private<String>),
        from: &From,
        now: Stamp,
    ) -> Result<Entered, Problem> {
        let staff = store.staff_by_login(name).await?;
        let known = self.device_of(from.device.as_deref(), staff.as_ref(), now);
        let trier = Trier {
            name,
            peer: &from.peer,
            device: known.as_deref(),
        };
        self.tries.admit(trier, now).inspect_err(|_| {
            tracing::warn!(peer = from.peer, "too many sign-ins are tried");
        })?;
        let open =
            staff.filter(|staff| !staff.disabled && staff.once.is_none_or(|ends| now < ends));
        let hash = open.as_ref().map(|staff| staff.password.clone());
        let holds = self.check(hash.unwrap_or_default(), password).await?;
        let spent = match &open {
            // Of two who use a one-time password at once, one is let in.
            Some(staff) if holds && staff.once.is_some() => store.spend_once(staff).await?,
            _ => true,
        };
        let Some(staff) = open.clone().filter(|_| holds && spent) else {
            let staff = open.map(|staff| staff.id.to_string()).unwrap_or_default();
            tracing::warn!(peer = from.peer, staff, "a sign-in was refused");
            return Err(Problem::BadLogin);
        };
        self.tries.succeeded(trier);
        let login = LoginRow {
            id: ids::token(),
            staff: staff.id.clone(),
            started: now,
            ends: now + LOGIN,
            revoked: false,
            serial: 1,
            seen: now,
            device: from.browser.clone(),
        };
        store.add_login(&login).await?;
        let ended = store.end_oldest_logins(&staff.id, LOGINS_MAX, now).await?;
        let device = known.unwrap_or_else(ids::token);
        let cookies = [
            self.cookie(&login, 1, now)?,
            self.device_cookie((staff.id.as_str(), &device), now)?,
        ];
        Ok(Entered {
            staff,
            cookies,
            ended,
        })
    }

    /// Whether an adult's own password is this one; counted like a sign-in.
    pub(crate) async fn confirm(
        &self,
        staff: &Staff,
        password: Private<String>,
        login: &str,
        now: Stamp,
    ) -> Result<(), Problem> {
        let trier = Trier {
            name: &staff.login,
            peer: "",
            device: Some(login),
        };
        self.tries.admit(trier, now)?;
        if !self.check(staff.password.clone(), password).await? {
            tracing::warn!(staff = %staff.id, "a password was not confirmed");
            return Err(Problem::BadLogin);
        }
        self.tries.succeeded(trier);
        Ok(())
    }

    /// The device's id, when its cookie is one of ours for this adult.
    fn device_of(&self, cookie: Option<&str>, staff: Option<&Staff>, now: Stamp) -> Option<String> {
        let claims: DeviceClaims = self.keys.load().read(Purpose::Device, cookie?)?;
        let theirs = claims.sub == staff?.id.as_str() && now < claims.ends();
        theirs.then_some(claims.jti)
    }

    async fn check(
        &self,
        hash: Private<String>,
        password: Private<String>,
    ) -> Result<bool, Problem> {
        let place = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| Problem::Unavailable)?;
        let turn = Arc::clone(&self.checks)
            .acquire_owned()
            .await
            .map_err(|_| Problem::Unavailable)?;
        tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            holds(&password, &hash)
        })
        .await
        .map_err(|_| Problem::Internal)
    }

    /// A password as it is kept, its making counted among the checks.
    pub(crate) async fn seal(&self, password: Private<String>) -> Result<Private<String>, Problem> {
        let turn = Arc::clone(&self.checks)
            .acquire_owned()
            .await
            .map_err(|_| Problem::Unavailable)?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash_password(&password)
        })
        .await
        .map_err(|_| Problem::Internal)?
        .ok_or(Problem::Limit("password"))
    }

    /// Who a token is, if it is worth anything now: the signature holds, it is not too old, and its row is neither over nor
    /// revoked.
    pub(crate) async fn who(
        &self,
        store: &Store,
        token: &str,
        now: Stamp,
    ) -> Result<Signed, Problem> {
        let claims: LoginClaims = self
            .keys
            .load()
            .read(Purpose::Login, token)
            .ok_or(Problem::NotSignedIn)?;
        let login = store
            .login(&claims.sid)
            .await?
            .filter(|login| login.staff.as_str() == claims.sub && login.is_alive(now))
            .ok_or(Problem::NotSignedIn)?;
        let superseded = claims.n.saturating_add(1) < login.serial;
        if now >= claims.ends() {
            if superseded {
                store.revoke_login(&login.id, now).await?;
                tracing::warn!(staff = %login.staff, "an old token came back: its login is ended");
                return Err(Problem::NotSignedIn);
            }
            if now - claims.issued() >= IDLE_MAX {
                return Err(Problem::NotSignedIn);
            }
        }
        let staff = store
            .staff(&login.staff)
            .await?
            .filter(|staff| !staff.disabled)
            .ok_or(Problem::NotSignedIn)?;
        let stale = now - claims.issued() >= Span(TOKEN.0 / 2) && !superseded;
        Ok(Signed {
            staff,
            login,
            renewal: stale.then_some(claims.n.saturating_add(1)),
        })
    }

    /// The cookie that renews a login's token. Several requests may renew the same one: they give the same number.
    pub(crate) async fn renewed(
        &self,
        store: &Store,
        (login, n): (&LoginRow, i64),
        now: Stamp,
    ) -> Result<Cookie<'static>, Problem> {
        store.renew_login(&login.id, n, now).await?;
        self.cookie(login, n, now)
    }

    /// A token of a login, as its cookie.
    pub(crate) fn cookie(
        &self,
        login: &LoginRow,
        n: i64,
        now: Stamp,
    ) -> Result<Cookie<'static>, Problem> {
        let of = (login.staff.as_str(), login.id.as_str(), n);
        let claims = LoginClaims::new(of, now, now + TOKEN);
        let token = self
            .keys
            .load()
            .sign(Purpose::Login, &claims)
            .ok_or(Problem::Internal)?;
        Ok(self.cookie_of(self.cookie_name(), token))
    }

    fn device_cookie(&self, of: (&str, &str), now: Stamp) -> Result<Cookie<'static>, Problem> {
        let claims = DeviceClaims::new(of, now, now + DEVICE);
        let token = self
            .keys
            .load()
            .sign(Purpose::Device, &claims)
            .ok_or(Problem::Internal)?;
        let mut cookie = self.cookie_of(self.device_cookie_name(), token);
        cookie.set_max_age(Duration::milliseconds(DEVICE.0));
        Ok(cookie)
    }

    /// The cookie that takes the token away; the device stays known.
    pub(crate) fn no_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie_of(self.cookie_name(), String::new());
        cookie.make_removal();
        cookie
    }

    /// The cookie's name: with the prefix that binds it to this host wherever browsers reach us by https; browsers refuse the
    /// prefix over plain HTTP, which is for loopback only.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-vigie" } else { "vigie" }
    }

    /// The name of the device's cookie.
    pub(crate) fn device_cookie_name(&self) -> &'static str {
        if self.secure {
            "__Host-vigie-device"
        } else {
            "vigie-device"
        }
    }

    // A session cookie: it ends with the browser, and its token with the row.
    fn cookie_of(&self, name: &'static str, token: String) -> Cookie<'static> {
        Cookie::build(name, token)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Strict)
            .secure(self.secure)
            .finish()
    }
}

/// A browser in two words, from what it says of itself; a lie costs nothing, it is only shown to its owner.
pub(crate) fn browser_words(user_agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map_or("", |(_, words)| *words)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPad", "iPad"),
        ("iPhone", "iPhone"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        ("", system) => system.to_owned(),
        (browser, "") => browser.to_owned(),
        (browser, system) => format!("{browser} · {system}"),
    }
}

#[cfg(test)]
mod tests {
    use super::browser_words;

    #[test]
    fn a_browser_is_two_words_and_never_what_it_says() {
        let firefox = "Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0";
        assert_eq!(browser_words(firefox), "Firefox · Android");
        assert_eq!(browser_words("<script>alert(1)</script>"), "");
    }
}
