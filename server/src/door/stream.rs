//! A connection whose first bytes were read already: they are read again by whoever it is given to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::wire::Channel;

/// Read at a time until it is known who speaks: a request's head mostly fits.
const FIRST_MAX: usize = 1_024;

/// What bytes travel on.
#[derive(Debug)]
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// What the connection shares with its other end alone; none for a plain one.
    pub(crate) fn channel(&self) -> Option<Channel> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(tls) => Some(Channel::of(tls.get_ref().1)),
        }
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Stream {
    first: Vec<u8>,
    /// How much of `first` was read again.
    again: usize,
    wire: Wire,
}

impl Stream {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            first: Vec::new(),
            again: 0,
            wire,
        }
    }

    /// What was said so far.
    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }

    /// Reads more of what is said first; 0 when nothing comes any more.
    pub(super) async fn read_first(&mut self) -> io::Result<usize> {
        self.first.reserve(FIRST_MAX);
        self.wire.read_buf(&mut self.first).await
    }

    /// Whether TLS agreed on HTTP/2.
    pub(super) fn speaks_http2(&self) -> bool {
        match &self.wire {
            Wire::Plain(_) => false,
            Wire::Tls(tls) => tls.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }

    /// The bytes that were read, and the wire for the rest.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Wire) {
        (self.first, self.wire)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = this.first.get(this.again..).unwrap_or_default();
        if left.is_empty() {
            return Pin::new(&mut this.wire).poll_read(context, into);
        }
        let some = left.len().min(into.remaining());
        into.put_slice(left.get(..some).unwrap_or_default());
        this.again += some;
        if this.again == this.first.len() {
            this.first = Vec::new();
            this.again = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_read(context, into),
            Self::Tls(tls) => Pin::new(tls).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_write(context, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        }
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_flush(context),
            Self::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_shutdown(context),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}
