//! The tablets' WebSocket, `GET /api/v1/rooms/{room}/live`: a snapshot, then what changed, for one reader.
//!
//! Owns one socket: it writes what the room's driver drew and says a beat when nothing was. Never draws, never decides who
//! may watch: the route's gate did, and the login's end closes the socket. Next: `driver/tablets.rs` for the pace.

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{CloseReason, Message, MessageStream, Session};
use futures_util::StreamExt;
use tokio::sync::broadcast;
use vigie_protocol::view::LiveFrame;
use vigie_protocol::{EstablishmentId, SessionId, Span, StaffId, Stamp};

use crate::audit::{Act, Audit, Entry};
use crate::bus::Notice;
use crate::clock::{Clock, Lasting};
use crate::driver::mail::Mail;
use crate::gauges::Gauges;
use crate::policy::Permission;
use crate::rooms::{RoomHandle, Rooms, Unavailable, Watching};
use crate::store::{Store, StoreError};
use crate::texts::Lang;

/// How long a page may leave a frame unread; then it is dropped and comes back with a snapshot.
const SEND_MAX: Span = Span::seconds(10);
/// A beat is said when nothing else was for this long, so that a page notices a dead link.
const BEAT: Span = Span::seconds(5);
/// Largest message read from a page, bytes: it has nothing to say but control frames.
const HEARD_MAX: usize = 1_024;

/// Close codes of this socket; 1000 and 1001 as everywhere.
const SIGNED_OUT: u16 = 4401;
const NOT_YOURS: u16 = 4403;

/// Who watches, as the gate let them in.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    pub(crate) staff: StaffId,
    pub(crate) lang: Lang,
    /// The login's row: when it is revoked the socket closes.
    pub(crate) login: String,
    /// When the login ends by itself.
    pub(crate) until: Stamp,
    /// The room's school, in which they must keep the right to look.
    pub(crate) school: EstablishmentId,
    /// Where it is written down that they look at a session.
    pub(crate) audit: Audit,
}

/// Begins to watch a room.
pub(crate) async fn watch(
    request: &HttpRequest,
    body: web::Payload,
    rooms: &Rooms,
    room: &RoomHandle,
    watcher: Watcher,
) -> Result<Result<HttpResponse, actix_web::Error>, Unavailable> {
    let watching = room.watch(watcher.staff.clone(), watcher.lang).await?;
    let engine = rooms.engine();
    let handshake = actix_ws::handle(request, body).map(|(response, session, stream)| {
        let page = Page {
            clock: engine.clock.clone(),
            gauges: engine.gauges.clone(),
            socket: session,
            watcher,
            room: room.clone(),
            store: engine.store.clone(),
            seen: None,
            notices: rooms.bus().listen(),
        };
        actix_web::rt::spawn(page.run(watching, stream.max_frame_size(HEARD_MAX)));
        response
    });
    Ok(handshake)
}

struct Page {
    clock: Clock,
    gauges: Gauges,
    socket: Session,
    watcher: Watcher,
    room: RoomHandle,
    store: Store,
    /// The session that was last written down as looked at.
    seen: Option<SessionId>,
    notices: broadcast::Receiver<Notice>,
}

/// Why a page's socket ends.
enum Ends {
    /// The page closed it, or is gone.
    Gone,
    /// It did not read in time.
    Slow,
    Closed(u16, &'static str),
}

impl Page {
    async fn run(mut self, mut watching: Watching, mut stream: MessageStream) {
        let ends = loop {
            let beat = self.clock.now() + BEAT;
            let next = tokio::select! {
                biased;
                () = self.clock.until(self.watcher.until) => Err(Ends::Closed(SIGNED_OUT, "the login is over")),
                notice = self.notices.recv() => self.heed(notice).await.map_or(Ok(()), Err),
                heard = stream.next() => self.heard(heard).await,
                frame = watching.frames.recv() => match frame {
                    Some(frame) => match self.write_down(&frame).await {
                        Ok(()) => self.send(&frame).await,
                        Err(ends) => Err(ends),
                    },
                    None => Err(Ends::Closed(1001, "the room is stopping")),
                },
                () = self.clock.until(beat) => {
                    let now_ms = self.clock.now();
                    self.send(&LiveFrame::Beat { now_ms }).await
                }
            };
            if let Err(ends) = next {
                break ends;
            }
        };
        drop(watching);
        // So that the room notices at once who is gone.
        let _ = self.room.send(Mail::Unwatched).await;
        self.close(ends).await;
    }

