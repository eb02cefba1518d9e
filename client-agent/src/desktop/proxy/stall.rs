//! Named time-outs within an answer: a far end that falls silent in the middle of a body, a client that does not read.
//!
//! A timer runs only while there is something to wait for, and is set anew by every byte. Never looks at what passes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// A wait that is cut after a while.
#[derive(Debug)]
struct Wait {
    most: Duration,
    running: Option<Pin<Box<Sleep>>>,
}

impl Wait {
    fn new(most: Duration) -> Self {
        Self {
            most,
            running: None,
        }
    }

    /// Whether this poll, and those before it, have waited too long.
    fn is_over<T>(&mut self, polled: &Poll<T>, context: &mut Context<'_>) -> bool {
        if polled.is_ready() {
            self.running = None;
            return false;
        }
        let most = self.most;
        let running = self
            .running
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(most)));
        let over = running.as_mut().poll(context).is_ready();
        if over {
            self.running = None;
        }
        over
    }
}

/// The body of an answer as it streams, cut when the far end falls silent.
#[derive(Debug)]
pub(crate) struct Flowing {
    body: Incoming,
    wait: Wait,
}

impl Flowing {
    pub(crate) fn new(body: Incoming, most: Duration) -> Self {
        let wait = Wait::new(most);
        Self { body, wait }
    }
}

/// Why a body was cut.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    #[error("the far end fell silent in the middle of its answer")]
    Silent,
    #[error("the far end's answer broke off")]
    Broken(#[source] hyper::Error),
}

impl Body for Flowing {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if self.wait.is_over(&polled, context) {
            return Poll::Ready(Some(Err(Cut::Silent)));
        }
        polled.map(|frame| frame.map(|frame| frame.map_err(Cut::Broken)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A client's socket, hung up when what is written to it is not read.
#[derive(Debug)]
pub(crate) struct Paced {
    stream: TcpStream,
    wait: Wait,
}

impl Paced {
    pub(crate) fn new(stream: TcpStream, most: Duration) -> Self {
        let wait = Wait::new(most);
        Self { stream, wait }
    }

    fn limit<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if self.wait.is_over(&polled, context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.limit(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
