//! Until the proof: `hello`, `challenge`, `proof`. Nothing that comes before it may cost more than a small frame.
//!
//! Never checks a signature: the driver does.

use super::{ServerEnd, ServerOutput, State};
use crate::frame::{AgentFrame, CloseCode, Hello, ServerFrame, proof_text};
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
        nonce: Box<str>,
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
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return self.refuse(CloseCode::Malformed, wrong.to_owned(), out);
        }
        self.ahead = hello.at_ms - self.pulse.now;
        let challenge = ServerFrame::Challenge {
            nonce: nonce.to_string(),
        };
        self.state = State::Challenged {
            nonce,
            hello: Box::new(hello),
        };
        self.send(challenge, out);
    }

    pub(super) fn proof(
        &mut self,
        nonce: &str,
        hello: Hello,
        frame: AgentFrame,
        out: &mut Vec<ServerOutput>,
    ) {
        let AgentFrame::Proof { signature } = frame else {
            return self.refuse_unproved("`proof` was expected", out);
        };
        self.state = State::Checking;
        let text = proof_text(&hello.workstation, nonce, &hello.nonce);
        out.push(ServerOutput::Verify {
            hello,
            text,
            signature,
        });
    }
}
