//! An honest agent: the protocol's own machine over a real socket, its spool in memory.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use vigie_protocol::event::Sensor;
use vigie_protocol::frame::{Capabilities, SessionLease};
use vigie_protocol::link::{AgentEnd, AgentInput, AgentOutput, Identity};
use vigie_protocol::{
    AGENT_SUBPROTOCOL, AgentFrame, ChannelId, Event, EventKind, Private, ServerFrame, SessionId,
    Stamp, WorkstationId,
};

use super::house::{self, House};
use super::within;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An agent at a seat.
pub(crate) struct Agent {
    pub(crate) end: AgentEnd,
    key: SigningKey,
    socket: Option<Socket>,
    pub(crate) workstation: WorkstationId,
    /// The session on at the seat, once said.
    pub(crate) session: Option<SessionId>,
    pub(crate) lease: Option<SessionLease>,
    pub(crate) ticket: Option<Private<String>>,
    /// What came and no test has asked for yet.
    came: VecDeque<AgentOutput>,
    /// Events that are not acknowledged, as a spool would hold them.
    spool: BTreeMap<SessionId, Vec<Event>>,
    now: Stamp,
}

impl Agent {
    /// An agent that will be enrolled on `seat`.
    pub(crate) fn new(seat: u16) -> Self {
        Self::of(house::workstation(seat), seat, (None, house::token(seat)))
    }

    /// An agent of this workstation and key, on this computer, with this token.
    pub(crate) fn of(
        workstation: WorkstationId,
        key: u16,
        (machine, token): (Option<&str>, String),
    ) -> Self {
        let key = SigningKey::from_bytes(&[u8::try_from(key).unwrap(); 32]);
        let end = AgentEnd::new(Identity {
            workstation: workstation.clone(),
            key: public(&key),
            can: can(),
            enrol: (!token.is_empty()).then(|| Private::new(token)),
            machine: machine.map(|letter| vigie_protocol::Digest::new(letter.repeat(64))),
            host: machine.map(|letter| format!("CDI-PC-{letter}")),
        });
        Self {
            end,
            key,
            socket: None,
            workstation,
            session: None,
            lease: None,
            ticket: None,
            came: VecDeque::new(),
            spool: BTreeMap::new(),
            now: Stamp(0),
        }
    }

    /// A new agent, connected and told whether a session is on.
    pub(crate) async fn at(house: &House, seat: u16) -> Self {
        let mut agent = Self::new(seat);
        agent.connect(house).await;
        agent
            .wait("it is told what is on", |output| {
                matches!(
                    output,
                    AgentOutput::Session(_) | AgentOutput::NoSession { .. }
                )
            })
            .await;
        agent
    }

    /// Opens a socket, as after a cut.
    pub(crate) async fn connect(&mut self, house: &House) {
        self.now = house.clock.now();
        self.session = None;
        self.step(AgentInput::Closed).await;
        self.socket = Some(socket(house).await);
        let nonce = URL_SAFE_NO_PAD.encode([7; 32]);
        let exporter = None;
        self.step(AgentInput::Opened { nonce, exporter }).await;
        self.wait("the proof holds", |output| {
            matches!(output, AgentOutput::Up(_))
        })
        .await;
    }

    /// Drops the socket without a word.
    pub(crate) async fn cut(&mut self) {
        self.socket = None;
        self.step(AgentInput::Closed).await;
    }

    /// Says who sits here.
    pub(crate) async fn seated(&mut self, account: &str) {
        let session = self.session.clone().unwrap();
        self.step(AgentInput::Seated {
            session,
            account: Some(Private::new(account.to_owned())),
        })
        .await;
    }

    /// Writes an event to the spool and sends it. Gives its number.
    pub(crate) async fn sees(&mut self, kind: EventKind) -> u64 {
        let session = self.session.clone().unwrap();
        let event = self.end.number(&session, self.now, kind);
        let number = event.seq.0;
        self.spool
            .entry(session.clone())
            .or_default()
            .push(event.clone());
        self.step(AgentInput::Spooled { session, event }).await;
        self.step(AgentInput::Tick).await;
        number
    }

    /// A message in the session's chat.
    pub(crate) async fn says(&mut self, text: &str) -> u64 {
        self.sees(EventKind::Chat {
            channel: ChannelId::new("room"),
            text: Private::new(text.to_owned()),
        })
        .await
    }

