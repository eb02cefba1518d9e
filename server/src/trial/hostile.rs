//! Agents that mean harm, or are broken: each is refused in words, and the room does not notice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use vigie_protocol::frame::{Hello, Transcript};
use vigie_protocol::{
    AgentFrame, ChannelId, CloseCode, Event, EventKind, Private, Seq, ServerFrame, Stamp,
};

use super::agent::{Socket, can, public, socket};
use super::house::{token, workstation};
use super::{Agent, House, within};

/// What the server said last and with which code it closed.
async fn refusal(socket: &mut Socket) -> (u16, String) {
    within("the server refuses", async {
        let mut said = String::new();
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(ServerFrame::Refused { reason, .. }) = ServerFrame::decode(&text) {
                        said = reason;
                    }
                }
                Some(Ok(Message::Close(Some(close)))) => return (close.code.into(), said),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("{error} after {said:?}"),
                None => panic!("the socket ended after {said:?}"),
            }
        }
    })
    .await
}

async fn say(socket: &mut Socket, frame: &AgentFrame) {
    socket.send(Message::text(frame.encode())).await.unwrap();
}

fn hello(seat: u16, key: &SigningKey) -> Hello {
    Hello {
        v: vigie_protocol::WIRE_VERSION,
        workstation: workstation(seat),
        key: public(key),
        nonce: URL_SAFE_NO_PAD.encode([9; 32]),
        at_ms: Stamp(0),
        can: can(),
        machine: None,
        host: None,
    }
}

/// A hello, and the token that goes with its proof.
type Coming = (Hello, Option<String>);

fn coming(seat: u16, key: &SigningKey) -> Coming {
    (hello(seat, key), Some(token(seat)))
}

