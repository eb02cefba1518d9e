//! Who may come in: the proof holds, and the workstation is enrolled with this key, or has a token to be.
//!
//! Owns the search for copied keys: one key from two computers, under two ids, or on two links that both live. A copy is
//! refused, written down and shown to the adults. Never hands out a seat: [`crate::store::enrolment`].

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use vigie_protocol::frame::Hello;
use vigie_protocol::link::ServerInput;
use vigie_protocol::{CloseCode, Digest, Private, Span, StaffId, WorkstationId};

use super::{Link, Proved};
use crate::audit::{Act, Entry};
use crate::clock::Lasting;
use crate::ids;
use crate::store::StoreError;
use crate::store::enrolment::{Cloned, EnrolError, How, Newcomer};
use crate::store::places::Workstation;

/// How long an older link may take to show that its agent lives, before a newer one takes its place. An agent that lost its
/// network dials again after a second, so this is what a cut costs at most beyond it.
const ALIVE_WITHIN: Span = Span::seconds(2);
/// Who acts in the audit log when nobody did but the server.
const SERVER: &str = "vigie";

type Denied = ServerInput<'static>;

impl Link {
    pub(super) async fn admit(
        &mut self,
        hello: Hello,
        (text, signature): (&[u8], &str),
        enrol: Option<Private<String>>,
    ) -> ServerInput<'static> {
        if !holds(&hello.key, text, signature) {
            return denied(CloseCode::NotProved, "the proof does not hold");
        }
        let workstation = match self.enrolled(&hello, enrol.as_ref()).await {
            Ok(workstation) => workstation,
            Err(denied) => return denied,
        };
        if self.is_alive(&workstation.id).await {
            return self.refuse_copy(&workstation, How::Link, &hello).await;
        }
        let ticket: [u8; 16] = ids::bytes();
        let engine = self.rooms.engine();
        let number = engine
            .links
            .enter(&workstation.id, Arc::clone(&self.letterbox), ticket);
        let Some(number) = number else {
            return denied(CloseCode::GoingAway, "the server is stopping");
        };
        engine.gauges.links.inc();
        let mut proved = Box::new(Proved {
            workstation: workstation.id,
            number,
            can: hello.can,
            room: None,
            code: workstation.code,
            late: VecDeque::new(),
        });
        let place = workstation.place.map(|(room, _)| room);
        if !self.join(&mut proved, place).await {
            self.letterbox
                .session(crate::links::OnSession::None("waiting"));
        }
        let ticket = format!("{}:{}", proved.workstation, URL_SAFE_NO_PAD.encode(ticket));
        self.proved = Some(proved);
        let welcome = self
            .gate
            .limits
            .welcome(self.clock.now(), Private::new(ticket));
        ServerInput::Admitted(welcome)
    }

    /// The workstation that the key belongs to: known before, or enrolled now by its token.
    async fn enrolled(
        &self,
        hello: &Hello,
        enrol: Option<&Private<String>>,
    ) -> Result<Workstation, Denied> {
        let store = &self.rooms.engine().store;
        let known = store.workstation(&hello.workstation).await;
        match known.map_err(|error| unavailable(&error))? {
            Some(known) if known.revoked => Err(denied(
                CloseCode::NotEnrolled,
                "the workstation is revoked; enrol it afresh, with a new key",
            )),
            Some(known) if known.key != hello.key => Err(denied(
                CloseCode::NotProved,
                "the workstation is enrolled with another key",
            )),
            Some(known) if is_elsewhere(&known, hello) => match enrol {
                // An adult vouches for it by a token: its disk went into another computer. Not while the first one lives.
                Some(token) if !self.is_alive(&known.id).await => self.enrol(hello, token).await,
                _ => Err(self.refuse_copy(&known, How::Machine, hello).await),
            },
            Some(known) => Ok(known),
            None => match enrol {
                Some(token) => self.enrol(hello, token).await,
                None => Err(self.stranger(hello).await),
            },
        }
    }

    async fn enrol(&self, hello: &Hello, token: &Private<String>) -> Result<Workstation, Denied> {
        let store = &self.rooms.engine().store;
        // A token is given out with the server's key behind a dot; the secret is what stands before it.
        let secret = token.reveal().split('.').next().unwrap_or_default();
        let new = Newcomer {
            id: &hello.workstation,
            key: &hello.key,
            machine: hello.machine.as_ref(),
            host: hello.host.as_deref(),
        };
        match store.enrol(&digest(secret), new, self.clock.now()).await {
            Ok(enrolled) => {
                tracing::info!(workstation = %enrolled.id, "a workstation is enrolled");
                Ok(enrolled)
            }
            Err(EnrolError::Store(error)) => Err(unavailable(&error)),
            Err(EnrolError::OtherWorkstation(whose)) => match store.workstation(&whose).await {
                Ok(Some(whose)) => Err(self.refuse_copy(&whose, How::Key, hello).await),
                Ok(None) => Err(denied(
                    CloseCode::NotEnrolled,
                    "the key is no workstation's",
                )),
                Err(error) => Err(unavailable(&error)),
            },
            Err(refused) => Err(denied(CloseCode::NotEnrolled, &refused.to_string())),
        }
    }

    /// An id that nobody knows, and no token: a stranger, or a copy of a key under a new id.
    async fn stranger(&self, hello: &Hello) -> Denied {
        let store = &self.rooms.engine().store;
        match store.workstation_of_key(&hello.key).await {
            Ok(Some(whose)) => self.refuse_copy(&whose, How::Key, hello).await,
            Ok(None) => denied(
                CloseCode::NotEnrolled,
                "the workstation is unknown here and brings no enrolment token",
            ),
            Err(error) => unavailable(&error),
        }
    }

    /// Whether an older link of this workstation is up and its agent answers at this moment.
    async fn is_alive(&self, workstation: &WorkstationId) -> bool {
        let Some(answer) = self.rooms.engine().links.probe(workstation) else {
            return false;
        };
        // A link that is gone, or does not answer in time, is not alive.
        matches!(
            tokio::time::timeout(ALIVE_WITHIN.duration(), answer).await,
            Ok(Ok(()))
        )
    }

    /// Refuses a copy of a key, and names it: in the log, to the adults who set the room up, and to whoever reads the audit log.
    async fn refuse_copy(&self, whose: &Workstation, how: How, hello: &Hello) -> Denied {
        let found = Cloned {
            at: self.clock.now(),
            how,
            host: hello.host.clone(),
        };
        tracing::warn!(workstation = %whose.id, how = how.word(), "a copy of a workstation's key is refused");
        match self
            .rooms
            .engine()
            .store
            .note_clone(&whose.id, &found)
            .await
        {
            Ok(true) => {
                let by = StaffId::new(SERVER);
                let mut entry = Entry::new(found.at, &whose.establishment, &by, Act::RefuseCopy);
                entry.room.clone_from(&whose.room);
                entry.seat = whose.place.as_ref().map(|(_, seat)| *seat);
                entry.subject = Some(format!("workstation/{}", whose.id));
                if let Err(error) = self.gate.audit.write(entry).await {
                    tracing::error!(
                        error = crate::problem::cause(&error),
                        "a refused copy is not in the audit log"
                    );
                }
            }
            Ok(false) => {}
            Err(error) => tracing::error!(
                error = crate::problem::cause(&error),
                "a refused copy is not written down"
            ),
        }
        let reason = match how {
            How::Machine => {
                "the key is enrolled from another computer: if this disk was copied, enrol afresh"
            }
            How::Link => {
                "the same key is connected from another computer now: one of them is a copy"
            }
            How::Key => "the key is enrolled as another workstation: enrol afresh",
        };
        denied(CloseCode::Cloned, reason)
    }
}

/// Whether the key was bound on another computer than the one that brings it.
fn is_elsewhere(known: &Workstation, hello: &Hello) -> bool {
    known.machine.is_some() && hello.machine.is_some() && known.machine != hello.machine
}

/// SHA-256 in lower-case hexadecimal: what the tables keep of an enrolment token.
pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(text)
}

/// Whether `signature` over `text` was made with the private half of `key`.
fn holds(key: &str, text: &[u8], signature: &str) -> bool {
    let verified = || {
        let key: [u8; 32] = URL_SAFE_NO_PAD.decode(key).ok()?.try_into().ok()?;
        let signature: [u8; 64] = URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        key.verify_strict(text, &Signature::from_bytes(&signature))
            .ok()
    };
    verified().is_some()
}

fn denied(code: CloseCode, reason: &str) -> Denied {
    ServerInput::Denied {
        code,
        reason: reason.to_owned(),
    }
}

fn unavailable(error: &StoreError) -> Denied {
    tracing::error!(
        error = crate::problem::cause(error),
        "a workstation cannot be let in"
    );
    denied(
        CloseCode::GoingAway,
        "the tables cannot be read now; come back",
    )
}