    /// What happened to logins and to the server.
    async fn heed(&self, notice: Result<Notice, broadcast::error::RecvError>) -> Option<Ends> {
        match notice {
            Ok(Notice::LoginEnded { login }) if login == self.watcher.login => {
                Some(Ends::Closed(SIGNED_OUT, "the login is over"))
            }
            Ok(Notice::LoginEnded { .. }) => None,
            Ok(Notice::RightsChanged) => self.look_at_rights().await,
            Ok(Notice::Stopping) | Err(broadcast::error::RecvError::Closed) => {
                Some(Ends::Closed(1001, "the server is stopping"))
            }
            // It cannot know whether its own login was among what it missed: it comes back through the gate.
            Err(broadcast::error::RecvError::Lagged(_)) => {
                Some(Ends::Closed(1001, "come back through the gate"))
            }
        }
    }

    /// Whether the reader may still look, when somebody's rights changed.
    async fn look_at_rights(&self) -> Option<Ends> {
        let Watcher {
            staff,
            login,
            school,
            ..
        } = &self.watcher;
        let rights = async {
            let alive = self.store.login(login).await?;
            let open = self.store.staff(staff).await?;
            let grants = self.store.grants_of(staff).await?;
            let now = self.clock.now();
            let signed_in = alive.is_some_and(|login| login.is_alive(now))
                && open.is_some_and(|staff| !staff.disabled);
            let may = grants.get(school).is_some_and(|roles| {
                roles
                    .iter()
                    .any(|role| role.may().contains(&Permission::SeeLive))
            });
            Ok::<_, StoreError>((signed_in, may))
        };
        match rights.await {
            Ok((true, true)) => None,
            Ok((true, false)) => Some(Ends::Closed(NOT_YOURS, "the room is not yours any more")),
            Ok((false, _)) => Some(Ends::Closed(SIGNED_OUT, "the login is over")),
            // It cannot know: it comes back through the gate.
            Err(error) => {
                tracing::warn!(error = %error, cause = %error.source, "a page's rights cannot be read");
                Some(Ends::Closed(1001, "come back through the gate"))
            }
        }
    }

    /// Writes down, before it is shown, that the reader looks at a session that was not on when they came.
    async fn write_down(&mut self, frame: &LiveFrame) -> Result<(), Ends> {
        let LiveFrame::Snapshot { session, room, .. } = frame else {
            return Ok(());
        };
        if session.is_none() || *session == self.seen {
            return Ok(());
        }
        let Watcher {
            staff,
            school,
            audit,
            ..
        } = &self.watcher;
        let mut entry = Entry::new(self.clock.now(), school, staff, Act::LookRoom);
        entry.room = Some(room.clone());
        entry.session.clone_from(session);
        self.seen.clone_from(session);
        audit.write(entry).await.map_err(|error| {
            tracing::error!(
                error = crate::problem::cause(&error),
                "a page was closed, since the audit log could not be written"
            );
            Ends::Closed(1011, "what is looked at cannot be written down")
        })
    }

    async fn heard(
        &mut self,
        heard: Option<Result<Message, actix_ws::ProtocolError>>,
    ) -> Result<(), Ends> {
        match heard {
            Some(Ok(Message::Ping(bytes))) => {
                let pong = self.socket.pong(&bytes);
                match tokio::time::timeout(SEND_MAX.duration(), pong).await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(_)) => Err(Ends::Gone),
                    Err(_) => Err(Ends::Slow),
                }
            }
            Some(Ok(Message::Pong(_) | Message::Nop)) => Ok(()),
            Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Continuation(_))) => Err(
                Ends::Closed(1008, "a page asks over HTTP, not on this socket"),
            ),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Ends::Gone),
        }
    }

    async fn send(&mut self, frame: &LiveFrame) -> Result<(), Ends> {
        let text = match serde_json::to_string(frame) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "a live frame has no JSON form");
                return Err(Ends::Closed(1011, "the picture cannot be drawn"));
            }
        };
        match tokio::time::timeout(SEND_MAX.duration(), self.socket.text(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ends::Gone),
            Err(_) => Err(Ends::Slow),
        }
    }

    async fn close(self, ends: Ends) {
        let reason = match ends {
            Ends::Gone => None,
            Ends::Slow => {
                self.gauges.tablets_dropped.inc();
                tracing::info!("a page did not read for {} ms: dropped", SEND_MAX.0);
                return;
            }
            Ends::Closed(code, words) => Some(CloseReason {
                code: code.into(),
                description: Some(words.to_owned()),
            }),
        };
        let closed = self.socket.close(reason);
        // One that does not read its close frame is dropped.
        let _ = tokio::time::timeout(SEND_MAX.duration(), closed).await;
    }
}
