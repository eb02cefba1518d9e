//! Who may come in: the proof holds, and the workstation is enrolled with this key, or has a token to be.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use vigie_protocol::frame::Hello;
use vigie_protocol::link::ServerInput;
use vigie_protocol::{CloseCode, Digest, Private};

use super::{Link, Proved};
use crate::ids;
use crate::store::enrolment::{EnrolError, Newcomer};
use crate::store::places::Workstation;

impl Link {
    pub(super) async fn admit(
        &mut self,
        hello: Hello,
        text: &[u8],
        signature: &str,
    ) -> ServerInput<'static> {
        if !holds(&hello.key, text, signature) {
            return denied(CloseCode::NotProved, "the proof does not hold");
        }
        let workstation = match self.enrolled(&hello).await {
            Ok(workstation) => workstation,
            Err(denied) => return denied,
        };
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
            late: VecDeque::new(),
        });
        let place = workstation.place.map(|(room, _)| room);
        if !self.join(&mut proved, place).await {
            self.letterbox
                .session(crate::links::OnSession::None("waiting"));
        }
        let ticket = format!("{}:{}", proved.workstation, URL_SAFE_NO_PAD.encode(ticket));
        self.proved = Some(proved);
        ServerInput::Admitted(self.limits.welcome(self.clock.now(), Private::new(ticket)))
    }

    /// The workstation that the key belongs to: known before, or enrolled now by its token.
    async fn enrolled(&self, hello: &Hello) -> Result<Workstation, ServerInput<'static>> {
        let store = &self.rooms.engine().store;
        let known = match (store.workstation(&hello.workstation).await, &hello.enrol) {
            (Ok(Some(known)), _) => known,
            (Ok(None), Some(token)) => {
                let token = digest(token.reveal());
                let new = Newcomer {
                    id: &hello.workstation,
                    key: &hello.key,
                    machine: None,
                    host: None,
                };
                match store.enrol(&token, new, self.clock.now()).await {
                    Ok(enrolled) => {
                        tracing::info!(workstation = %enrolled.id, "a workstation is enrolled");
                        enrolled
                    }
                    Err(EnrolError::Store(error)) => return Err(unavailable(&error)),
                    Err(refused) => {
                        return Err(denied(CloseCode::NotEnrolled, &refused.to_string()));
                    }
                }
            }
            (Ok(None), None) => {
                return Err(denied(
                    CloseCode::NotEnrolled,
                    "the workstation is unknown here and brings no enrolment token",
                ));
            }
            (Err(error), _) => return Err(unavailable(&error)),
        };
        if known.revoked {
            Err(denied(CloseCode::NotEnrolled, "the workstation is revoked"))
        } else if known.key != hello.key {
            Err(denied(
                CloseCode::NotProved,
                "the workstation is enrolled with another key",
            ))
        } else {
            Ok(known)
        }
    }
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

fn denied(code: CloseCode, reason: &str) -> ServerInput<'static> {
    ServerInput::Denied {
        code,
        reason: reason.to_owned(),
    }
}

fn unavailable(error: &crate::store::StoreError) -> ServerInput<'static> {
    tracing::error!(
        error = crate::problem::cause(error),
        "a workstation cannot be let in"
    );
    denied(
        CloseCode::GoingAway,
        "the tables cannot be read now; come back",
    )
}
