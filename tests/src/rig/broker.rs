//! mosquitto as a relay over WebSocket, in memory and without limits: it neither stores nor judges what it passes on.
//!
//! Why it is a fair peer: it gets the same bytes from as many links at the same pace, its queues have no limit and its log is
//! off, and each room has one reader, as ours has one tablet. QoS 1 is its word for what our ack is, to publisher and reader.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::patience;
use crate::processes::Running;

use super::load::{Link, Plan, Wire};
use super::mqtt::{self, Said};
use super::school::SEATS;
use super::websocket::{Kind, Socket};

/// Links that are dialled at once.
const DIALS: usize = 100;

/// A broker that runs.
#[derive(Debug)]
pub struct Broker {
    pub address: SocketAddr,
    pub process: Running,
    _folder: TempDir,
}

impl Broker {
    /// Starts mosquitto; none when it is not installed.
    ///
    /// # Errors
    /// It is installed and does not start.
    pub async fn start() -> anyhow::Result<Option<Self>> {
        let Some(program) = [
            "/usr/sbin/mosquitto",
            "/usr/bin/mosquitto",
            "/usr/local/sbin/mosquitto",
        ]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists()) else {
            return Ok(None);
        };
        // mosquitto takes no port 0, so a free one is asked for and given back just before.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("mosquitto.conf");
        let port = address.port();
        // `lo` is how its WebSocket library says loopback. The second listener is never used: 2.0.11 does not start with
        // WebSocket listeners alone. `user`: so that it may read its folder when we are root.
        let unused = folder.path().join("unused.sock");
        std::fs::write(
            &config,
            format!(
                "listener {port} lo\nprotocol websockets\nlistener 0 {}\nuser root\nallow_anonymous true\n\
                 persistence false\nmax_inflight_messages 0\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_type error\n",
                unused.display()
            ),
        )?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&config);
        let process = Running::start(command).context("mosquitto")?;
        patience::until("mosquitto to listen", Duration::from_secs(10), || async {
            TcpStream::connect(address).await.ok()
        })
        .await;
        Ok(Some(Self {
            address,
            process,
            _folder: folder,
        }))
    }
}

impl Broker {
    /// Every publisher's link. Many dial at once: the broker looks at new WebSockets ten times a second.
    ///
    /// # Errors
    /// The broker refuses.
    pub async fn publishers(&self, many: usize) -> anyhow::Result<Vec<Link>> {
        stream::iter((0..many).map(|number| self.publisher(number)))
            .buffered(DIALS)
            .try_collect()
            .await
    }

    async fn publisher(&self, number: usize) -> anyhow::Result<Link> {
        let mut socket = self.open(&mqtt::connect(&format!("rig-{number}"))).await?;
        hear(&mut socket, &Said::Connected).await?;
        Ok(Link {
            number,
            socket,
            wire: Wire::Mqtt {
                topic: format!("rig/{}/{number}", number / SEATS),
                id: 0,
            },
        })
    }

    /// One subscriber a room, QoS 1, as one tablet watches each room of ours. Ends once each has read what its room's links
    /// publish.
    ///
    /// # Errors
    /// The broker refuses or hangs up.
    pub async fn subscribers(
        &self,
        plan: &Plan,
        pubacks: Pubacks,
    ) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
        let mut readers = JoinSet::new();
        for (room, first) in (0..plan.links).step_by(SEATS).enumerate() {
            let links = u64::try_from(SEATS.min(plan.links - first))?;
            let mut socket = self
                .open(&mqtt::connect(&format!("rig-reader-{room}")))
                .await?;
            hear(&mut socket, &Said::Connected).await?;
            let filter = format!("rig/{room}/#");
            socket.send(Kind::Binary, &mqtt::subscribe(&filter)).await?;
            hear(&mut socket, &Said::Subscribed).await?;
            readers.spawn(subscribe(socket, u64::from(plan.frames()) * links, pubacks));
        }
        Ok(readers)
    }

    async fn open(&self, connect: &[u8]) -> anyhow::Result<Socket> {
        let mut socket =
            Socket::open(self.address, "/mqtt", &[("Sec-WebSocket-Protocol", "mqtt")]).await?;
        socket.send(Kind::Binary, connect).await?;
        Ok(socket)
    }
}

/// How a subscriber acknowledges what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pubacks {
    /// One packet in one frame in one write, as each message comes: what libmosquitto, Paho and MQTT.js do.
    Each,
    /// Those of all messages that one read brought in one write: what no common client does, and the least that a broker
    /// can be asked to read. Printed beside the other so that nobody can say that the peer was made slow.
    Together,
}

async fn subscribe(mut socket: Socket, messages: u64, pubacks: Pubacks) -> anyhow::Result<()> {
    let (mut came, mut acks) = (0, Vec::new());
    while came < messages {
        let (_, payload) = socket.next().await?;
        let mut rest = payload.as_slice();
        while let Some(said) = mqtt::take(&mut rest) {
            if let Said::Published(id) = said {
                came += 1;
                acks.extend_from_slice(&mqtt::puback(id));
                if pubacks == Pubacks::Each {
                    socket.send(Kind::Binary, &acks).await?;
                    acks.clear();
                }
            }
        }
        if !socket.has_more() && !acks.is_empty() {
            socket.send(Kind::Binary, &acks).await?;
            acks.clear();
        }
    }
    Ok(())
}

async fn hear(socket: &mut Socket, expected: &Said) -> anyhow::Result<()> {
    let (_, payload) = socket.next().await?;
    let said = mqtt::take(&mut payload.as_slice());
    ensure!(
        said.as_ref() == Some(expected),
        "{said:?} instead of {expected:?}"
    );
    Ok(())
}
