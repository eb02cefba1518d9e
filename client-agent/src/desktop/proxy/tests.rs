//! The proxy against real hyper servers in this process, spoken to over raw sockets where the bytes matter.

mod far_end;
mod session;

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use far_end::{BIG, World};

use super::Waits;
use crate::seat::{Seat, Uid};

const SOON: Duration = Duration::from_secs(20);

async fn get(world: &World, url: &str) -> String {
    world
        .say(&format!(
            "GET {url} HTTP/1.1\r\nHost: ignored\r\nConnection: close\r\n\r\n"
        ))
        .await
}

#[tokio::test]
async fn a_page_passes_with_its_headers_right() {
    let world = World::new().await;
    let answer = world
        .say(
            "GET http://eleve:secret@site.test/heads?q=1 HTTP/1.1\r\nHost: elsewhere.test\r\n\
             Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nConnection: close, X-Hop\r\n\
             X-Hop: 1\r\nUpgrade: websocket\r\nX-Kept: oui\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nvia: 1.1 vigie\r\n"), "{answer}");
    assert!(!answer.contains("x-hop-back"), "{answer}");
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let mut lines: Vec<_> = body.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "GET /heads?q=1",
            "host: site.test",
            "via: 1.1 vigie",
            "x-kept: oui"
        ]
    );
}

#[tokio::test]
async fn one_connection_carries_many_requests_to_many_sites() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    for (site, path) in [
        ("site.test", "/a"),
        ("other.test", "/b"),
        ("site.test", "/c"),
    ] {
        let request = format!("GET http://{site}{path} HTTP/1.1\r\nHost: {site}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, &format!("{site}{path}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    assert_eq!(
        world.far_end.connections(),
        2,
        "the far end's connections are kept too"
    );
}

#[tokio::test]
async fn a_big_upload_and_a_big_download_stream_through() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    let head = format!(
        "POST http://site.test/echo HTTP/1.1\r\nHost: site.test\r\nContent-Length: {BIG}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let sender = tokio::spawn(async move {
        let chunk = vec![b'x'; 64 * 1024];
        let mut left = BIG;
        while left > 0 {
            let next = chunk.len().min(left);
            write.write_all(&chunk[..next]).await.unwrap();
            left -= next;
        }
        write
    });
    let mut received = Vec::new();
    timeout(SOON, read.read_to_end(&mut received))
        .await
        .unwrap()
        .unwrap();
    sender.await.unwrap();
    let body = received.len()
        - received
            .windows(4)
            .position(|end| end == b"\r\n\r\n")
            .unwrap();
    assert!(body > BIG, "{body} of {BIG}");
}

#[tokio::test]
async fn an_answer_streams_before_it_is_whole() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream
        .write_all(b"GET http://site.test/drip HTTP/1.1\r\nHost: site.test\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut stream, "first").await;
    world.far_end.drip.notify_one();
    read_until(&mut stream, "second").await;
}

