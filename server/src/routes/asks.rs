//! What an adult asks of a queue entry or of the chat: take, end, acknowledge, dismiss, open, close.
//!
//! Owns [`act`], the one way in which a route makes something happen in a room: asked for first, written down second, done
//! third. Never decides whether it makes sense: that is the room's `admit`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_protocol::{AlertId, ChannelId, HelpId, Pseudonym, RoomId, SeatNo, SessionId};
use vigie_room::{Ask, Input, ItemKey, Refusal, Room};

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::InRoom;
use crate::problem::{Problem, ProblemBody};
use crate::render::{Distress, Reader};
use crate::rooms::{Glimpse, Told};
use crate::texts::Lang;

/// Whom an act touches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    pub(crate) seat: Option<SeatNo>,
    pub(crate) pupil: Option<Pseudonym>,
    /// Which alert, help request or command.
    pub(crate) subject: Option<String>,
}

/// Which session an alert is of, when it is not the one that is on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Of {
    session: Option<String>,
    /// Read by the gate.
    #[expect(dead_code, reason = "named so that it is no unknown field")]
    lang: Option<String>,
}

impl Of {
    fn session(&self) -> Result<Option<SessionId>, Problem> {
        let parsed = self.session.as_deref().map(str::parse);
        parsed.transpose().map_err(|_| Problem::NotFound)
    }
}

/// Makes something happen in a room. `touched` finds whom it touches; it gives none for what the reader may not know of.
pub(crate) async fn act(
    app: &App,
    at: &InRoom,
    act: Act,
    ask: Ask,
    touched: impl FnOnce(&Room, Distress) -> Option<Touched> + Send + 'static,
) -> Result<Told, Problem> {
    act_in(app, at, None, (act, ask), touched).await
}

/// The same in a session of the room that may be over by now.
async fn act_in(
    app: &App,
    at: &InRoom,
    session: Option<SessionId>,
    (act, ask): (Act, Ask),
    touched: impl FnOnce(&Room, Distress) -> Option<Touched> + Send + 'static,
) -> Result<Told, Problem> {
    let handle = app.room(&at.room.id).await?;
    let staff = at.signed.staff.clone();
    let input = Input::Adult {
        by: staff.clone(),
        ask,
    };
    let asked = input.clone();
    let find = move |glimpse: Glimpse<'_>| {
        let room = glimpse.room.ok_or(Refusal::NoSession)?;
        let reader = Reader::of(glimpse.scene, Some(room), &staff, Lang::Fr, glimpse.online);
        let touched = touched(room, reader.distress).ok_or(Refusal::NoSuchItem)?;
        vigie_room::admit(room, &asked)?;
        Ok::<_, Refusal>((room.session().clone(), touched))
    };
    let on = handle
        .look(|glimpse| glimpse.room.map(|room| room.session().clone()))
        .await?;
    let late = session.filter(|session| on.as_ref() != Some(session));
    let found = match &late {
        Some(session) => handle.look_late(session.clone(), find).await?,
        None => handle.look(find).await?,
    };
    let (session, touched) =
        found.map_err(|refusal| app.refused(refusal, &at.room.establishment))?;
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
    let told = match late {
        Some(session) => handle.tell_late(session, input).await,
        None => handle.tell(input).await,
    };
    told.map_err(|error| app.not_told(error, &at.room.establishment))
}

/// Whom a queue entry concerns, whatever became of it; none for one that the reader may not know of.
fn entry_of(room: &Room, key: ItemKey, distress: Distress) -> Option<Touched> {
    match key {
        ItemKey::Help(id) => room.help(id).map(|help| Touched {
            seat: Some(help.seat),
            pupil: help.pupil,
            subject: Some(format!("help/{id}")),
        }),
        ItemKey::Alert(id) => room
            .alert(id)
            .filter(|alert| distress != Distress::Hidden || !alert.is_distress())
            .map(|alert| Touched {
                seat: Some(alert.seat),
                pupil: alert.pupil,
                subject: Some(format!("alert/{id}")),
            }),
    }
}

