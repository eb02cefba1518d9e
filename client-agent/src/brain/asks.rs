//! What the pupil may ask through the panel, and why it is refused.

use std::collections::VecDeque;

use vigie_protocol::view::SeatView;
use vigie_protocol::{AlertId, ChannelId, Digest, EventKind, Private, Span, site_admits};

use crate::clock::Mono;

/// Longest chat message, in characters; a longer one is refused.
pub const CHAT_CHARS_MAX: usize = 500;
/// Longest text of a help request or of a contest, in characters; a longer one is refused.
pub const WORDS_CHARS_MAX: usize = 300;
/// Longest host, in characters.
const HOST_MAX: usize = 253;
/// Most asks in [`ASKS_WINDOW`]; the next is refused.
const ASKS_MAX: usize = 20;
const ASKS_WINDOW: Span = Span(30_000);

/// What the pupil asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Raise the hand.
    Help {
        /// What for; may be empty.
        text: Private<String>,
    },
    /// Lower it.
    HelpWithdrawn,
    /// Send a message in a channel.
    Chat {
        /// Which.
        channel: ChannelId,
        /// The words.
        text: Private<String>,
    },
    /// Contest one of my alerts.
    Contest {
        /// Which.
        alert: AlertId,
        /// Why; may be empty.
        text: Private<String>,
    },
    /// Ask that a site be opened for the session.
    Site {
        /// Its host.
        host: String,
        /// What for; may be empty.
        text: Private<String>,
    },
    /// Accept the charter in force.
    Accept,
}

/// Why an ask is refused. Each is a key of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No session is on at this seat.
    #[error("ask-no-session")]
    NoSession,
    /// The disk does not take it.
    #[error("ask-not-kept")]
    NotKept,
    /// The agent is stopping.
    #[error("ask-stopping")]
    Stopping,
    /// There are no words.
    #[error("ask-empty")]
    Empty,
    /// Too many characters.
    #[error("ask-too-long")]
    TooLong,
    /// Too many asks in a short time.
    #[error("ask-too-fast")]
    TooFast,
    /// The hand is raised already.
    #[error("ask-hand-raised")]
    HandRaised,
    /// No hand is raised.
    #[error("ask-no-hand")]
    NoHand,
    /// The channel is closed to this seat.
    #[error("ask-chat-closed")]
    ChatClosed,
    /// No such alert of this seat, or it is contested already.
    #[error("ask-no-alert")]
    NoAlert,
    /// Not the host of a site.
    #[error("ask-no-site")]
    NoSite,
    /// It passes already, or was asked for and waits.
    #[error("ask-site-asked")]
    SiteAsked,
    /// This version was accepted already.
    #[error("ask-accepted")]
    Accepted,
}

/// What was asked lately.
#[derive(Debug, Default)]
pub(super) struct Asks {
    lately: VecDeque<Mono>,
    /// Whether the hand is up by the pupil's own word, until the view says the same.
    hand: Option<bool>,
    contested: Vec<AlertId>,
    /// Sites that were asked for and that the view does not show yet.
    sites: Vec<String>,
    accepted: Option<Digest>,
}

impl Asks {
    /// The event that the ask becomes.
    pub(super) fn take(
        &mut self,
        now: Mono,
        asked: Asked,
        view: &SeatView,
        charter: &Digest,
    ) -> Result<EventKind, Refusal> {
        let kind = self.admit(asked, view, charter)?;
        while self
            .lately
            .front()
            .is_some_and(|at| *at + ASKS_WINDOW <= now)
        {
            self.lately.pop_front();
        }
        if self.lately.len() >= ASKS_MAX {
            return Err(Refusal::TooFast);
        }
        self.lately.push_back(now);
        match &kind {
            EventKind::HelpAsked { .. } => self.hand = Some(true),
            EventKind::HelpWithdrawn {} => self.hand = Some(false),
            EventKind::Contested { alert, .. } => self.contested.push(*alert),
            EventKind::SiteAsked { host, .. } => self.sites.push(host.clone()),
            EventKind::CharterAccepted { charter } => self.accepted = Some(charter.clone()),
            _ => {}
        }
        Ok(kind)
    }

    fn admit(&self, asked: Asked, view: &SeatView, charter: &Digest) -> Result<EventKind, Refusal> {
        match asked {
            Asked::Help { text } if !self.hand_up(view) => Ok(EventKind::HelpAsked {
                text: trimmed(&text, WORDS_CHARS_MAX)?,
            }),
            Asked::Help { .. } => Err(Refusal::HandRaised),
            Asked::HelpWithdrawn if self.hand_up(view) => Ok(EventKind::HelpWithdrawn {}),
            Asked::HelpWithdrawn => Err(Refusal::NoHand),
            Asked::Chat { channel, text } => {
                if !view.channels.contains(&channel) {
                    return Err(Refusal::ChatClosed);
                }
                let text = trimmed(&text, CHAT_CHARS_MAX)?;
                if text.reveal().is_empty() {
                    return Err(Refusal::Empty);
                }
                Ok(EventKind::Chat { channel, text })
            }
            Asked::Contest { alert, text } => {
                let mine = view.alerts.iter().find(|mine| mine.alert == alert);
                let contested = self.contested.contains(&alert);
                if contested || mine.is_none_or(|mine| mine.state == "contested") {
                    return Err(Refusal::NoAlert);
                }
                Ok(EventKind::Contested {
                    alert,
                    text: trimmed(&text, WORDS_CHARS_MAX)?,
                })
            }
            Asked::Site { host, text } => {
                let host = host.trim().trim_end_matches('.').to_lowercase();
                let odd = |c: char| c.is_whitespace() || c.is_control() || "/?#@<>\"".contains(c);
                if host.is_empty() || host.len() > HOST_MAX || host.contains(odd) {
                    return Err(Refusal::NoSite);
                }
                let waits = |asked: &vigie_protocol::view::SeatAsked| {
                    asked.host == host && asked.state == "open"
                };
                if self.sites.contains(&host)
                    || view.asked.iter().any(waits)
                    || site_admits(&view.sites, &host)
                {
                    return Err(Refusal::SiteAsked);
                }
                Ok(EventKind::SiteAsked {
                    host,
                    text: trimmed(&text, WORDS_CHARS_MAX)?,
                })
            }
            Asked::Accept => {
                let known = view.accepted && view.charter.as_ref() == Some(charter);
                if known || self.accepted.as_ref() == Some(charter) {
                    return Err(Refusal::Accepted);
                }
                Ok(EventKind::CharterAccepted {
                    charter: charter.clone(),
                })
            }
        }
    }

    /// The view came: once it says what was asked here, it is the view that holds.
    pub(super) fn viewed(&mut self, view: &SeatView) {
        if self.hand == Some(view.help_open) {
            self.hand = None;
        }
        self.sites
            .retain(|site| !view.asked.iter().any(|asked| asked.host == *site));
    }

    pub(super) fn hand(&self) -> Option<bool> {
        self.hand
    }

    fn hand_up(&self, view: &SeatView) -> bool {
        self.hand.unwrap_or(view.help_open)
    }
}

fn trimmed(text: &Private<String>, chars_max: usize) -> Result<Private<String>, Refusal> {
    let text = text.reveal().trim();
    if text.chars().count() > chars_max {
        return Err(Refusal::TooLong);
    }
    Ok(Private::new(text.to_owned()))
}