#[tokio::test]
async fn a_chunked_upload_stays_framed_and_a_length_beside_it_is_not_believed() {
    let world = World::new().await;
    let answer = world
        .say(
            "POST http://site.test/echo HTTP/1.1\r\nHost: site.test\r\nContent-Length: 3\r\n\
             Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        )
        .await;
    // Either the whole body as chunks say, or a refusal: never the three bytes of the length.
    let fine = answer.contains("hello") || answer.starts_with("HTTP/1.1 400");
    assert!(fine, "{answer}");
}

#[tokio::test]
async fn head_and_half_closed_clients_are_answered() {
    let world = World::new().await;
    let answer = world
        .say("HEAD http://site.test/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "no body: {answer}");
    let mut stream = world.connect().await;
    stream
        .write_all(b"GET http://site.test/half HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    assert!(
        read_until(&mut stream, "site.test/half")
            .await
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn a_tunnel_carries_bytes_both_ways_and_each_way_closes_alone() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream
        .write_all(b"CONNECT echo.test:443 HTTP/1.1\r\nHost: echo.test:443\r\n\r\n")
        .await
        .unwrap();
    let head = read_until(&mut stream, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
    // Not HTTP and not TLS: nobody looks.
    stream.write_all(b"\0\x01binary").await.unwrap();
    read_until(&mut stream, "binary").await;
    stream.shutdown().await.unwrap();
    read_until(&mut stream, "bye").await;
    let mut rest = Vec::new();
    timeout(SOON, stream.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn bytes_sent_before_the_tunnel_is_open_are_not_lost() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream
        .write_all(b"CONNECT echo.test:443 HTTP/1.1\r\nHost: echo.test:443\r\n\r\neager")
        .await
        .unwrap();
    read_until(&mut stream, "eager").await;
}

#[tokio::test]
async fn a_far_end_that_is_down_gives_a_page_in_the_readers_language() {
    let world = World::new().await;
    let answer = get(&world, "http://down.test/").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("Ce site ne répond pas"), "{answer}");
    let answer = world
        .say(
            "GET http://unknown.invalid/ HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\nConnection: close\r\n\r\n",
        )
        .await;
    assert!(answer.contains("This site does not answer"), "{answer}");
    let answer = world
        .say("CONNECT down.test:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
}

#[tokio::test]
async fn the_agents_own_ports_are_refused_in_every_spelling() {
    let world = World::new().await;
    let (proxy, panel) = (world.proxy.port(), world.panel.port());
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "own.test",
    ] {
        for port in [proxy, panel] {
            let answer = get(&world, &format!("http://{host}:{port}/")).await;
            assert!(answer.starts_with("HTTP/1.1 403"), "{host}:{port} {answer}");
            assert!(
                answer.contains("Adresse réservée"),
                "{host}:{port} {answer}"
            );
        }
    }
    let connect =
        format!("CONNECT 127.0.0.1:{panel} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(world.say(&connect).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn the_local_network_is_refused_after_the_name_was_resolved() {
    let mut world = World::new().await;
    world.bench.enforce(Some(session::rules()));
    let port = world.far_end.web.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "127.9.9.9",
        "[::ffff:127.0.0.1]",
        "10.255.255.1",
        "169.254.169.254",
        "192.168.1.1",
    ] {
        let answer = get(&world, &format!("http://{host}:{port}/secret")).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{host} {answer}");
        assert!(
            answer.contains("Adresse du réseau local"),
            "{host} {answer}"
        );
        let connect =
            format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = world.say(&connect).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{host} {answer}");
    }
    assert_eq!(world.far_end.connections(), 0);
    // It is an attempt like any other: said, and failed.
    let crate::brain::Seen::Connection(seen) = world.bench.seen().await.unwrap() else {
        panic!("a connection");
    };
    assert_eq!(seen.outcome, vigie_protocol::Outcome::Failed);
}

#[tokio::test]
async fn another_account_is_not_served() {
    let stranger = Seat {
        uid: Uid(Uid::own().0 + 1),
        account: None,
    };
    let mut world = World::with(stranger, Waits::default()).await;
    world.bench.enforce(Some(session::rules()));
    for request in [
        "GET http://site.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "CONNECT echo.test:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://croxy.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ] {
        let answer = world.say(request).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert!(answer.contains("un autre compte"), "{answer}");
    }
    assert_eq!(world.far_end.connections(), 0);
    world.bench.watch([]);
    let nothing = timeout(Duration::from_millis(50), world.bench.seen()).await;
    assert!(
        nothing.is_err(),
        "what a stranger does is not the pupil's: {nothing:?}"
    );
}

#[tokio::test]
async fn an_answer_that_stalls_is_cut_and_so_is_a_client_that_does_not_read() {
    let waits = Waits {
        body: Duration::from_millis(300),
        unread: Duration::from_millis(300),
    };
    let world = World::with(Seat::of(None).unwrap(), waits).await;
    let mut stream = world.connect().await;
    stream
        .write_all(b"GET http://site.test/drip HTTP/1.1\r\nHost: site.test\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut stream, "first").await;
    // The second half never comes: the answer ends, and not as a whole one does (an empty chunk).
    let mut rest = Vec::new();
    let ended = timeout(SOON, stream.read_to_end(&mut rest)).await.unwrap();
    assert!(!rest.ends_with(b"0\r\n\r\n"), "{ended:?} {rest:?}");

    // A flood that nobody reads: hung up once the buffers on the way are full and stay so.
    let mut stream = world.connect().await;
    stream
        .write_all(b"GET http://site.test/flood HTTP/1.1\r\nHost: site.test\r\n\r\n")
        .await
        .unwrap();
    let (peer, here) = (stream.local_addr().unwrap(), world.proxy);
    let far = |(): ()| crate::seat::peer::owner(here, peer);
    timeout(SOON, async {
        while far(()).is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the unread connection to be let go of");
}

#[tokio::test]
async fn hostile_requests_get_a_clear_answer_and_the_next_one_is_served() {
    let world = World::new().await;
    let long = "x".repeat(super::HEAD_BYTES_MAX + 1);
    let many = "X-A: 1\r\n".repeat(500);
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: site.test\r\n\r\n".to_owned(), "400"),
        ("GET ftp://site.test/ HTTP/1.1\r\nHost: a\r\n\r\n".into(), "501"),
        ("TRACE http://site.test/ HTTP/1.1\r\nHost: a\r\n\r\n".into(), "405"),
        ("CONNECT site.test HTTP/1.1\r\nHost: a\r\n\r\n".into(), "400"),
        ("CONNECT site.test:99999 HTTP/1.1\r\nHost: a\r\n\r\n".into(), "400"),
        ("GET http://site.test:0/ HTTP/1.1\r\nHost: a\r\n\r\n".into(), "400"),
        ("GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n".into(), "400"),
        ("GET http://xn--a/ HTTP/1.1\r\nHost: a\r\n\r\n".into(), "400"),
        ("\x16\x03\x01\x02\x00\x01\0\0\r\n\r\n".into(), "400"),
        (format!("GET http://site.test/ HTTP/1.1\r\nX-Long: {long}\r\n\r\n"), "431"),
        (format!("GET http://site.test/ HTTP/1.1\r\n{many}\r\n"), "431"),
        (
            "POST http://site.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx".into(),
            "400",
        ),
    ] {
        let shown: String = request.chars().take(60).collect();
        let answer = world.say(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{shown:?}: {answer}");
    }
    assert!(
        get(&world, "http://site.test/still")
            .await
            .contains("site.test/still")
    );
}

#[tokio::test]
async fn connections_above_the_limit_are_told_so_and_then_served_again() {
    let world = World::new().await;
    let mut held = Vec::new();
    for _ in 0..super::CONNECTIONS_MAX {
        held.push(world.connect().await);
    }
    // The last of them is accepted once it is answered.
    let last = held.last_mut().unwrap();
    last.write_all(b"GET http://site.test/last HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    read_until(last, "site.test/last").await;
    let mut refused = world.connect().await;
    let answer = read_until(&mut refused, "onglets").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    drop(held);
    loop {
        let mut stream = world.connect().await;
        let written = stream
            .write_all(
                b"GET http://site.test/again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            )
            .await;
        let mut answer = Vec::new();
        let read = timeout(SOON, stream.read_to_end(&mut answer))
            .await
            .unwrap();
        if written.is_ok() && read.is_ok() && answer.starts_with(b"HTTP/1.1 200") {
            return;
        }
    }
}

#[tokio::test]
async fn a_silent_tunnel_is_hung_up_and_a_busy_one_is_not() {
    let silent_max = Duration::from_millis(300);
    let ((mut near, near_end), (far_end, mut far)) = (tokio::io::duplex(64), tokio::io::duplex(64));
    let relaying = tokio::spawn(super::tunnel::relay(near_end, far_end, silent_max));
    let began = std::time::Instant::now();
    let mut last = began;
    while began.elapsed() < silent_max * 2 {
        last = std::time::Instant::now();
        near.write_all(b"x").await.unwrap();
        let mut byte = [0];
        far.read_exact(&mut byte).await.unwrap();
    }
    assert!(!relaying.is_finished());
    timeout(SOON, relaying).await.unwrap().unwrap();
    assert!(last.elapsed() >= silent_max);
}

async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    let reading = async {
        loop {
            let text = String::from_utf8_lossy(&read).into_owned();
            if text.contains(wanted) {
                return text;
            }
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "ended before {wanted:?}: {text}");
            read.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(SOON, reading).await.unwrap()
}
