//! Until the proof: `hello`, `challenge`, `proof`. Nothing that comes before it may cost more than a small frame.
//!
//! Never checks a signature: the driver does.

use super::{Door, ServerEnd, ServerOutput, State};
use crate::frame::{AgentFrame, CloseCode, Hello, ServerFrame, Transcript};
use crate::id::Digest;
use crate::link::{is_base64_32, is_workstation};

impl ServerEnd {
    /// The version that a first frame names, when it is not ours: such a frame need not have the shape of ours.
    pub(super) fn other_version(&self, text: &str) -> Option<u64> {
        #[derive(serde::Deserialize)]
        struct Version {
            v: u64,
        }
        let first = matches!(self.state, State::New { .. });
        let read: Option<Version> = first.then(|| serde_json::from_str(text).ok()).flatten();
        read.map(|read| read.v)
            .filter(|version| *version != u64::from(crate::WIRE_VERSION))
    }

    pub(super) fn greeted(
        &mut self,
        door: Box<Door>,
        frame: AgentFrame,
        out: &mut Vec<ServerOutput>,
    ) {
        let AgentFrame::Hello(hello) = frame else {
            return self.refuse_unproved("the first frame is `hello`", out);
        };
        if hello.v != crate::WIRE_VERSION {
            return self.refuse_version(u64::from(hello.v), out);
        }
        let wrong = if !is_workstation(hello.workstation.as_str()) {
            Some("hello: `workstation` is not 1 to 64 letters, digits, `-`, `_`, `.`")
        } else if !is_base64_32(&hello.key) {
            Some("hello: `key` is not 32 bytes in base64 (URL alphabet, no padding)")
        } else if !is_base64_32(&hello.nonce) {
            Some("hello: `nonce` is not 32 bytes in base64 (URL alphabet, no padding)")
        } else if hello.host.as_ref().is_some_and(|host| !is_host(host)) {
            Some("hello: `host` is more than 64 characters, or holds one that is not for reading")
        } else if hello.machine.as_ref().is_some_and(|own| !is_digest(own)) {
            Some("hello: `machine` is not a digest")
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return self.refuse(CloseCode::Malformed, wrong.to_owned(), out);
        }
        self.ahead = hello.at_ms - self.pulse.now;
        let text = transcript(&door, &hello).server_text();
        self.state = State::Signing {
            door,
            hello: Box::new(hello),
        };
        out.push(ServerOutput::Sign { text });
    }

    /// The server's own proof is made: it goes out with the challenge, so that the agent knows whom it proves itself to.
    pub(super) fn signed(&mut self, signature: String, out: &mut Vec<ServerOutput>) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Signing { door, hello } => {
                let challenge = ServerFrame::Challenge {
                    nonce: door.nonce.clone(),
                    server: door.server.clone(),
                    signature,
                };
                self.state = State::Challenged { door, hello };
                self.send(challenge, out);
            }
            other => self.state = other,
        }
    }

    pub(super) fn proof(
        &mut self,
        door: &Door,
        hello: Hello,
        frame: AgentFrame,
        out: &mut Vec<ServerOutput>,
    ) {
        let AgentFrame::Proof { signature, enrol } = frame else {
            return self.refuse_unproved("`proof` was expected", out);
        };
        self.state = State::Checking;
        let text = transcript(door, &hello).agent_text();
        out.push(ServerOutput::Verify {
            hello,
            text,
            signature,
            enrol,
        });
    }
}

fn transcript<'a>(door: &'a Door, hello: &'a Hello) -> Transcript<'a> {
    Transcript {
        workstation: &hello.workstation,
        server_nonce: &door.nonce,
        agent_nonce: &hello.nonce,
        server: &door.server,
        exporter: door.exporter.as_deref(),
    }
}

/// A computer's name, as adults will read it.
fn is_host(host: &str) -> bool {
    (1..=64).contains(&host.chars().count()) && !host.chars().any(char::is_control)
}

fn is_digest(digest: &Digest) -> bool {
    let text = digest.as_str();
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
