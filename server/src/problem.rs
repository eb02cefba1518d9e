//! The one file that maps errors to HTTP: problem+json (RFC 9457) in the reader's language.
//!
//! Owns status codes and codes of problems. Never says more than the reader may know: a school that is not theirs, a room
//! that does not exist and a page that was never there are the same 404.

use std::collections::BTreeMap;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_protocol::{Private, SeatNo};
use vigie_room::Refusal;

use crate::auth::password::Weak;
use crate::setup::Fault;
use crate::store::{Names, StoreError};
use crate::texts::{Lang, say};

/// An error as the log takes it: with its whole chain, and without a cast at every place that logs one.
pub(crate) fn cause<E: std::error::Error + 'static>(
    error: &E,
) -> &(dyn std::error::Error + 'static) {
    error
}

/// Everything that a request can be answered with instead of what it asked for.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No cookie, or one that is worth nothing any more.
    NotSignedIn,
    /// The name or the password is wrong, never saying which.
    BadLogin,
    /// The password that somebody chose, and why it will not do.
    WeakPassword(Weak),
    /// Signed in by a one-time password: first of all it is changed.
    MustChange,
    /// Too many tries; come back in so many seconds.
    TooManyTries(u64),
    /// Signed in, the school is theirs, and the role does not allow it.
    Forbidden,
    /// Not there, or not theirs to know of.
    NotFound,
    /// A write that did not come from our own pages.
    WrongOrigin,
    /// A body or a path that cannot be read: where and why, in the parser's words.
    Malformed(String),
    /// A body larger than allowed.
    TooLarge,
    /// The request did not come in time.
    Slow,
    /// Fields of a form that cannot be taken as they are, each with its words.
    Fields(Vec<Fault>),
    /// A machine is enrolled on a seat that would go.
    SeatHasMachine(SeatNo),
    /// A session is open, and the room's seats stay as they are until it ends.
    InSession,
    /// Something is filed under the room, or a machine is enrolled in it.
    RoomInUse,
    /// Without this adult nobody could set the school up.
    LastAdmin,
    /// Another school answers for this adult too.
    Elsewhere,
    /// The roster or the school is not what it was when its differences were looked at.
    RosterChanged,
    /// A limit of a field, by the field's name.
    Limit(&'static str),
    /// The school has adopted no charter, so no session may open.
    NoCharter,
    /// A session is open in this room already.
    AlreadyOpen,
    NoSession,
    NoSuchSeat(SeatNo),
    /// Another workstation is on it.
    SeatTaken(SeatNo),
    /// Nobody can be confirmed at a seat whose link is down.
    Offline(SeatNo),
    NoSuchItem,
    /// Another adult has it: their name.
    TakenBy(Private<String>),
    AlreadyEnded,
    /// Another adult was faster: their name.
    DealtBy(Private<String>),
    /// It would run into what is planned next in this room, which starts at this time.
    Overrun(String),
    /// Not now: the room could not be committed, or the server stops.
    Unavailable,
    /// A fault of ours, logged where it happened.
    Internal,
}

/// What goes over the wire.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// `urn:vigie:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The code: stable, for programs.
    code: &'static str,
    /// A sentence for people.
    title: String,
    status: u16,
    /// Which field is out of its limits, for the words beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// Where and why, in a parser's words; only for a request that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// A sentence for each field that cannot be taken as it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, String>,
}

impl Problem {
    /// Words a room's refusal; `names` are those of the reader's school.
    pub(crate) fn refused(refusal: Refusal, names: &Names) -> Self {
        match refusal {
            Refusal::NoSession => Self::NoSession,
            Refusal::AlreadyOpen => Self::AlreadyOpen,
            Refusal::Offline(seat) => Self::Offline(seat),
            Refusal::NoSuchSeat(seat) => Self::NoSuchSeat(seat),
            Refusal::NoSuchItem => Self::NoSuchItem,
            Refusal::TakenBy(staff) => {
                Self::TakenBy(names.staff.get(&staff).cloned().unwrap_or_default())
            }
            Refusal::AlreadyEnded => Self::AlreadyEnded,
            Refusal::DealtBy(staff) => {
                Self::DealtBy(names.staff.get(&staff).cloned().unwrap_or_default())
            }
            Refusal::Limit(name) => Self::Limit(name),
        }
    }

