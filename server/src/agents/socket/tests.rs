//! The agents' own WebSocket, fed by hand: frames whole and in pieces, and what is no frame of an agent.

use tokio::net::{TcpListener, TcpStream};
use vigie_protocol::Stamp;

use super::*;

const BINARY: u8 = 2;

/// A client's frame.
fn client(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(short) if short < MEDIUM => frame.push(MASKED | short),
        _ => {
            frame.push(MASKED | MEDIUM);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, of)| byte ^ of),
    );
    frame
}

async fn pair() -> (Socket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (Socket::new(Wire::Plain(server), Vec::new(), 1_000), client)
}

/// What is heard next, in words.
async fn next(socket: &mut Socket) -> String {
    poll_fn(|context| socket.poll_hear(context, |heard| format!("{heard:?}"))).await
}

#[tokio::test]
async fn frames_are_heard_whole_and_in_order_however_they_come() {
    let (mut socket, mut agent) = pair().await;
    let long = "é".repeat(200);
    let mut all = client(FINAL | TEXT, b"one");
    all.extend(client(FINAL | PONG, b""));
    all.extend(client(FINAL | TEXT, long.as_bytes()));
    all.extend(client(FINAL | PING, b"are you there"));
    all.extend(client(FINAL | TEXT, b""));
    let (first, last) = all.split_at(100);
    agent.write_all(first).await.unwrap();
    assert_eq!(next(&mut socket).await, r#"Text("one")"#);
    let rest = async {
        for byte in last {
            agent.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let heard = async {
        assert_eq!(next(&mut socket).await, "Pong([])");
        assert_eq!(next(&mut socket).await, format!("Text({long:?})"));
        assert!(next(&mut socket).await.starts_with("Ping"));
        assert_eq!(next(&mut socket).await, r#"Text("")"#);
    };
    tokio::join!(rest, heard);
    assert_eq!(socket.rest.capacity(), 0, "nothing is kept between frames");
    drop(agent);
    assert_eq!(next(&mut socket).await, "Over");
}

#[tokio::test]
async fn what_is_no_text_frame_of_an_agent_is_said_to_be_none() {
    let mut unmasked = client(FINAL | TEXT, b"hello");
    unmasked[1] &= !MASKED;
    for (bytes, expected) in [
        (client(FINAL | BINARY, b"x"), "NotText"),
        (client(TEXT, b"a fragment"), "NotText"),
        (client(FINAL, b"a continuation"), "NotText"),
        (client(FINAL | 0x40 | TEXT, b"compressed"), "NotText"),
        (client(FINAL | TEXT, &[0xff, 0xfe]), "NotText"),
        (client(FINAL | PING, &[0; 200]), "NotText"),
        (client(FINAL | TEXT, &[b'x'; 1_001]), "TooLarge"),
        (
            vec![FINAL | TEXT, MASKED | LONG, 0xff, 0, 0, 0, 0, 0, 0, 0],
            "TooLarge",
        ),
        (unmasked, "NotText"),
        (client(FINAL | CLOSE, &[3, 232]), "Over"),
    ] {
        let (mut socket, mut agent) = pair().await;
        agent.write_all(&bytes).await.unwrap();
        assert_eq!(next(&mut socket).await, expected, "{bytes:02x?}");
    }
}

#[tokio::test]
async fn what_is_sent_is_one_unmasked_frame_of_any_length() {
    let (mut socket, mut agent) = pair().await;
    for length in [0, 60, 125, 126, 5_000, 70_000] {
        let frame = ServerFrame::NoSession {
            code: None,
            why: "x".repeat(length),
        };
        let text = frame.encode();
        let sent = async { socket.send(&frame).await.unwrap() };
        let read = async {
            let mut head = [0; 2];
            agent.read_exact(&mut head).await.unwrap();
            assert_eq!(head[0], FINAL | TEXT);
            let length = match head[1] {
                MEDIUM => u64::from(agent.read_u16().await.unwrap()),
                LONG => agent.read_u64().await.unwrap(),
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            agent.read_exact(&mut payload).await.unwrap();
            assert_eq!(String::from_utf8(payload).unwrap(), text);
        };
        tokio::join!(sent, read);
    }
}

#[tokio::test]
async fn the_reason_is_read_although_much_was_left_unread() {
    let (socket, mut agent) = pair().await;
    let flood = client(FINAL | TEXT, &[b'x'; 900]).repeat(50);
    agent.write_all(&flood).await.unwrap();
    let closing = socket.close(CloseCode::TooFast, "slower");
    let read = async {
        let mut all = Vec::new();
        agent.read_to_end(&mut all).await.unwrap();
        drop(agent);
        all
    };
    let ((), all) = tokio::join!(closing, read);
    let mut expected = vec![FINAL | CLOSE, 8];
    expected.extend(CloseCode::TooFast.number().to_be_bytes());
    expected.extend(b"slower");
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_peer_that_is_gone_is_noticed() {
    let (mut socket, agent) = pair().await;
    drop(agent);
    let beat = ServerFrame::Beat { at_ms: Stamp(0) };
    let mut sent = Ok(());
    for _ in 0..1_000 {
        sent = socket.send(&beat).await;
        if sent.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(sent, Err(Unsent::Gone));
}