    /// Waits until everything up to `number` is acknowledged.
    pub(crate) async fn acked(&mut self, number: u64) {
        self.wait(
            "the ack",
            |output| matches!(output, AgentOutput::Forget { through, .. } if through.0 >= number),
        )
        .await;
    }

    /// Waits for an output; those before it that nobody asked for are dropped.
    pub(crate) async fn wait(
        &mut self,
        what: &str,
        wanted: impl Fn(&AgentOutput) -> bool,
    ) -> AgentOutput {
        within(what, async {
            loop {
                while let Some(output) = self.came.pop_front() {
                    if wanted(&output) {
                        return output;
                    }
                }
                self.hear().await;
            }
        })
        .await
    }

    /// Whether the server hung up, and with which code.
    pub(crate) async fn hung_up(&mut self) -> u16 {
        let output = self
            .wait("the server hangs up", |output| {
                matches!(output, AgentOutput::Refused { .. })
            })
            .await;
        match output {
            AgentOutput::Refused { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    /// Opens a socket, proves itself and is refused; gives the code.
    pub(crate) async fn refused(&mut self, house: &House) -> u16 {
        self.now = house.clock.now();
        self.socket = Some(socket(house).await);
        let nonce = URL_SAFE_NO_PAD.encode([8; 32]);
        let exporter = None;
        self.step(AgentInput::Opened { nonce, exporter }).await;
        self.hung_up().await
    }

    /// Reads its socket for ever, as an agent does that lives; pings are answered below.
    pub(crate) async fn live(&mut self) {
        loop {
            self.hear().await;
        }
    }

    pub(crate) fn unacked(&self) -> usize {
        self.spool.values().map(Vec::len).sum()
    }

    /// Time passes at the agent: it says its beat when one is due.
    pub(crate) async fn beat(&mut self, now: Stamp) {
        self.now = now;
        self.step(AgentInput::Tick).await;
    }

    pub(crate) fn clock(&mut self, now: Stamp) {
        self.now = now;
    }

    async fn hear(&mut self) {
        let Some(socket) = &mut self.socket else {
            panic!("the agent waits without a socket");
        };
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                let frame = ServerFrame::decode(&text).unwrap();
                self.step(AgentInput::Received(frame)).await;
            }
            Some(Ok(_)) => {}
            other => panic!("the socket ended with {other:?}; came: {:?}", self.came),
        }
    }

    async fn step(&mut self, input: AgentInput) {
        let mut outputs = VecDeque::from(self.end.step(self.now, input));
        while let Some(output) = outputs.pop_front() {
            match output {
                AgentOutput::Send(frame) => self.send(&frame).await,
                AgentOutput::Sign { text, .. } => {
                    let signature = URL_SAFE_NO_PAD.encode(self.key.sign(&text).to_bytes());
                    outputs.extend(self.end.step(self.now, AgentInput::Signed { signature }));
                }
                other => {
                    match &other {
                        AgentOutput::Session(lease) => {
                            self.session = Some(lease.session.clone());
                            self.lease = Some(lease.clone());
                        }
                        AgentOutput::Up(welcome) => self.ticket = Some(welcome.ticket.clone()),
                        AgentOutput::NoSession { .. } => self.session = None,
                        AgentOutput::Forget { session, through } => {
                            if let Some(events) = self.spool.get_mut(session) {
                                events.retain(|event| event.seq > *through);
                            }
                        }
                        _ => {}
                    }
                    self.came.push_back(other);
                }
            }
        }
    }

    async fn send(&mut self, frame: &AgentFrame) {
        if let Some(socket) = &mut self.socket {
            // A socket that the server closed: what was sent is sent again on the next.
            let _ = socket.send(Message::text(frame.encode())).await;
        }
    }
}

/// A socket that has said nothing yet.
pub(crate) async fn socket(house: &House) -> Socket {
    let mut request = format!("ws://{}/agent/v1", house.address)
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", AGENT_SUBPROTOCOL.parse().unwrap());
    let (socket, _) = within(
        "the socket opens",
        tokio_tungstenite::connect_async(request),
    )
    .await
    .unwrap();
    socket
}

pub(crate) fn public(key: &SigningKey) -> String {
    URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes())
}

pub(crate) fn can() -> Capabilities {
    Capabilities {
        agent: "0.1.0".to_owned(),
        desktop: "x11".to_owned(),
        sensors: vec![Sensor::Connections, Sensor::Chat, Sensor::Front],
        actions: vec![
            "message".to_owned(),
            "lock".to_owned(),
            "release".to_owned(),
        ],
        when_dead: None,
    }
}
