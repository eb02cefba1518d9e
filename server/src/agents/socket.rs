//! An agent's WebSocket on the bare connection (RFC 6455, the server's side): one text message a frame, in and out.
//!
//! Owns the frames, never what they say. A link is idle most of its life and there are many: a socket holds no buffer between
//! frames. What it reads and what it writes pass through one buffer a thread, and only a frame that did not come whole, or
//! could not be written at once, is kept.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use std::future::poll_fn;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;
use vigie_protocol::{CloseCode, ServerFrame};

use super::{LEAVE_MAX, SEND_MAX};
use crate::clock::Lasting;
use crate::door::Wire;

/// Read at a time.
const READ_MAX: usize = 16_384;
/// Longest payload of a control frame (RFC 6455, 5.5).
const CONTROL_MAX: usize = 125;
/// Longest head of a frame that we write.
const HEAD_MAX: usize = 10;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// Lengths that stand for a longer length that follows.
const MEDIUM: u8 = 0x7e;
const LONG: u8 = 0x7f;

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_MAX]);
    static WRITE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The socket.
#[derive(Debug)]
pub(super) struct Socket {
    wire: Wire,
    /// What was read and belongs to no whole frame yet, or to a frame after the one that was taken.
    rest: Vec<u8>,
    frame_max: usize,
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    Text(&'a str),
    /// Anything else that is no control frame: agents speak text, unfragmented and masked.
    NotText,
    TooLarge,
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    /// The peer closed it, or is gone.
    Over,
}

/// Why a frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    Gone,
    /// The peer did not read for [`SEND_MAX`].
    Slow,
}

impl Socket {
    /// `rest` was read behind the request.
    pub(super) fn new(wire: Wire, rest: Vec<u8>, frame_max: u32) -> Self {
        Self {
            wire,
            rest,
            frame_max: usize::try_from(frame_max).unwrap_or(usize::MAX),
        }
    }

    /// Takes the next message, as soon as there is one. What `take` makes of it outlives the buffer that it was read in.
    pub(super) fn poll_hear<T>(
        &mut self,
        context: &mut Context<'_>,
        mut take: impl FnMut(Heard<'_>) -> T,
    ) -> Poll<T> {
        READ.with_borrow_mut(|room| {
            loop {
                if !self.rest.is_empty()
                    && let Some((frame, end)) = frame(&mut self.rest, self.frame_max)
                {
                    let taken = Some(take(heard(&self.rest, frame)));
                    self.rest.drain(..end);
                    if self.rest.is_empty() {
                        self.rest = Vec::new();
                    }
                    match taken {
                        Some(taken) => return Poll::Ready(taken),
                        None => continue,
                    }
                }
                let mut into = ReadBuf::new(room);
                let read = ready!(Pin::new(&mut self.wire).poll_read(context, &mut into));
                let bytes = into.filled_mut();
                if read.is_err() || bytes.is_empty() {
                    return Poll::Ready(take(Heard::Over));
                }
                if !self.rest.is_empty() {
                    self.rest.extend_from_slice(bytes);
                    continue;
                }
                let found = frame(bytes, self.frame_max);
                let end = found.as_ref().map_or(0, |(_, end)| *end);
                self.rest
                    .extend_from_slice(bytes.get(end..).unwrap_or_default());
                if let Some(heard) = found.map(|(frame, _)| heard(bytes, frame)) {
                    return Poll::Ready(take(heard));
                }
            }
        })
    }

    /// Sends a frame of the link.
    pub(super) async fn send(&mut self, frame: &ServerFrame) -> Result<(), Unsent> {
        self.write(TEXT, |into| frame.encode_into(into)).await
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self, bytes: &[u8]) -> Result<(), Unsent> {
        self.write(PING, |into| into.extend_from_slice(bytes)).await
    }

    pub(super) async fn pong(&mut self, bytes: &[u8]) -> Result<(), Unsent> {
        self.write(PONG, |into| into.extend_from_slice(bytes)).await
    }

    /// Says why, and waits a little until the peer has read it: a connection that is dropped with bytes unread takes back
    /// what it said last.
    pub(super) async fn close(mut self, code: CloseCode, reason: &str) {
        let said = self
            .write(CLOSE, |into| {
                into.extend_from_slice(&code.number().to_be_bytes());
                let most = CONTROL_MAX.saturating_sub(2);
                into.extend_from_slice(
                    reason
                        .get(..most.min(reason.len()))
                        .unwrap_or_default()
                        .as_bytes(),
                );
            })
            .await;
        if said.is_ok() {
            let _ = timeout(LEAVE_MAX.duration(), async {
                self.wire.shutdown().await?;
                let mut unread = [0; 512];
                while self.wire.read(&mut unread).await? > 0 {}
                io::Result::Ok(())
            })
            .await;
        }
    }

    async fn write(&mut self, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) -> Result<(), Unsent> {
        let mut fill = Some(fill);
        let left = poll_fn(|context| {
            Poll::Ready(WRITE.with_borrow_mut(|room| {
                room.clear();
                room.resize(HEAD_MAX, 0);
                if let Some(fill) = fill.take() {
                    fill(room);
                }
                let start = head(room, kind);
                let bytes = room.get(start..).unwrap_or_default();
                let left = self.poll_write_some(context, bytes);
                if room.capacity() > READ_MAX {
                    *room = Vec::new();
                }
                left
            }))
        });
        match left.await {
            Ok(None) => Ok(()),
            // Boxed, as all that is rare: an idle link is as large as the largest thing it can wait for.
            Ok(Some(left)) => Box::pin(self.write_rest(left)).await,
            Err(_) => Err(Unsent::Gone),
        }
    }

    /// Writes what the system takes now; answers with what it did not, none when nothing waits.
    fn poll_write_some(
        &mut self,
        context: &mut Context<'_>,
        mut bytes: &[u8],
    ) -> io::Result<Option<Vec<u8>>> {
        let mut wire = Pin::new(&mut self.wire);
        while !bytes.is_empty() {
            match wire.as_mut().poll_write(context, bytes) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(some)) => bytes = bytes.get(some..).unwrap_or_default(),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(Some(bytes.to_vec())),
            }
        }
        match wire.poll_flush(context) {
            Poll::Ready(flushed) => flushed.map(|()| None),
            Poll::Pending => Ok(Some(Vec::new())),
        }
    }

    async fn write_rest(&mut self, left: Vec<u8>) -> Result<(), Unsent> {
        let written = timeout(SEND_MAX.duration(), async {
            self.wire.write_all(&left).await?;
            self.wire.flush().await
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Unsent::Gone),
            Err(_) => Err(Unsent::Slow),
        }
    }
}