async fn help(
    app: &App,
    at: &InRoom,
    help: HelpId,
    (what, ask): (Act, Ask),
) -> Result<HttpResponse, Problem> {
    let find = move |room: &Room, distress| entry_of(room, ItemKey::Help(help), distress);
    act(app, at, what, ask, find).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn alert(
    app: &App,
    at: &InRoom,
    (alert, of): (AlertId, Of),
    (what, ask): (Act, Ask),
) -> Result<HttpResponse, Problem> {
    let find = move |room: &Room, distress| entry_of(room, ItemKey::Alert(alert), distress);
    act_in(app, at, of.session()?, (what, ask), find).await?;
    Ok(HttpResponse::NoContent().finish())
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
    let id = path.1;
    help(&app, &at, id, (Act::TakeHelp, Ask::TakeHelp { help: id })).await
}

/// Asks the pupil to wait: their panel says that an adult has seen them. Takes the request too.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/help/{help}/wait", tag = "queue",
    params(("room" = String, Path), ("help" = u64, Path)), responses(
    (status = 204, description = "Told"),
    (status = 409, description = "Another adult has it, or it is over", body = ProblemBody)))]
pub(crate) async fn wait(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, HelpId)>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    help(&app, &at, id, (Act::TellHelp, Ask::TellHelp { help: id })).await
}

/// Gives a request back that one has taken.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/help/{help}/leave", tag = "queue",
    params(("room" = String, Path), ("help" = u64, Path)), responses(
    (status = 204, description = "Nobody has it now"),
    (status = 409, description = "Another adult has it, or it is over", body = ProblemBody)))]
pub(crate) async fn leave(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, HelpId)>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    help(&app, &at, id, (Act::LeaveHelp, Ask::LeaveHelp { help: id })).await
}

/// How a help request ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ending {
    how: How,
}

/// Went there, answered from afar, sent to a neighbour or to later, was no request; of a site: not opened.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum How {
    Helped,
    Answered,
    Neighbour,
    Later,
    Mistaken,
    Refused,
}

impl How {
    const fn word(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::Answered => "answered",
            Self::Neighbour => "neighbour",
            Self::Later => "later",
            Self::Mistaken => "mistaken",
            Self::Refused => "refused",
        }
    }
}

/// Ends a help request, and says why.
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
    let id = path.1;
    let how = body.how.word().to_owned();
    help(
        &app,
        &at,
        id,
        (Act::EndHelp, Ask::EndHelp { help: id, how }),
    )
    .await
}

/// Says that one goes and sees what an alert is about.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/take", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path)), responses(
    (status = 204, description = "Taken"),
    (status = 409, description = "Another adult has it, or it is over", body = ProblemBody)))]
pub(crate) async fn take_alert(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
    of: web::Query<Of>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    alert(
        &app,
        &at,
        (id, of.into_inner()),
        (Act::TakeAlert, Ask::TakeAlert { alert: id }),
    )
    .await
}

/// Says that an adult has seen an alert.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/acknowledge", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path), ("session" = Option<String>, Query)), responses(
    (status = 204, description = "Acknowledged"),
    (status = 409, description = "Another adult was faster", body = ProblemBody)))]
pub(crate) async fn acknowledge(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
    of: web::Query<Of>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    alert(
        &app,
        &at,
        (id, of.into_inner()),
        (Act::Acknowledge, Ask::Acknowledge { alert: id }),
    )
    .await
}

/// Marks an alert as a false positive; the next rehearsal of a charter counts it.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/dismiss", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path), ("session" = Option<String>, Query)), responses(
    (status = 204, description = "Dismissed"),
    (status = 409, description = "Another adult was faster", body = ProblemBody)))]
pub(crate) async fn dismiss(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
    of: web::Query<Of>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    alert(
        &app,
        &at,
        (id, of.into_inner()),
        (Act::Dismiss, Ask::Dismiss { alert: id }),
    )
    .await
}

/// Says that an alert is to become an incident.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/raise", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path), ("session" = Option<String>, Query)), responses(
    (status = 204, description = "Raised"),
    (status = 409, description = "Another adult was faster", body = ProblemBody)))]
pub(crate) async fn raise(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
    of: web::Query<Of>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    alert(
        &app,
        &at,
        (id, of.into_inner()),
        (Act::Raise, Ask::Raise { alert: id }),
    )
    .await
}

/// Undoes what became of an alert: it waits again.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/alerts/{alert}/reopen", tag = "queue",
    params(("room" = String, Path), ("alert" = u64, Path), ("session" = Option<String>, Query)), responses(
    (status = 204, description = "It waits"),
    (status = 409, description = "It is an incident", body = ProblemBody)))]
pub(crate) async fn reopen(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, AlertId)>,
    of: web::Query<Of>,
) -> Result<HttpResponse, Problem> {
    let id = path.1;
    alert(
        &app,
        &at,
        (id, of.into_inner()),
        (Act::Reopen, Ask::Reopen { alert: id }),
    )
    .await
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
