//! `GET …/seats/{seat}`, `POST …/seats/{seat}/person`, `GET …/pupils`: one seat, and who sits there.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{Private, Pseudonym, RoomId, SeatNo};
use vigie_room::picture::Audience;
use vigie_room::{Ask, Refusal};

use super::asks::{Touched, act};
use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::{InRoom, ReaderLang};
use crate::problem::{Problem, ProblemBody};
use crate::rooms::TellError;
use crate::{ids, render};

/// The seat sheet. Looking at it is written in the audit log before it is shown.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/seats/{seat}", tag = "seats",
    params(("room" = String, Path), ("seat" = u16, Path)), responses(
    (status = 200, description = "`SheetView`", body = Object),
    (status = 404, description = "No such seat", body = ProblemBody)))]
pub(crate) async fn sheet(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
    path: web::Path<(RoomId, SeatNo)>,
) -> Result<HttpResponse, Problem> {
    let seat = path.1;
    let staff = at.signed.staff.clone();
    let handle = app.room(&at.room.id).await?;
    let (session, pupil, sheet) = handle
        .look(move |glimpse| {
            let reader =
                render::Reader::of(glimpse.scene, glimpse.room, &staff, lang.0, glimpse.online);
            let Some(room) = glimpse.room else {
                let sheet = render::sheet_between(glimpse.scene, &reader, glimpse.links, seat)?;
                return Some((None, None, sheet));
            };
            let pupil = room.tile(seat, glimpse.now, Audience::Others)?.pupil;
            let sheet = render::sheet(glimpse.scene, &reader, room, seat, glimpse.now)?;
            Some((Some(room.session().clone()), pupil, sheet))
        })
        .await?
        .ok_or_else(|| app.refused(Refusal::NoSuchSeat(seat), &at.room.establishment))?;
    let mut entry = Entry::new(
        app.clock.now(),
        &at.room.establishment,
        &at.signed.staff,
        Act::LookSheet,
    );
    entry.room = Some(at.room.id.clone());
    entry.session = session;
    entry.seat = Some(seat);
    entry.pupil = pupil;
    let watched = entry.session.is_some();
    app.write_down(entry).await?;
    if watched {
        // The pupil is told who looked. A room that has just closed tells nobody any more.
        let told = handle
            .ask(at.signed.staff.clone(), Ask::Look { seat })
            .await;
        if let Err(TellError::Unavailable(why)) = told {
            return Err(why.into());
        }
    }
    Ok(HttpResponse::Ok().json(sheet))
}

/// A pupil to choose.
#[derive(Serialize, ToSchema)]
pub(crate) struct Choice {
    /// The pseudonym, for `…/person`.
    #[schema(value_type = String)]
    pupil: Pseudonym,
    #[schema(value_type = String)]
    name: Private<String>,
    class: String,
    /// Whether they are expected in the session that is on: of its class, or on its list.
    expected: bool,
}

/// The school's pupils, by name, for confirming who sits at a seat.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/pupils", tag = "seats",
    params(("room" = String, Path)), responses((status = 200, body = Vec<Choice>)))]
pub(crate) async fn pupils(app: web::Data<App>, at: InRoom) -> Result<HttpResponse, Problem> {
    let mut entry = Entry::new(
        app.clock.now(),
        &at.room.establishment,
        &at.signed.staff,
        Act::LookPupils,
    );
    entry.room = Some(at.room.id.clone());
    app.write_down(entry).await?;
    let names = app.store.names(&at.room.establishment);
    let handle = app.room(&at.room.id).await?;
    let (class, listed) = handle
        .look(|glimpse| {
            let opening = glimpse.room.and_then(vigie_room::Room::opening);
            opening.map(|opening| (opening.setting.class.clone(), opening.pupils.clone()))
        })
        .await?
        .unwrap_or_default();
    let mut choices: Vec<Choice> = names
        .pupils
        .iter()
        .filter(|(_, name)| !name.left)
        .map(|(pupil, name)| Choice {
            pupil: pupil.clone(),
            name: name.full.clone(),
            class: name.class.clone(),
            expected: listed.contains(pupil) || (!class.is_empty() && name.class == class),
        })
        .collect();
    choices.sort_by(|one, other| {
        (!one.expected, &one.class, &one.name).cmp(&(!other.expected, &other.class, &other.name))
    });
    Ok(HttpResponse::Ok().json(choices))
}

/// Who sits here, by an adult's word.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    #[schema(value_type = String)]
    pupil: Pseudonym,
}

/// Confirms who sits at a seat; what is seen from now on is filed under them, and nothing from before.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/seats/{seat}/person", tag = "seats",
    params(("room" = String, Path), ("seat" = u16, Path)), request_body = Person, responses(
    (status = 204, description = "Confirmed"),
    (status = 404, description = "No such seat or pupil", body = ProblemBody)))]
pub(crate) async fn person(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, SeatNo)>,
    body: web::Json<Person>,
) -> Result<HttpResponse, Problem> {
    let seat = path.1;
    let pupil = body.into_inner().pupil;
    let names = app.store.names(&at.room.establishment);
    if names.pupils.get(&pupil).is_none_or(|name| name.left) {
        return Err(Problem::NotFound);
    }
    let touched = Touched {
        seat: Some(seat),
        pupil: Some(pupil.clone()),
        subject: None,
    };
    act(
        &app,
        &at,
        Act::Confirm,
        Ask::Confirm { seat, pupil },
        move |_, _| Some(touched),
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Somebody without a place in the roster.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guest {
    /// At most 80 characters.
    #[schema(value_type = String)]
    name: Private<String>,
}

/// Longest name of a guest, characters.
const GUEST_MAX: usize = 80;

/// Names a guest at a seat; the name is forgotten with the last thing that can be filed under it.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/seats/{seat}/guest", tag = "seats",
    params(("room" = String, Path), ("seat" = u16, Path)), request_body = Guest, responses(
    (status = 204, description = "Named"),
    (status = 422, description = "Not a name", body = ProblemBody)))]
pub(crate) async fn guest(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, SeatNo)>,
    body: web::Json<Guest>,
) -> Result<HttpResponse, Problem> {
    let seat = path.1;
    let name = body.name.reveal().trim().to_owned();
    let fine = (1..=GUEST_MAX).contains(&name.chars().count());
    if !fine || name.chars().any(char::is_control) {
        return Err(Problem::Limit("name"));
    }
    let pupil = ids::pseudonym();
    let touched = Touched {
        seat: Some(seat),
        pupil: Some(pupil.clone()),
        subject: None,
    };
    let school = &at.room.establishment;
    let (now, name) = (app.clock.now(), Private::new(name));
    app.store.add_guest(school, (&pupil, &name), now).await?;
    act(
        &app,
        &at,
        Act::NameGuest,
        Ask::Confirm { seat, pupil },
        move |_, _| Some(touched),
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
