//! `GET /api/v1/class`: one class over every room in which it is, who needs me first.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::Private;
use vigie_protocol::view::{BarCard, Card, SeatCard, SeatState};

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::{Permission, ReaderLang, Signed};
use crate::problem::{Problem, ProblemBody};
use crate::render::{self, Reader};

/// Which class.
#[derive(Deserialize)]
pub(crate) struct Which {
    /// As the roster writes it.
    class: String,
}

/// One pupil of the class at a seat.
#[derive(Serialize, ToSchema)]
struct Place {
    room: String,
    room_name: String,
    school: String,
    #[schema(value_type = Object)]
    seat: SeatCard,
}

/// A room where the class has a session or pupils.
#[derive(Serialize, ToSchema)]
struct Where {
    room: String,
    #[schema(value_type = Object)]
    bar: BarCard,
}

/// A class now.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClassView {
    class: String,
    now_ms: i64,
    rooms: Vec<Where>,
    /// Who needs an adult first.
    #[schema(value_type = Vec<Object>)]
    places: Private<Vec<Place>>,
}

/// The pupils of a class who sit anywhere in a session now, in every school where the reader may look into rooms.
#[utoipa::path(get, path = "/api/v1/class", tag = "rooms", params(("class" = String, Query)), responses(
    (status = 200, body = ClassView),
    (status = 403, description = "No role that looks into rooms", body = ProblemBody)))]
pub(crate) async fn class(
    app: web::Data<App>,
    signed: Signed,
    lang: ReaderLang,
    which: web::Query<Which>,
) -> Result<HttpResponse, Problem> {
    let class = which.into_inner().class;
    let (mut rooms, mut places) = (Vec::new(), Vec::new());
    for school in app.store.establishments().await? {
        if !signed.may(&school.id, Permission::SeeLive) {
            continue;
        }
        for row in app.store.rooms_of(&school.id).await? {
            let handle = app.room(&row.id).await?;
            let (staff, wanted) = (signed.staff.clone(), class.clone());
            let seen = handle
                .look(move |glimpse| {
                    let room = glimpse.room?;
                    let reader =
                        Reader::of(glimpse.scene, Some(room), &staff, lang.0, glimpse.online);
                    let of_class = render::seats_of_class(glimpse.scene, room, &wanted);
                    let mut cards = render::cards(glimpse.scene, &reader, room, glimpse.now);
                    let seats: Vec<SeatCard> = of_class
                        .iter()
                        .filter_map(|seat| match cards.remove(&format!("seat/{seat}")) {
                            Some(Card::Seat(card)) => Some(card),
                            _ => None,
                        })
                        .collect();
                    let bar = render::bar(glimpse.scene, &reader, room);
                    (!seats.is_empty()).then(|| (room.session().clone(), bar, seats))
                })
                .await;
            // One room that cannot answer now must not hide the others.
            let Some((session, bar, seats)) = seen.ok().flatten() else {
                continue;
            };
            let mut entry = Entry::new(app.clock.now(), &school.id, &signed.staff, Act::LookClass);
            entry.room = Some(row.id.clone());
            entry.session = Some(session);
            app.write_down(entry).await?;
            rooms.push(Where {
                room: row.id.to_string(),
                bar,
            });
            places.extend(seats.into_iter().map(|seat| Place {
                room: row.id.to_string(),
                room_name: row.name.clone(),
                school: school.name.clone(),
                seat,
            }));
        }
    }
    places.sort_by_key(|place| (need(place.seat.state), place.seat.since_ms, place.seat.seat));
    Ok(HttpResponse::Ok().json(ClassView {
        class,
        now_ms: app.clock.now().0,
        rooms,
        places: Private::new(places),
    }))
}

/// Whom an adult goes to first.
const fn need(state: SeatState) -> u8 {
    match state {
        SeatState::Hand => 0,
        SeatState::Alert => 1,
        SeatState::Ask => 2,
        SeatState::Look => 3,
        SeatState::Stopped | SeatState::Link => 4,
        SeatState::Lock | SeatState::Focus => 5,
        SeatState::Work => 6,
        SeatState::Off | SeatState::NoSession | SeatState::NotEnrolled => 7,
    }
}
