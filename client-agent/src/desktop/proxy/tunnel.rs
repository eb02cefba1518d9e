//! A CONNECT tunnel: bytes both ways, each direction closed on its own, hung up after a long silence. Nothing is looked at.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio::time::{Instant, sleep_until};

use crate::clock::moment;

/// How long a tunnel may be silent both ways; then it is hung up.
pub(crate) const SILENT_MAX: Duration = Duration::from_mins(30);

/// The last moment at which something moved.
#[derive(Clone, Debug)]
pub(crate) struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(moment())))
    }
}

impl Pulse {
    pub(crate) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends once nothing moved for that long.
    pub(crate) async fn silent_for(&self, span: Duration) {
        loop {
            let until = self.last() + span;
            if until <= moment() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

/// Relays until both directions are closed, one end fails, or nothing moved for `silent_max`.
pub(crate) async fn relay<A, B>(near: A, far: B, silent_max: Duration)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let pulse = Pulse::default();
    let mut near = Watched {
        io: near,
        pulse: pulse.clone(),
    };
    let mut far = far;
    tokio::select! {
        relayed = copy_bidirectional(&mut near, &mut far) => if let Err(error) = relayed {
            tracing::debug!(%error, "a tunnel ended badly");
        },
        () = pulse.silent_for(silent_max) => tracing::debug!("a silent tunnel was hung up"),
    }
}

/// One end whose traffic, either way, beats the pulse.
struct Watched<T> {
    io: T,
    pulse: Pulse,
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_read(context, buffer);
        if polled.is_ready() {
            self.pulse.beat();
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(context, bytes);
        if polled.is_ready() {
            self.pulse.beat();
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
