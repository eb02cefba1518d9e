//! What an agent is told when it starts.

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;
use vigie_protocol::{Digest, Private, Span};

use crate::law::Compiled;
use crate::spool;
use crate::text::Lang;

/// What an agent is told when it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server waits for agents: `wss://vigie.example/agent/v1`, or `ws://` on loopback.
    pub server: Url,
    /// A folder of this agent's own: key, spool, charters, lists. One agent at a time.
    pub data: PathBuf,
    /// An enrolment token, for the first link: a secret, and behind a dot the key of the server that it is for.
    pub enrol: Option<Private<String>>,
    /// A digest of this computer's own id: [`crate::computer::machine`].
    pub machine: Option<Digest>,
    /// The computer's name: [`crate::computer::host`].
    pub host: Option<String>,
    /// Certificates to trust beside the usual ones, PEM: a school's own authority. With it the server's certificate must hold,
    /// although its key is known.
    pub authority: Option<PathBuf>,
    /// Language of what adults read in receipts.
    pub lang: Lang,
    /// The spool's limits.
    pub spool: spool::Limits,
    /// How long a lost link waits before it is tried again.
    pub back_off: BackOff,
    /// Compiled charters; agents of one process share them.
    pub compiled: Arc<Compiled>,
}

/// How long a lost link waits: `first`, then twice as long each time, up to `most`; each time a random part of it less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    /// After the first loss.
    pub first: Span,
    /// At most.
    pub most: Span,
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            first: Span::seconds(1),
            most: Span::seconds(30),
        }
    }
}

impl Config {
    /// The usual settings.
    pub fn new(server: Url, data: PathBuf) -> Self {
        Self {
            server,
            data,
            enrol: None,
            machine: None,
            host: None,
            authority: None,
            lang: Lang::default(),
            spool: spool::Limits::default(),
            back_off: BackOff::default(),
            compiled: Arc::default(),
        }
    }
}
