//! The workstations of the rig: real keys, a real handshake, and then a socket that the load writes on.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use vigie_protocol::frame::{Capabilities, Hello, SessionLease, Transcript};
use vigie_protocol::{AGENT_SUBPROTOCOL, AgentFrame, Sensor, ServerFrame, Stamp, WorkstationId};

use super::websocket::{Kind, Socket};

/// One workstation, by its place in the rig.
#[derive(Clone, Debug)]
pub struct Workstation {
    pub id: WorkstationId,
    key: SigningKey,
}

impl Workstation {
    /// The same number gives the same key: the rig is no secret.
    pub fn number(number: usize) -> Self {
        let mut seed = [7; 32];
        for (byte, of) in seed.iter_mut().zip(number.to_le_bytes()) {
            *byte = of;
        }
        Self {
            id: WorkstationId::new(format!("rig-{number}")),
            key: SigningKey::from_bytes(&seed),
        }
    }

    /// The public key as the wire and the tables write it.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes())
    }

    /// Connects and proves itself. Answers with the lease when a session is on.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn link(
        &self,
        address: SocketAddr,
    ) -> anyhow::Result<(Socket, Option<SessionLease>)> {
        let protocol = [("Sec-WebSocket-Protocol", AGENT_SUBPROTOCOL)];
        let mut socket = Socket::open(address, "/agent/v1", &protocol).await?;
        let nonce = URL_SAFE_NO_PAD.encode([9; 32]);
        let hello = AgentFrame::Hello(Hello {
            v: vigie_protocol::WIRE_VERSION,
            workstation: self.id.clone(),
            key: self.public_key(),
            nonce: nonce.clone(),
            at_ms: now(),
            can: Capabilities {
                agent: "rig".to_owned(),
                desktop: "x11".to_owned(),
                sensors: vec![
                    Sensor::Connections,
                    Sensor::Front,
                    Sensor::Presence,
                    Sensor::Chat,
                ],
                actions: vec![
                    "message".to_owned(),
                    "lock".to_owned(),
                    "release".to_owned(),
                ],
                when_dead: None,
            },
            machine: None,
            host: None,
        });
        say(&mut socket, &hello).await?;
        loop {
            match hear(&mut socket).await? {
                ServerFrame::Challenge {
                    nonce: theirs,
                    server,
                    ..
                } => {
                    // The rig is on loopback and knows its server: it started it.
                    let transcript = Transcript {
                        workstation: &self.id,
                        server_nonce: &theirs,
                        agent_nonce: &nonce,
                        server: &server,
                        exporter: None,
                    };
                    let signature = self.key.sign(&transcript.agent_text());
                    let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
                    let enrol = None;
                    say(&mut socket, &AgentFrame::Proof { signature, enrol }).await?;
                }
                ServerFrame::Session(lease) => return Ok((socket, Some(lease))),
                ServerFrame::NoSession { .. } => return Ok((socket, None)),
                ServerFrame::Refused { code, reason } => bail!("refused with {code}: {reason}"),
                _ => {}
            }
        }
    }
}

/// The wall clock: the rig plays agents, whose clock it is.
pub fn now() -> Stamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Stamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Sends a frame.
///
/// # Errors
/// The socket is gone.
pub async fn say(socket: &mut Socket, frame: &AgentFrame) -> anyhow::Result<()> {
    socket.send(Kind::Text, frame.encode().as_bytes()).await
}

async fn hear(socket: &mut Socket) -> anyhow::Result<ServerFrame> {
    let (kind, payload) = socket.next().await?;
    if kind == Kind::Close {
        bail!("the server hung up during the handshake");
    }
    let text = String::from_utf8(payload).context("a frame")?;
    ServerFrame::decode(&text).context("a frame of the server")
}
