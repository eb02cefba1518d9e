//! What may be left in a room's inbox.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use vigie_protocol::frame::Capabilities;
use vigie_protocol::view::LiveFrame;
use vigie_protocol::{Event, SessionId, Span, StaffId, WorkstationId};
use vigie_room::fact::LinkEnd;
use vigie_room::{Input, Who};

use crate::links::{Letterbox, LinkNo};
use crate::rooms::{Glimpse, TellError, Told, Unavailable};
use crate::texts::Lang;

/// One letter.
pub(crate) enum Mail {
    /// An input whose maker waits until it is durable.
    Tell {
        /// Boxed: a letter is as large as the largest, and most carry events.
        input: Box<Input>,
        reply: oneshot::Sender<Result<Told, TellError>>,
    },
    /// Somebody reads the room at a committed moment.
    Look {
        with: Looking,
    },
    /// A link of a workstation of this room is up.
    Join(Box<Join>),
    /// It ended.
    Left {
        link: LinkNo,
        workstation: WorkstationId,
        why: LinkEnd,
    },
    Saw(Seen),
    /// Who the login of a seat is, already a pseudonym.
    Seated {
        session: SessionId,
        workstation: WorkstationId,
        who: Who,
    },
    /// In which language the panel of a link's seat is read.
    Speaks {
        link: LinkNo,
        workstation: WorkstationId,
        /// None: the server's own.
        lang: Option<Lang>,
    },
    /// A link has events of a session that is not the one at its seat: where does it resume?
    Late {
        session: SessionId,
        workstation: WorkstationId,
        letterbox: Arc<Letterbox>,
    },
    /// An adult deals with what a session that is over has left.
    TellLate {
        session: SessionId,
        input: Box<Input>,
        reply: oneshot::Sender<Result<Told, TellError>>,
    },
    /// Somebody reads a session of this room that is over.
    LookLate {
        session: SessionId,
        with: Looking,
    },
    /// A live page watches from now on.
    Watch {
        staff: StaffId,
        lang: Lang,
        frames: mpsc::Sender<Box<LiveFrame>>,
    },
    /// A live page is gone.
    Unwatched,
    /// The tables that the room draws from changed.
    Changed,
    /// The server stops; answered once all that came before is durable.
    Stop {
        done: oneshot::Sender<()>,
    },
}

impl Mail {
    /// Whether nobody minds if it waits for the next commit: many of its kind come together.
    pub(crate) fn gathers(&self) -> bool {
        matches!(
            self,
            Self::Saw(_) | Self::Join(_) | Self::Left { .. } | Self::Seated { .. }
        )
    }
}

/// Reads a room; told why when it cannot be read.
pub(crate) type Looking = Box<dyn FnOnce(Result<Glimpse<'_>, Unavailable>) + Send>;

/// A proven link and where to answer it.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) link: LinkNo,
    pub(crate) workstation: WorkstationId,
    pub(crate) can: Capabilities,
    pub(crate) letterbox: Arc<Letterbox>,
    /// In which language the panel is read; none: the server's own.
    pub(crate) lang: Option<Lang>,
}

/// New events of one link, each once and in order.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) workstation: WorkstationId,
    pub(crate) session: SessionId,
    /// How far the agent's clock is ahead of the server's.
    pub(crate) ahead: Span,
    pub(crate) events: Vec<Event>,
    /// Where to acknowledge.
    pub(crate) letterbox: Arc<Letterbox>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tell { .. } => "Tell",
            Self::Look { .. } => "Look",
            Self::Join(_) => "Join",
            Self::Left { .. } => "Left",
            Self::Saw(_) => "Saw",
            Self::Seated { .. } => "Seated",
            Self::Speaks { .. } => "Speaks",
            Self::Late { .. } => "Late",
            Self::TellLate { .. } => "TellLate",
            Self::LookLate { .. } => "LookLate",
            Self::Watch { .. } => "Watch",
            Self::Unwatched => "Unwatched",
            Self::Changed => "Changed",
            Self::Stop { .. } => "Stop",
        })
    }
}
