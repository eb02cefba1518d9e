//! A WebSocket client that costs little, so that a thousand of them leave the machine to the server: one buffer in, one out.
//!
//! Never validates what a browser would have to (the server's accept key, masks worth guessing): it only meets our own servers.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Binary,
    Close,
}

/// One socket.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    inbox: Vec<u8>,
    /// How much of `inbox` is read.
    taken: usize,
    outbox: Vec<u8>,
    /// A message whose last fragment is still to come.
    partial: Vec<u8>,
}

const OPCODE_TEXT: u8 = 1;
const OPCODE_BINARY: u8 = 2;
const OPCODE_CLOSE: u8 = 8;
const OPCODE_PING: u8 = 9;
const OPCODE_PONG: u8 = 10;
/// Lengths that stand for a longer length that follows.
const MEDIUM: u8 = 0x7e;
const LONG: u8 = 0x7f;

impl Socket {
    /// Connects and upgrades.
    ///
    /// # Errors
    /// Nobody listens, or the answer is not an upgrade.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await.context("connect")?;
        stream.set_nodelay(true)?;
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        );
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut inbox = Vec::with_capacity(1_024);
        let end = loop {
            if let Some(at) = inbox.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            ensure!(stream.read_buf(&mut inbox).await? > 0, "hung up");
        };
        let head = String::from_utf8_lossy(inbox.get(..end).unwrap_or_default()).into_owned();
        ensure!(head.starts_with("HTTP/1.1 101"), "no upgrade: {head}");
        Ok(Self {
            stream,
            inbox,
            taken: end,
            outbox: Vec::with_capacity(512),
            partial: Vec::new(),
        })
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The socket is gone.
    pub async fn send(&mut self, kind: Kind, payload: &[u8]) -> anyhow::Result<()> {
        let opcode = match kind {
            Kind::Text => OPCODE_TEXT,
            Kind::Binary => OPCODE_BINARY,
            Kind::Close => OPCODE_CLOSE,
        };
        self.write(opcode, payload).await
    }

    async fn write(&mut self, opcode: u8, payload: &[u8]) -> anyhow::Result<()> {
        self.outbox.clear();
        self.outbox.push(0x80 | opcode);
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(small), _) if small < MEDIUM => self.outbox.push(0x80 | small),
            (_, Ok(medium)) => {
                self.outbox.push(0x80 | MEDIUM);
                self.outbox.extend_from_slice(&medium.to_be_bytes());
            }
            _ => {
                self.outbox.push(0x80 | LONG);
                let long = u64::try_from(payload.len())?;
                self.outbox.extend_from_slice(&long.to_be_bytes());
            }
        }
        // A mask of zeros: the server unmasks all the same, and we need not mask.
        self.outbox.extend_from_slice(&[0; 4]);
        self.outbox.extend_from_slice(payload);
        self.stream.write_all(&self.outbox).await?;
        Ok(())
    }

    /// The next message; pings are answered on the way. May be dropped while it waits.
    ///
    /// # Errors
    /// The socket is gone.
    pub async fn next(&mut self) -> anyhow::Result<(Kind, Vec<u8>)> {
        loop {
            while let Some((last, opcode, payload)) = self.frame()? {
                match opcode {
                    OPCODE_PING => self.write(OPCODE_PONG, &payload).await?,
                    OPCODE_PONG => {}
                    OPCODE_CLOSE => return Ok((Kind::Close, payload)),
                    _ if !last => self.partial.extend_from_slice(&payload),
                    _ => {
                        let kind = if opcode == OPCODE_BINARY {
                            Kind::Binary
                        } else {
                            Kind::Text
                        };
                        if self.partial.is_empty() {
                            return Ok((kind, payload));
                        }
                        let mut whole = std::mem::take(&mut self.partial);
                        whole.extend_from_slice(&payload);
                        return Ok((kind, whole));
                    }
                }
            }
            self.inbox.drain(..self.taken);
            self.taken = 0;
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                bail!("hung up");
            }
        }
    }

    /// Whether something was read that [`Self::next`] has not answered with.
    pub fn has_more(&self) -> bool {
        self.taken < self.inbox.len()
    }

    /// Takes one whole frame out of what was read.
    fn frame(&mut self) -> anyhow::Result<Option<(bool, u8, Vec<u8>)>> {
        let rest = self.inbox.get(self.taken..).unwrap_or_default();
        let [first, second, after @ ..] = rest else {
            return Ok(None);
        };
        ensure!(second & 0x80 == 0, "a server does not mask");
        let (length, header, after) = match second & 0x7f {
            MEDIUM => match after.split_first_chunk() {
                Some((length, after)) => (u64::from(u16::from_be_bytes(*length)), 4, after),
                None => return Ok(None),
            },
            LONG => match after.split_first_chunk() {
                Some((length, after)) => (u64::from_be_bytes(*length), 10, after),
                None => return Ok(None),
            },
            short => (u64::from(short), 2, after),
        };
        let length = usize::try_from(length)?;
        let Some(payload) = after.get(..length) else {
            return Ok(None);
        };
        let frame = (first & 0x80 != 0, first & 0x0f, payload.to_vec());
        self.taken += header + length;
        Ok(Some(frame))
    }
}
