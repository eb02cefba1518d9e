//! The server's side: one end, and a room that takes what is new, commits it some time later or fails to.

use std::collections::BTreeMap;

use vigie_protocol::link::{Door, Limits, ServerEnd, ServerInput, ServerOutput};
use vigie_protocol::{
    CloseCode, Digest, Event, EventKind, Private, SeatNo, Seq, SessionId, Span, Stamp,
    frame::SessionLease,
};

/// What survives a restart, and what does not.
#[derive(Default)]
pub(crate) struct Room {
    pub(crate) journal: BTreeMap<SessionId, Vec<Event>>,
    pub(crate) uncommitted: Vec<(SessionId, Vec<Event>)>,
    pub(crate) end: Option<ServerEnd>,
    /// The session that is on.
    pub(crate) session: Option<SessionId>,
    /// Late sessions that ask for their cursor.
    pub(crate) asked: Vec<SessionId>,
    pub(crate) late: u64,
    pub(crate) refused: Vec<String>,
}

fn first(event: &Event) -> u64 {
    match event.kind {
        EventKind::Dropped { from } => from.0,
        _ => event.seq.0,
    }
}

impl Room {
    pub(crate) fn through(&self, session: &SessionId) -> Seq {
        self.journal
            .get(session)
            .and_then(|events| events.last())
            .map_or(Seq(0), |event| event.seq)
    }

    /// Makes everything durable; each number once, in order, or this is where the test fails.
    pub(crate) fn commit(&mut self) -> Vec<(SessionId, Seq)> {
        let mut committed = Vec::new();
        for (session, events) in std::mem::take(&mut self.uncommitted) {
            for event in events {
                let through = self.through(&session);
                assert_eq!(
                    first(&event),
                    through.0 + 1,
                    "{session}: {event:?} after {through}"
                );
                self.journal.entry(session.clone()).or_default().push(event);
            }
            committed.push((session.clone(), self.through(&session)));
        }
        committed
    }

    pub(crate) fn open(&mut self, limits: Limits, now: Stamp) {
        self.end = Some(ServerEnd::new(
            limits,
            Door {
                nonce: "s".repeat(43),
                server: "i".repeat(43),
                exporter: Some("e".repeat(43)),
            },
            now,
        ));
    }

    pub(crate) fn lease(&self) -> Option<SessionLease> {
        let session = self.session.clone()?;
        Some(SessionLease {
            through: self.through(&session),
            session,
            room: "cdi".into(),
            seat: SeatNo(4),
            remaining_ms: Span::minutes(5),
            charter: Digest::from("c"),
            list: None,
            setting: vigie_protocol::Setting::default(),
            sites: Vec::new(),
            sites_only: false,
            credit: 0,
        })
    }

    /// Feeds the end and does what it asks, as a driver would. The answers are the frames to send; none when it hung up.
    pub(crate) fn step(
        &mut self,
        limits: Limits,
        now: Stamp,
        input: ServerInput<'_>,
    ) -> (Vec<String>, bool) {
        let (mut frames, mut hung_up) = (Vec::new(), false);
        let Some(end) = &mut self.end else {
            return (frames, true);
        };
        let mut todo = std::collections::VecDeque::from(end.step(now, input));
        while let Some(output) = todo.pop_front() {
            let Some(end) = &mut self.end else { break };
            match output {
                ServerOutput::Send(frame) => frames.push(frame.encode()),
                ServerOutput::Sign { text } => {
                    let signature = world_signature(&text);
                    todo.extend(end.step(now, ServerInput::Signed { signature }));
                }
                ServerOutput::Verify {
                    text, signature, ..
                } => {
                    let input = if signature == world_signature(&text) {
                        ServerInput::Admitted(limits.welcome(now, Private::new("t".to_owned())))
                    } else {
                        ServerInput::Denied {
                            code: CloseCode::NotProved,
                            reason: "wrong".to_owned(),
                        }
                    };
                    todo.extend(end.step(now, input));
                    // What an earlier link brought is durable before this one is told where to go on.
                    self.commit();
                    let input = match self.lease() {
                        Some(lease) => ServerInput::Session(lease),
                        None => ServerInput::NoSession {
                            code: None,
                            why: "none".to_owned(),
                        },
                    };
                    if let Some(end) = &mut self.end {
                        todo.extend(end.step(now, input));
                    }
                }
                ServerOutput::New { session, events } => self.uncommitted.push((session, events)),
                ServerOutput::Late { session } => {
                    self.late += 1;
                    self.asked.push(session);
                }
                ServerOutput::Close { code, reason } => {
                    if !matches!(code, CloseCode::Silent | CloseCode::CommitFailed) {
                        self.refused.push(format!("{code:?}: {reason}"));
                    }
                    hung_up = true;
                }
                ServerOutput::Seated { .. }
                | ServerOutput::Speaks { .. }
                | ServerOutput::Fetch { .. }
                | ServerOutput::Goodbye { .. }
                | ServerOutput::Offset { .. } => {}
            }
        }
        (frames, hung_up)
    }
}

/// Stands for a signature: the pair does not test Ed25519.
pub(crate) fn world_signature(text: &[u8]) -> String {
    format!("signed {}", text.len())
}