/// Proves itself with `key`, signing with `signing`.
async fn prove(socket: &mut Socket, (hello, enrol): Coming, signing: &SigningKey) {
    let (id, nonce) = (hello.workstation.clone(), hello.nonce.clone());
    say(socket, &AgentFrame::Hello(hello)).await;
    let challenge = within("the challenge", socket.next())
        .await
        .unwrap()
        .unwrap();
    let ServerFrame::Challenge {
        nonce: theirs,
        server,
        ..
    } = ServerFrame::decode(challenge.to_text().unwrap()).unwrap()
    else {
        panic!("{challenge:?}");
    };
    let transcript = Transcript {
        workstation: &id,
        server_nonce: &theirs,
        agent_nonce: &nonce,
        server: &server,
        exporter: None,
    };
    let text = transcript.agent_text();
    let signature = URL_SAFE_NO_PAD.encode(signing.sign(&text).to_bytes());
    let enrol = enrol.map(Private::new);
    say(socket, &AgentFrame::Proof { signature, enrol }).await;
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A room with an honest agent at seat 1 that must not notice anything.
async fn watched() -> (House, Agent) {
    let house = House::build(3).await;
    house.open_session().await;
    let agent = Agent::at(&house, 1).await;
    (house, agent)
}

/// The honest agent is heard as before.
async fn unmoved(house: &House, agent: &mut Agent) {
    let number = agent.says("je travaille").await;
    agent.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn a_wrong_key_is_not_let_in() {
    let (house, mut agent) = watched().await;
    let mut thief = socket(&house).await;
    // It knows the workstation's public key, not the private one.
    prove(&mut thief, coming(1, &key(1)), &key(99)).await;
    let (code, reason) = refusal(&mut thief).await;
    assert_eq!(code, CloseCode::NotProved.number(), "{reason}");
    // And a key of its own is not the one that is enrolled.
    let mut thief = socket(&house).await;
    prove(&mut thief, coming(1, &key(99)), &key(99)).await;
    let (code, reason) = refusal(&mut thief).await;
    assert_eq!(code, CloseCode::NotProved.number(), "{reason}");
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn an_unknown_workstation_and_a_used_token_are_not_let_in() {
    let (house, mut agent) = watched().await;
    let mut stranger = socket(&house).await;
    let unknown = (hello(2, &key(2)), None);
    prove(&mut stranger, unknown, &key(2)).await;
    let (code, reason) = refusal(&mut stranger).await;
    assert_eq!(code, CloseCode::NotEnrolled.number(), "{reason}");
    let mut stranger = socket(&house).await;
    let used = (hello(2, &key(2)), Some(token(1)));
    prove(&mut stranger, used, &key(2)).await;
    let (code, reason) = refusal(&mut stranger).await;
    assert_eq!(code, CloseCode::NotEnrolled.number(), "{reason}");
    assert!(reason.contains("token"), "{reason}");
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn replayed_and_skipped_numbers_are_not_taken() {
    let (house, mut agent) = watched().await;
    let mut liar = socket(&house).await;
    prove(&mut liar, coming(2, &key(2)), &key(2)).await;
    let session = agent.session.clone().unwrap();
    let event = |seq: u64| Event {
        seq: Seq(seq),
        at: Stamp(0),
        kind: EventKind::Chat {
            channel: ChannelId::new("room"),
            text: Private::new("encore".to_owned()),
        },
    };
    for batch in [vec![event(1), event(2)], vec![event(1), event(2)]] {
        let session = session.clone();
        say(&mut liar, &AgentFrame::Events { session, batch }).await;
    }
    // A repeat is acknowledged and not taken again; a gap is refused.
    let batch = vec![event(9)];
    say(&mut liar, &AgentFrame::Events { session, batch }).await;
    let (code, reason) = refusal(&mut liar).await;
    assert_eq!(code, CloseCode::OutOfOrder.number(), "{reason}");
    let room = house.room().await;
    let through = room
        .look(|glimpse| glimpse.room.map(|room| room.through(&workstation(2)).0))
        .await
        .unwrap();
    assert!(through <= Some(2), "{through:?}");
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn a_frame_of_ten_megabytes_is_refused_before_it_is_read() {
    let (house, mut agent) = watched().await;
    let mut hog = socket(&house).await;
    prove(&mut hog, coming(2, &key(2)), &key(2)).await;
    let huge = format!(r#"{{"t":"events","x":"{}"}}"#, "a".repeat(10 << 20));
    // The server may have hung up before all of it was written.
    let _ = within("the frame is written", hog.send(Message::text(huge))).await;
    let (code, reason) = refusal(&mut hog).await;
    assert_eq!(code, CloseCode::TooLarge.number(), "{reason}");
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn what_is_not_text_or_not_json_is_refused() {
    let (house, mut agent) = watched().await;
    let bad_utf8 = Frame::from_payload(
        FrameHeader {
            is_final: true,
            opcode: OpCode::Data(Data::Text),
            mask: Some([1, 2, 3, 4]),
            ..FrameHeader::default()
        },
        vec![0xff, 0xfe, 0x80].into(),
    );
    for message in [
        Message::Frame(bad_utf8),
        Message::binary(vec![1, 2, 3]),
        Message::text("{\"t\":"),
        Message::text("[]"),
        Message::text("{\"t\":\"events\",\"session\":\"../../etc\",\"batch\":[]}"),
    ] {
        let mut vandal = socket(&house).await;
        prove(&mut vandal, coming(2, &key(2)), &key(2)).await;
        vandal.send(message).await.unwrap();
        let (code, reason) = refusal(&mut vandal).await;
        assert_eq!(code, CloseCode::Malformed.number(), "{reason}");
        assert!(!reason.is_empty());
    }
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn a_flood_is_cut_off_and_the_room_goes_on() {
    let (house, mut agent) = watched().await;
    let mut flood = socket(&house).await;
    prove(&mut flood, coming(2, &key(2)), &key(2)).await;
    let session = agent.session.clone().unwrap();
    let mut number = 0;
    // The clock stands still: ten thousand events in no time at all.
    for _ in 0..400 {
        let batch = (0..25)
            .map(|_| {
                number += 1;
                Event {
                    seq: Seq(number),
                    at: Stamp(0),
                    kind: EventKind::Presence { present: true },
                }
            })
            .collect();
        let session = session.clone();
        let frame = AgentFrame::Events { session, batch }.encode();
        if flood.send(Message::text(frame)).await.is_err() {
            break;
        }
    }
    let (code, reason) = refusal(&mut flood).await;
    assert!(
        code == CloseCode::TooFast.number() || code == CloseCode::OutOfOrder.number(),
        "{code} {reason}"
    );
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn a_browser_and_another_subprotocol_are_refused() {
    let (house, mut agent) = watched().await;
    let refused = async |name: &'static str, value: &'static str| {
        let mut request = format!("ws://{}/agent/v1", house.address)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", "vigie.agent.v1".parse().unwrap());
        request.headers_mut().insert(name, value.parse().unwrap());
        tokio_tungstenite::connect_async(request)
            .await
            .unwrap_err()
            .to_string()
    };
    let origin = refused("Origin", "https://evil.example").await;
    assert!(origin.contains("403"), "{origin}");
    let other = refused("Sec-WebSocket-Protocol", "chat").await;
    assert!(other.contains("400"), "{other}");
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn a_silent_socket_is_hung_up_when_its_proof_does_not_come() {
    let (house, mut agent) = watched().await;
    let mut mute = socket(&house).await;
    house.hand.advance(vigie_protocol::Span::seconds(11));
    agent.clock(house.clock.now());
    let (code, reason) = refusal(&mut mute).await;
    assert_eq!(code, CloseCode::NotProved.number(), "{reason}");
    unmoved(&house, &mut agent).await;
}

#[actix_web::test]
async fn a_list_is_given_to_nobody_without_the_ticket_of_a_live_link() {
    let (house, mut agent) = watched().await;
    let digest = "0".repeat(64);
    let folder = house.folder().join("lists");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{digest}.vgl")), "a list").unwrap();
    let address = house.address;
    let ask = async |ticket: &str| {
        let request = format!(
            "GET /agent/v1/lists/{digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {ticket}\r\n\r\n"
        );
        within("the answer", async {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        })
        .await
    };
    let wrong = ask(&format!("{}:AAAAAAAAAAAAAAAAAAAAAA", workstation(1))).await;
    assert!(wrong.starts_with("HTTP/1.1 401"), "{wrong}");
    agent.connect(&house).await;
    let ticket = agent.ticket.clone().unwrap();
    let right = ask(ticket.reveal()).await;
    assert!(right.starts_with("HTTP/1.1 200"), "{right}");
    assert!(right.ends_with("a list"), "{right}");
    agent
        .wait("the lease", |output| {
            matches!(output, vigie_protocol::link::AgentOutput::Session(_))
        })
        .await;
    unmoved(&house, &mut agent).await;
}
