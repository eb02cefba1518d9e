//! The cable between a pupil's agent and the server, so that a script can pull it out.
//!
//! Forwards bytes between two loopback sockets and never reads them. While it is out, a link that was up breaks off and a new
//! one is not taken: what the agent and the server see is a real cut.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A cable that is in until somebody says otherwise.
#[derive(Debug)]
pub(crate) struct Cable {
    /// Where the agent connects.
    pub(crate) end: SocketAddr,
    plugged: watch::Sender<bool>,
}

impl Cable {
    /// Lays a cable to the server. It is gone when the returned value is dropped.
    pub(crate) async fn lay(server: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let end = listener.local_addr()?;
        let (plugged, state) = watch::channel(true);
        tokio::spawn(carry(listener, server, state));
        Ok(Self { end, plugged })
    }

    /// Pulls the cable out, or puts it back in.
    pub(crate) fn plug(&self, plugged: bool) {
        self.plugged.send_replace(plugged);
    }
}

/// Takes one connection after the other until the cable is gone.
async fn carry(listener: TcpListener, server: SocketAddr, mut plugged: watch::Receiver<bool>) {
    loop {
        if plugged.wait_for(|plugged| *plugged).await.is_err() {
            return;
        }
        let near = tokio::select! {
            near = listener.accept() => near,
            change = plugged.changed() => match change {
                Ok(()) => continue,
                Err(_gone) => return,
            },
        };
        let (Ok((near, _)), Ok(far)) = (near, TcpStream::connect(server).await) else {
            continue;
        };
        tokio::spawn(forward(near, far, plugged.clone()));
    }
}

/// Forwards until either end is done, or the cable is pulled: then both sockets are dropped.
async fn forward(mut near: TcpStream, mut far: TcpStream, mut plugged: watch::Receiver<bool>) {
    tokio::select! {
        _done = copy_bidirectional(&mut near, &mut far) => {}
        _pulled = plugged.wait_for(|plugged| !plugged) => {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_sent_arrives_until_the_cable_is_pulled() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let cable = Cable::lay(server.local_addr().unwrap()).await.unwrap();
        let mut near = TcpStream::connect(cable.end).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        near.write_all(b"bonjour").await.unwrap();
        let mut read = [0; 7];
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"bonjour");

        cable.plug(false);
        assert!(
            matches!(far.read(&mut read).await, Ok(0) | Err(_)),
            "the far end saw the cut"
        );
        cable.plug(true);
        let mut near = TcpStream::connect(cable.end).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        near.write_all(b"rebonj!").await.unwrap();
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"rebonj!");
    }
}
