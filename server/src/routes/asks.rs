//! What an adult asks of a queue entry or of the chat: take, end, acknowledge, dismiss, open, close.
//!
//! Owns [`act`], the one way in which a route makes something happen in a room: asked for first, written down second, done
//! third. Never decides whether it makes sense: that is the room's `admit`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_filters::Severity;
use vigie_protocol::{AlertId, ChannelId, HelpId, Pseudonym, RoomId, SeatNo};
use vigie_room::picture::Item;
use vigie_room::{Ask, Input, ItemKey, Refusal, Room};

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::InRoom;
use crate::problem::{Problem, ProblemBody};
use crate::render::{Distress, Reader};
use crate::rooms::Told;
use crate::texts::Lang;

/// Whom an act touches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    pub(crate) seat: Option<SeatNo>,
    pub(crate) pupil: Option<Pseudonym>,
    /// Which alert, help request or command.
    pub(crate) subject: Option<String>,
}

/// Makes something happen in a room. `touched` finds whom it touches; it gives none for what the reader may not know of.
pub(crate) async fn act(
    app: &App,
    at: &InRoom,
    act: Act,
    ask: Ask,
    touched: impl FnOnce(&Room, Distress) -> Option<Touched> + Send + 'static,
) -> Result<Told, Problem> {
    let handle = app.room(&at.room.id).await?;
    let staff = at.signed.staff.clone();
    let input = Input::Adult {
        by: staff.clone(),
        ask: ask.clone(),
    };
    let (session, touched) = handle
        .look(move |glimpse| {
            let room = glimpse.room.ok_or(Refusal::NoSession)?;
            let reader = Reader::of(glimpse.scene, Some(room), &staff, Lang::Fr, glimpse.online);
            let touched = touched(room, reader.distress).ok_or(Refusal::NoSuchItem)?;
            vigie_room::admit(room, &input)?;
            Ok::<_, Refusal>((room.session().clone(), touched))
        })
        .await?
        .map_err(|refusal| app.refused(refusal, &at.room.establishment))?;
    let mut entry = Entry::new(
        app.clock.now(),
        &at.room.establishment,
        &at.signed.staff,
        act,
    );
    entry.room = Some(at.room.id.clone());
    entry.session = Some(session);
    entry.seat = touched.seat;
    entry.pupil = touched.pupil;
    entry.subject = touched.subject;
    app.write_down(entry).await?;
    handle
        .ask(at.signed.staff.clone(), ask)
        .await
        .map_err(|error| app.not_told(error, &at.room.establishment))
}

/// Whom a queue entry concerns; none for one that the reader may not know of.
fn entry_of(room: &Room, key: ItemKey, distress: Distress) -> Option<Touched> {
    match (key, room.item(key)) {
        (ItemKey::Help(id), Some(Item::Help(help))) => Some(Touched {
            seat: Some(help.seat),
            pupil: help.pupil,
            subject: Some(format!("help/{id}")),
        }),
        (ItemKey::Alert(id), Some(Item::Alert(alert))) => {
            let hidden =
                alert.verdict.severity == Severity::Distress && distress == Distress::Hidden;
            (!hidden).then(|| Touched {
                seat: Some(alert.seat),
                pupil: alert.pupil,
                subject: Some(format!("alert/{id}")),
            })
        }
        _ => None,
    }
}

/// Takes a help request: the others see by whom.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/help/{help}/take", tag = "queue",
    params(("room" = String, Path), ("help" = u64, Path)), responses(
    (status = 204, description = "Taken"),
    (status = 409, description = "Another adult has it, or it is over", body = ProblemBody)))]
pub(crate) async fn take(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, HelpId)>,
) -> Result<HttpResponse, Problem> {
    let help = path.1;
    act(
        &app,
        &at,
        Act::TakeHelp,
        Ask::TakeHelp { help },
        move |room, distress| entry_of(room, ItemKey::Help(help), distress),
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a help request ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ending {
    how: How,
}

/// Went there, or answered from afar.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum How {
    Helped,
    Answered,
}

/// Ends a help request.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/help/{help}/end", tag = "queue",
    params(("room" = String, Path), ("help" = u64, Path)), request_body = Ending, responses(
    (status = 204, description = "Ended"),
    (status = 409, description = "It is over already", body = ProblemBody)))]
pub(crate) async fn end(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, HelpId)>,
    body: web::Json<Ending>,
) -> Result<HttpResponse, Problem> {
    let help = path.1;
    let how = match body.how {
        How::Helped => "helped",
        How::Answered => "answered",
    }
    .to_owned();
    act(
        &app,
        &at,
        Act::EndHelp,
        Ask::EndHelp { help, how },
        move |room, distress| entry_of(room, ItemKey::Help(help), distress),
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Says that an adult deals with an alert.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/acknowledge", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path)), responses(
    (status = 204, description = "Acknowledged"),
    (status = 409, description = "It is over already", body = ProblemBody)))]
pub(crate) async fn acknowledge(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
) -> Result<HttpResponse, Problem> {
    let alert = path.1;
    act(
        &app,
        &at,
        Act::Acknowledge,
        Ask::Acknowledge { alert },
        move |room, distress| entry_of(room, ItemKey::Alert(alert), distress),
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Marks an alert as a false positive.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/dismiss", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path)), responses(
    (status = 204, description = "Dismissed"),
    (status = 409, description = "It is over already", body = ProblemBody)))]
pub(crate) async fn dismiss(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
) -> Result<HttpResponse, Problem> {
    let alert = path.1;
    act(
        &app,
        &at,
        Act::Dismiss,
        Ask::Dismiss { alert },
        move |room, distress| entry_of(room, ItemKey::Alert(alert), distress),
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which channel, and whether pupils may write in it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chat {
    #[schema(value_type = String, example = "room")]
    channel: ChannelId,
    open: bool,
}

/// Opens or closes a chat channel.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/chat", tag = "queue",
    params(("room" = String, Path)), request_body = Chat, responses(
    (status = 204, description = "Done"),
    (status = 409, description = "No session", body = ProblemBody)))]
pub(crate) async fn chat(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<Chat>,
) -> Result<HttpResponse, Problem> {
    let Chat { channel, open } = body.into_inner();
    // Channels for some seats come with the screen that chooses them; these two every seat has.
    let named = matches!(channel.as_str(), "room" | "adults");
    if !named {
        return Err(Problem::Limit("channel"));
    }
    let touched = Touched {
        subject: Some(format!("channel/{channel}")),
        ..Touched::default()
    };
    let (what, ask) = if open {
        (
            Act::OpenChat,
            Ask::OpenChat {
                channel,
                seats: Vec::new(),
            },
        )
    } else {
        (Act::CloseChat, Ask::CloseChat { channel })
    };
    act(&app, &at, what, ask, move |_, _| Some(touched)).await?;
    Ok(HttpResponse::NoContent().finish())
}
