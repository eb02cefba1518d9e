//! The door: a Unix socket over which the seat's own account gets a ticket to the panel, and the doctor asks how the agent is.
//!
//! The kernel says who knocks (`SO_PEERCRED`, unix(7)); no page of a browser can. One line in, one line out, then it closes.
//! Never takes anything else: the words it knows are [`Word`].

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::{Passes, Seat, Uid};
use crate::agent::{Agent, Link};
use crate::clock::moment;

/// Where the door is when the agent runs as a service with `RuntimeDirectory=vigie` (systemd.exec(5)).
pub const SHARED: &str = "/run/vigie/panel.sock";
/// Its name in the data folder, where the agent runs in the pupil's own account.
const OWN: &str = "panel.sock";
/// Longest line taken.
const LINE_MAX: usize = 16;
/// How long whoever knocks may take.
const KNOCK_WAIT: Duration = Duration::from_secs(5);
/// Knocks answered at once; the next one waits.
const KNOCKS_MAX: usize = 8;

/// What can be said at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The panel's address with a one-time ticket; for the seat's own account alone.
    Panel,
    /// How the agent is; for the seat's account, the agent's own and root.
    State,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::State => "state",
        }
    }
}

/// How the agent is: nothing that concerns the pupil.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// `up`, `dialling`, `lost` or `refused`.
    pub link: String,
    /// The server's words when it refused.
    pub refused: String,
    /// Whether a session is on here.
    pub session: bool,
    /// Whether the agent runs in the account that sits here.
    pub shared: bool,
    /// How far this machine's clock is ahead of the server's, in milliseconds; as of the last welcome.
    pub ahead_ms: Option<i64>,
    /// Where the panel answers.
    pub panel: Option<SocketAddr>,
    /// Where the proxy listens.
    pub proxy: Option<SocketAddr>,
}

/// What the door answers from.
#[derive(Clone, Debug)]
pub struct Behind {
    /// The agent.
    pub agent: Agent,
    /// Who sits here.
    pub seat: Seat,
    /// Passes to the panel.
    pub passes: Arc<Passes>,
    /// Where the panel answers.
    pub panel: SocketAddr,
    /// Where the proxy listens.
    pub proxy: SocketAddr,
}

/// Where an agent of this data folder puts its door: the service's runtime folder when systemd gave one, else the data folder.
pub fn usual(data: &Path) -> PathBuf {
    match std::env::var_os("RUNTIME_DIRECTORY") {
        Some(folder) => Path::new(&folder).join(OWN),
        None => data.join(OWN),
    }
}

/// Opens the door and answers until told to stop. What a dead agent left at the path is taken away.
///
/// # Errors
/// The socket cannot be made there.
pub fn open(path: &Path, behind: Behind, stop: CancellationToken) -> io::Result<()> {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let listener = UnixListener::bind(path)?;
    // Everybody may knock: the kernel says who it is.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
    tokio::spawn(async move {
        let places = Arc::new(tokio::sync::Semaphore::new(KNOCKS_MAX));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let behind = behind.clone();
            tokio::spawn(async move {
                let _place = place;
                // Whoever knocks and does not speak is left outside.
                let _late = tokio::time::timeout(KNOCK_WAIT, answer(stream, &behind)).await;
            });
        }
    });
    Ok(())
}

async fn answer(mut stream: UnixStream, behind: &Behind) -> io::Result<()> {
    let uid = Uid(stream.peer_cred()?.uid());
    let mut line = [0; LINE_MAX];
    let mut read = 0;
    while let Some(rest) = line.get_mut(read..).filter(|rest| !rest.is_empty()) {
        let more = stream.read(rest).await?;
        read = read.saturating_add(more);
        if more == 0 || line.contains(&b'\n') {
            break;
        }
    }
    let said = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let is = |word: Word| said == word.text().as_bytes();
    let answer = if is(Word::Panel) {
        (uid == behind.seat.uid).then(|| behind.panel())
    } else if is(Word::State) {
        let may = uid == behind.seat.uid || uid == Uid::own() || uid == Uid(0);
        may.then(|| serde_json::to_string(&behind.state()).unwrap_or_default())
    } else {
        Some(String::new())
    };
    let answer = match answer {
        None => "refused".to_owned(),
        Some(answer) if answer.is_empty() => "unknown".to_owned(),
        Some(answer) => answer,
    };
    stream.write_all(format!("{answer}\n").as_bytes()).await?;
    stream.shutdown().await
}

impl Behind {
    fn panel(&self) -> String {
        match self.passes.ticket(moment()) {
            Ok(ticket) => format!("http://{}/#{}", self.panel, ticket.reveal()),
            Err(error) => {
                tracing::error!(error = crate::chain(&error), "no ticket to the panel");
                String::new()
            }
        }
    }

    fn state(&self) -> State {
        let panel = self.agent.panel();
        let state = panel.borrow();
        let (link, refused) = match &state.link {
            Link::Dialling => ("dialling", ""),
            Link::Up => ("up", ""),
            Link::Lost { .. } => ("lost", ""),
            Link::Refused { reason, .. } => ("refused", reason.as_str()),
        };
        State {
            link: link.to_owned(),
            refused: refused.to_owned(),
            session: state.session.is_some(),
            shared: self.seat.is_own(),
            ahead_ms: (state.link != Link::Dialling).then_some(state.ahead.0),
            panel: Some(self.panel),
            proxy: Some(self.proxy),
        }
    }
}

/// Why nothing was heard at the door.
#[derive(Debug, thiserror::Error)]
pub enum KnockError {
    /// Nobody is behind it.
    #[error("no agent answers at {}", path.display())]
    Nobody {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// This account may not ask that.
    #[error("the agent does not tell this account")]
    Refused,
    /// The answer makes no sense.
    #[error("the agent's answer is not understood")]
    Unread,
}

/// Knocks and says a word; the answer. Blocks, a few seconds at most.
///
/// # Errors
/// No agent is there, or it refuses.
pub fn knock(path: &Path, word: Word) -> Result<String, KnockError> {
    let nobody = |source| KnockError::Nobody {
        path: path.to_owned(),
        source,
    };
    let mut stream = BlockingStream::connect(path).map_err(nobody)?;
    stream.set_read_timeout(Some(KNOCK_WAIT)).map_err(nobody)?;
    let line = format!("{}\n", word.text());
    stream.write_all(line.as_bytes()).map_err(nobody)?;
    let mut answer = String::new();
    BufReader::new(stream)
        .read_line(&mut answer)
        .map_err(nobody)?;
    match answer.trim() {
        "refused" => Err(KnockError::Refused),
        "" | "unknown" => Err(KnockError::Unread),
        answer => Ok(answer.to_owned()),
    }
}

/// How the agent behind that door is. Blocks, a few seconds at most.
///
/// # Errors
/// As [`knock`].
pub fn state(path: &Path) -> Result<State, KnockError> {
    let answer = knock(path, Word::State)?;
    serde_json::from_str(&answer).map_err(|_| KnockError::Unread)
}
