//! The upgrade of an agent's connection: from a request's head to a socket, or a plain answer that says why not.
//!
//! Never learns which workstation it is: that is proved on the socket.

use std::io;

use actix_http::ws::hash_key;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use vigie_protocol::AGENT_SUBPROTOCOL;

use super::HANDSHAKE_MAX;
use super::socket::Socket;
use crate::clock::Lasting;
use crate::door::{Stream, Wire};

/// Largest head of a request for a link, bytes.
const HEAD_MAX: usize = 8_192;
/// Most headers in it: an agent sends six.
const HEADERS_MAX: usize = 32;

/// Answers the request that a connection begins with; none when it was refused or did not come. With the socket comes what its
/// connection shares with its other end alone.
pub(super) async fn greet(stream: Stream, frame_max: u32) -> Option<(Socket, Option<String>)> {
    match timeout(HANDSHAKE_MAX.duration(), upgrade(stream)).await {
        Ok(Ok(upgraded)) => upgraded.map(|(wire, rest)| {
            let exporter = wire.channel().and_then(|channel| channel.exporter);
            (Socket::new(wire, rest, frame_max), exporter)
        }),
        Ok(Err(error)) => {
            tracing::debug!(%error, "an agent's request did not come whole");
            None
        }
        Err(_) => {
            tracing::debug!("an agent's request did not come in time");
            None
        }
    }
}

async fn upgrade(stream: Stream) -> io::Result<Option<(Wire, Vec<u8>)>> {
    let (mut read, mut wire) = stream.into_parts();
    let (answer, end) = loop {
        if let Some(found) = answer(&read) {
            break found;
        }
        if read.len() > HEAD_MAX {
            break (Err(("431 Request Header Fields Too Large", "too long")), 0);
        }
        if wire.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    // With an older TLS there is nothing that a proof could be bound to; a plain connection is a loopback's.
    let old = wire
        .channel()
        .is_some_and(|channel| channel.exporter.is_none());
    let answer = match answer {
        Ok(_) if old => Err(("426 Upgrade Required", "agents speak TLS 1.3 here")),
        answer => answer,
    };
    match answer {
        Ok(key) => {
            let accept = hash_key(&key);
            let mut head = Vec::with_capacity(192);
            for part in [
                b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                  Sec-WebSocket-Protocol: "
                    .as_slice(),
                AGENT_SUBPROTOCOL.as_bytes(),
                b"\r\nSec-WebSocket-Accept: ",
                &accept,
                b"\r\n\r\n",
            ] {
                head.extend_from_slice(part);
            }
            wire.write_all(&head).await?;
            wire.flush().await?;
            read.drain(..end);
            read.shrink_to_fit();
            Ok(Some((wire, read)))
        }
        Err((status, words)) => {
            let answer = format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n\
                 Content-Length: {}\r\n\r\n{words}\n",
                words.len() + 1
            );
            wire.write_all(answer.as_bytes()).await?;
            wire.shutdown().await?;
            Ok(None)
        }
    }
}

/// The key to accept, or status and reason; and where the head ends. None while the head is not whole.
type Answer = (Result<Vec<u8>, (&'static str, &'static str)>, usize);

fn answer(read: &[u8]) -> Option<Answer> {
    const BAD: &str = "400 Bad Request";
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let end = match request.parse(read) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some((Err((BAD, "this is no request for a WebSocket")), 0)),
    };
    let all = |name: &'static str| {
        request
            .headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .filter_map(|header| std::str::from_utf8(header.value).ok())
    };
    let names = |name: &'static str, wanted: &str| {
        all(name)
            .flat_map(|value| value.split(','))
            .any(|one| one.trim().eq_ignore_ascii_case(wanted))
    };
    let refused = |status, words| Some((Err((status, words)), end));
    if all("origin").next().is_some() {
        return refused(
            "403 Forbidden",
            "this address is for agents, not for browsers",
        );
    }
    if !names("sec-websocket-protocol", AGENT_SUBPROTOCOL) {
        return refused(BAD, "the subprotocol vigie.agent.v1 is spoken here");
    }
    if !names("upgrade", "websocket") || !names("connection", "upgrade") {
        return refused("426 Upgrade Required", "a WebSocket is spoken here");
    }
    if !names("sec-websocket-version", "13") {
        return refused(BAD, "WebSocket version 13 is spoken here");
    }
    match all("sec-websocket-key").next() {
        Some(key) => Some((Ok(key.trim().as_bytes().to_vec()), end)),
        None => refused(BAD, "the request has no Sec-WebSocket-Key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(head: &str) -> &'static str {
        match answer(head.as_bytes()) {
            None => "more",
            Some((Ok(_), _)) => "101",
            Some((Err((status, _)), _)) => status.get(..3).unwrap(),
        }
    }

    const GOOD: &str = "GET /agent/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a, vigie.agent.v1\r\n";

    #[test]
    fn only_an_agent_is_upgraded() {
        assert_eq!(status(GOOD), "more");
        assert_eq!(status(&format!("{GOOD}\r\n")), "101");
        assert_eq!(
            status(&format!("{GOOD}Origin: https://x\r\n\r\n")),
            "403",
            "a browser"
        );
        let without = |line: &str| {
            let kept: String = GOOD
                .split_inclusive("\r\n")
                .filter(|one| !one.starts_with(line))
                .collect();
            format!("{kept}\r\n")
        };
        assert_eq!(status(&without("Upgrade")), "426");
        assert_eq!(status(&without("Sec-WebSocket-Version")), "400");
        assert_eq!(status(&without("Sec-WebSocket-Key")), "400");
        assert_eq!(status(&without("Sec-WebSocket-Protocol")), "400");
        assert_eq!(status("GET /agent/v1 nonsense\r\n\r\n"), "400");
    }

    #[test]
    fn what_comes_after_the_head_is_the_sockets() {
        let text = format!("{GOOD}\r\nXY");
        let (key, end) = answer(text.as_bytes()).unwrap();
        assert_eq!(key, Ok(b"dGhlIHNhbXBsZSBub25jZQ==".to_vec()));
        assert_eq!(text.get(end..), Some("XY"));
    }
}