    /// The code and the status.
    pub(crate) const fn code(&self) -> (&'static str, StatusCode) {
        match self {
            Self::NotSignedIn => ("not-signed-in", StatusCode::UNAUTHORIZED),
            Self::BadLogin => ("bad-login", StatusCode::UNAUTHORIZED),
            Self::WeakPassword(Weak::Short) => ("password-short", StatusCode::UNPROCESSABLE_ENTITY),
            Self::WeakPassword(Weak::Long) => ("password-long", StatusCode::UNPROCESSABLE_ENTITY),
            Self::WeakPassword(Weak::Common) => {
                ("password-common", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::WeakPassword(Weak::Own) => ("password-own", StatusCode::UNPROCESSABLE_ENTITY),
            Self::MustChange => ("must-change", StatusCode::FORBIDDEN),
            Self::Slow => ("slow", StatusCode::REQUEST_TIMEOUT),
            Self::TooManyTries(_) => ("too-many-tries", StatusCode::TOO_MANY_REQUESTS),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND),
            Self::WrongOrigin => ("wrong-origin", StatusCode::FORBIDDEN),
            Self::Malformed(_) => ("malformed", StatusCode::BAD_REQUEST),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::Limit(_) => ("limit", StatusCode::UNPROCESSABLE_ENTITY),
            Self::Fields(_) => ("fields", StatusCode::UNPROCESSABLE_ENTITY),
            Self::SeatHasMachine(_) => ("seat-has-machine", StatusCode::CONFLICT),
            Self::InSession => ("in-session", StatusCode::CONFLICT),
            Self::RoomInUse => ("room-in-use", StatusCode::CONFLICT),
            Self::LastAdmin => ("last-admin", StatusCode::CONFLICT),
            Self::Elsewhere => ("elsewhere", StatusCode::CONFLICT),
            Self::RosterChanged => ("roster-changed", StatusCode::CONFLICT),
            Self::NoCharter => ("no-charter", StatusCode::CONFLICT),
            Self::AlreadyOpen => ("already-open", StatusCode::CONFLICT),
            Self::NoSession => ("no-session", StatusCode::CONFLICT),
            Self::NoSuchSeat(_) => ("no-such-seat", StatusCode::NOT_FOUND),
            Self::SeatTaken(_) => ("seat-taken", StatusCode::CONFLICT),
            Self::Offline(_) => ("offline", StatusCode::CONFLICT),
            Self::NoSuchItem => ("no-such-item", StatusCode::NOT_FOUND),
            Self::TakenBy(_) => ("taken", StatusCode::CONFLICT),
            Self::AlreadyEnded => ("already-ended", StatusCode::CONFLICT),
            Self::DealtBy(_) => ("already-dealt", StatusCode::CONFLICT),
            Self::Overrun(_) => ("overrun", StatusCode::CONFLICT),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The answer, in a language.
    pub(crate) fn answer(&self, lang: Lang) -> HttpResponse {
        let (code, status) = self.code();
        let key = format!("problem-{code}");
        let title = match self {
            Self::Overrun(time) => say(lang, &key, &[("time", time.as_str().into())]),
            Self::TakenBy(who) | Self::DealtBy(who) => {
                say(lang, &key, &[("who", who.reveal().as_str().into())])
            }
            Self::NoSuchSeat(seat)
            | Self::SeatTaken(seat)
            | Self::SeatHasMachine(seat)
            | Self::Offline(seat) => say(lang, &key, &[("seat", seat.0.into())]),
            Self::Limit(name) => say(lang, &key, &[("limit", (*name).into())]),
            Self::TooManyTries(seconds) => {
                say(lang, &key, &[("minutes", seconds.div_ceil(60).into())])
            }
            _ => say(lang, &key, &[]),
        };
        let body = ProblemBody {
            kind: format!("urn:vigie:problem:{code}"),
            code,
            title,
            status: status.as_u16(),
            field: match self {
                Self::Limit(name) => Some(name),
                Self::Overrun(_) => Some("minutes"),
                _ => None,
            },
            detail: match self {
                Self::Malformed(detail) => Some(detail.clone()),
                _ => None,
            },
            fields: match self {
                Self::Fields(faults) => faults
                    .iter()
                    .map(|fault| (fault.field, fault.why.words(lang)))
                    .collect(),
                _ => BTreeMap::new(),
            },
        };
        let mut answer = HttpResponseBuilder::new(status);
        if let Self::TooManyTries(seconds) = self {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        answer
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .insert_header((
                HeaderName::from_static("content-language"),
                HeaderValue::from_static(lang.code()),
            ))
            .body(serde_json::to_string(&body).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().0)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code().1
    }
    /// French, when no gate knew the reader's language.
    fn error_response(&self) -> HttpResponse {
        self.answer(Lang::Fr)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(
            error = %error,
            cause = %error.source,
            "a request met a fault of the database"
        );
        Self::Internal
    }
}
