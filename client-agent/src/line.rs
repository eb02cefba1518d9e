//! The socket under the link: dials, carries texts both ways, and dials again after a while when it is lost.
//!
//! Never knows what a text means. One task, which ends when its [`Line`] is dropped. Next: [`dial`] for TCP, TLS and the
//! WebSocket's handshake.

pub(crate) mod dial;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WireCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::{CancellationToken, DropGuard};
use vigie_protocol::{CloseCode, Span};

use crate::config::BackOff;
use crate::ids;
use dial::{Channel, Dialled, Dialler};

/// Most texts that wait to be written. A peer that lets them pile up is taken for dead: the socket is dropped.
const WRITES_WAITING_MAX: usize = 64;
/// Most texts that wait to be read; then the peer waits.
const READS_WAITING_MAX: usize = 16;
/// Time allowed from the first packet to an open WebSocket.
const DIAL_WITHIN: Duration = Duration::from_secs(15);
/// Time allowed for the closing handshake.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// What the line says.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A socket opened; what goes to it, and what it shares with its other end.
    Opened(Mouth, Channel),
    /// A text arrived.
    Text(Utf8Bytes),
    /// Something that is not a text arrived.
    NotText,
    /// The socket is gone, or none could be had: why, for the log.
    Closed {
        /// In the words of the network.
        why: String,
    },
}

/// What goes to one socket. Dropping it closes the socket.
#[derive(Debug)]
pub(crate) struct Mouth(mpsc::Sender<Said>);

#[derive(Debug)]
enum Said {
    Text(String),
    Close(CloseFrame),
    /// The peer welcomed us: the next loss waits only a short while.
    Welcomed,
    /// The peer refused us: it will not change its mind for so long.
    Refused(Span),
}

impl Mouth {
    /// Writes a text; false when the socket is gone or does not keep up.
    #[must_use]
    pub(crate) fn say(&self, text: String) -> bool {
        self.0.try_send(Said::Text(text)).is_ok()
    }

    pub(crate) fn welcomed(&self) {
        // When the socket is gone already, it is the loss of a socket that was never used.
        let _gone = self.0.try_send(Said::Welcomed);
    }

    pub(crate) fn refused(&self, again_after: Span) {
        // When the socket is gone already, the usual wait has to do.
        let _gone = self.0.try_send(Said::Refused(again_after));
    }

    pub(crate) fn close(self, code: CloseCode, reason: String) {
        let frame = CloseFrame {
            code: WireCode::from(code.number()),
            reason: reason.into(),
        };
        // Dropping the mouth closes the socket anyway.
        let _gone = self.0.try_send(Said::Close(frame));
    }
}

/// The line.
#[derive(Debug)]
pub(crate) struct Line {
    heard: mpsc::Receiver<Heard>,
    _running: DropGuard,
}

impl Line {
    /// Starts to dial.
    pub(crate) fn start(dialler: Arc<Dialler>, back_off: BackOff) -> Self {
        let (heard_in, heard) = mpsc::channel(READS_WAITING_MAX);
        let stop = CancellationToken::new();
        let token = stop.clone();
        tokio::spawn(async move {
            token
                .run_until_cancelled_owned(dial_for_ever(dialler, back_off, heard_in))
                .await
        });
        Self {
            heard,
            _running: stop.drop_guard(),
        }
    }

    /// What comes next. None only after the line's task is gone.
    pub(crate) async fn hear(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }
}

async fn dial_for_ever(dialler: Arc<Dialler>, back_off: BackOff, heard: mpsc::Sender<Heard>) {
    let mut wait = back_off.first;
    loop {
        let mut refused = Span(0);
        let dialled = tokio::time::timeout(DIAL_WITHIN, Box::pin(dialler.websocket())).await;
        let why = match dialled {
            Ok(Ok((socket, channel))) => {
                let (mouth, said) = mpsc::channel(WRITES_WAITING_MAX);
                if heard
                    .send(Heard::Opened(Mouth(mouth), channel))
                    .await
                    .is_err()
                {
                    return;
                }
                let (why, word) = Box::pin(carry(socket, said, &heard)).await;
                match word {
                    Some(Word::Welcomed) => wait = back_off.first,
                    Some(Word::Refused(again_after)) => refused = again_after,
                    None => {}
                }
                why
            }
            Ok(Err(error)) => crate::chain(&error),
            Err(_) => "no answer in time".to_owned(),
        };
        if heard.send(Heard::Closed { why }).await.is_err() {
            return;
        }
        let pause = Span(ids::jittered(wait).0.max(refused.0));
        let millis = u64::try_from(pause.0).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        wait = Span(wait.0.saturating_mul(2).clamp(1, back_off.most.0.max(1)));
    }
}

/// The peer's last word on us.
#[derive(Clone, Copy, Debug)]
enum Word {
    Welcomed,
    Refused(Span),
}

/// Carries texts until either side is gone; both directions go on while the other waits.
async fn carry(
    socket: Dialled,
    mut said: mpsc::Receiver<Said>,
    heard: &mpsc::Sender<Heard>,
) -> (String, Option<Word>) {
    let (mut sink, mut stream) = socket.split();
    let mut word = None;
    let writing = async {
        while let Some(said) = said.recv().await {
            let written = match said {
                Said::Text(text) => sink.send(Message::text(text)).await,
                Said::Welcomed => {
                    word = Some(Word::Welcomed);
                    Ok(())
                }
                Said::Refused(again_after) => {
                    word = Some(Word::Refused(again_after));
                    Ok(())
                }
                Said::Close(frame) => {
                    return sink.send(Message::Close(Some(frame))).await.err();
                }
            };
            if let Err(error) = written {
                return Some(error);
            }
        }
        sink.close().await.err()
    };
    let reading = async {
        loop {
            let message = match stream.next().await {
                Some(Ok(Message::Text(text))) => Heard::Text(text),
                Some(Ok(Message::Binary(_))) => Heard::NotText,
                Some(Ok(Message::Close(frame))) => return said_closed(frame),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return crate::chain(&error),
                None => return "the socket is gone".to_owned(),
            };
            if heard.send(message).await.is_err() {
                return "the agent is gone".to_owned();
            }
        }
    };
    tokio::pin!(reading);
    let why = tokio::select! {
        why = &mut reading => why,
        failed = writing => match failed {
            Some(error) => crate::chain(&error),
            // We said goodbye: the other end is given a moment to say so too.
            None => tokio::time::timeout(CLOSE_WITHIN, reading)
                .await
                .unwrap_or_else(|_| "closed by us".to_owned()),
        },
    };
    (why, word)
}

fn said_closed(frame: Option<CloseFrame>) -> String {
    match frame {
        Some(frame) => format!("closed by the server: {} {}", frame.code, frame.reason),
        None => "closed by the server".to_owned(),
    }
}