/// Puts the head of a frame right before its payload, which begins at [`HEAD_MAX`]. Answers with where the frame begins.
fn head(room: &mut [u8], kind: u8) -> usize {
    let length = room.len().saturating_sub(HEAD_MAX);
    let mut head = [0; HEAD_MAX];
    head[0] = FINAL | kind;
    let used = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < MEDIUM => {
            head[1] = short;
            2
        }
        (_, Ok(medium)) => {
            head[1] = MEDIUM;
            let [high, low] = medium.to_be_bytes();
            head[2] = high;
            head[3] = low;
            4
        }
        _ => {
            head[1] = LONG;
            let long = u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes();
            for (place, byte) in head.iter_mut().skip(2).zip(long) {
                *place = byte;
            }
            HEAD_MAX
        }
    };
    let start = HEAD_MAX - used;
    for (place, byte) in room.iter_mut().skip(start).zip(head).take(used) {
        *place = byte;
    }
    start
}

/// A frame that came whole, by where its payload is.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Text(Range<usize>),
    Ping(Range<usize>),
    Pong(Range<usize>),
    Close,
    NotText,
    TooLarge,
}

/// Takes the first frame of `bytes` when it is whole, its payload unmasked in place; answers with where it ends.
fn frame(bytes: &mut [u8], max: usize) -> Option<(Frame, usize)> {
    let [first, second, after @ ..] = &*bytes else {
        return None;
    };
    let (kind, control) = (first & 0x0f, first & 0x08 != 0);
    let whole = bytes.len();
    // A reserved bit, or no mask: nothing after it can be read.
    if first & 0x70 != 0 || second & MASKED == 0 {
        return Some((Frame::NotText, whole));
    }
    let (length, mask_at): (u64, usize) = match second & !MASKED {
        MEDIUM => (u64::from(u16::from_be_bytes(*after.first_chunk()?)), 4),
        LONG => (u64::from_be_bytes(*after.first_chunk()?), 10),
        short => (u64::from(short), 2),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > max {
        return Some((Frame::TooLarge, whole));
    }
    if control && (length > CONTROL_MAX || first & FINAL == 0) {
        return Some((Frame::NotText, whole));
    }
    let from = mask_at + 4;
    let end = from.checked_add(length)?;
    let mask: [u8; 4] = *bytes.get(mask_at..from)?.first_chunk()?;
    unmask(bytes.get_mut(from..end)?, mask);
    let frame = match kind {
        TEXT if first_is_final(bytes) => Frame::Text(from..end),
        PING => Frame::Ping(from..end),
        PONG => Frame::Pong(from..end),
        CLOSE => Frame::Close,
        _ => Frame::NotText,
    };
    Some((frame, end))
}

fn first_is_final(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & FINAL != 0)
}

/// Eight bytes at a time: a mask is of four.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (eights, rest) = payload.as_chunks_mut::<8>();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ wide).to_ne_bytes();
    }
    for (byte, of) in rest.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= of;
    }
}

/// What a frame says.
fn heard(bytes: &[u8], frame: Frame) -> Heard<'_> {
    match frame {
        Frame::Text(at) => match std::str::from_utf8(bytes.get(at).unwrap_or_default()) {
            Ok(text) => Heard::Text(text),
            Err(_) => Heard::NotText,
        },
        Frame::Ping(at) => Heard::Ping(bytes.get(at).unwrap_or_default()),
        Frame::Pong(at) => Heard::Pong(bytes.get(at).unwrap_or_default()),
        Frame::Close => Heard::Over,
        Frame::NotText => Heard::NotText,
        Frame::TooLarge => Heard::TooLarge,
    }
}

#[cfg(test)]
mod tests;
