//! The wire between real ends: the server's own process over TLS, the agent's own library, and those who would stand between.
//! Long because impostors, relays and copied disks share one set of made-up ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt as _, StreamExt as _};
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::{mpsc, watch};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use url::Url;
use vigie_agent::agent::Link;
use vigie_agent::{Able, Agent, BackOff, Config, PanelState};
use vigie_protocol::frame::Leaving;
use vigie_protocol::{CloseCode, Digest, Private, ServerFrame, Span};
use vigie_tests::patience;
use vigie_tests::processes::{Running, binary};

const UAI: &str = "0310001A";
const SOON: Duration = Duration::from_secs(30);
const ON: [(&str, &str); 1] = [("VIGIE_TLS_MODE", "on")];

/// A school of one room and its server.
struct Served {
    data: TempDir,
    room: String,
    port: u16,
    server: Running,
}

fn command(program: &str, data: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary(program).unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VIGIE_") {
            command.env_remove(name);
        }
    }
    command
        .env("VIGIE_DATA", data)
        .env("VIGIE_LISTEN", "127.0.0.1:0");
    command.envs(settings.iter().copied());
    command
}

async fn run(data: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = command("vigie", data, settings);
    command.args(arguments).kill_on_drop(true);
    patience::within("a command ends", SOON, command.output())
        .await
        .unwrap()
}

async fn ask(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, &[], arguments).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Served {
    async fn open(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        ask(data.path(), &["school", "add", UAI, "Collège du Test"]).await;
        let room = ["room", "add", "--school", UAI, "CDI", "--seats", "4"];
        let room = ask(data.path(), &room).await;
        let mut serve = command("vigie", data.path(), settings);
        serve.arg("serve");
        let mut server = Running::start(serve).unwrap();
        let url = server.line("ready ", SOON).await;
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        Self {
            data,
            room,
            port,
            server,
        }
    }

    async fn token(&self) -> String {
        ask(self.data.path(), &["agent", "token", "--room", &self.room]).await
    }

    /// The room's tokens, a line each.
    async fn tokens(&self) -> String {
        ask(self.data.path(), &["agent", "tokens", "--room", &self.room]).await
    }

    fn keys(&self) -> PathBuf {
        self.data.path().join("keys")
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.server.pid()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }
}

fn config(port: u16, data: &Path, token: Option<&str>) -> Config {
    let server = Url::parse(&format!("wss://127.0.0.1:{port}/agent/v1")).unwrap();
    Config {
        enrol: token.map(|token| Private::new(token.to_owned())),
        back_off: BackOff {
            first: Span(50),
            most: Span(200),
        },
        ..Config::new(server, data.to_owned())
    }
}

type Panel = watch::Receiver<Arc<PanelState>>;

async fn start(config: Config) -> (Agent, Panel) {
    let (agent, desk) = Agent::start(config, Able::default()).await.unwrap();
    // Nothing plays the desktop: the link is what is looked at.
    std::mem::forget(desk);
    let panel = agent.panel();
    (agent, panel)
}

/// Waits until the link is up or refused, and says which.
async fn link(panel: &mut Panel) -> Link {
    let settled = panel.wait_for(|state| matches!(state.link, Link::Up | Link::Refused { .. }));
    let state = patience::within("the link is up or refused", SOON, settled).await;
    state.unwrap().link.clone()
}

fn code(link: &Link) -> u16 {
    match link {
        Link::Refused { code, .. } => *code,
        other => panic!("not refused: {other:?}"),
    }
}

/// A TLS server that shows what lies in these keys.
fn shows(keys: &Path) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(keys.join("server.pem"))
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_file(keys.join("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A TLS client that trusts the authority in these keys, and nobody else.
fn trusts(keys: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(keys.join("authority.pem")).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn dial(
    by: &TlsConnector,
    port: u16,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    by.connect(ServerName::try_from("127.0.0.1").unwrap(), tcp)
        .await
}

/// Asks for a page over a connection, and gives the whole answer.
async fn get(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    path: &str,
) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A peer that says no more may end without a word.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workstation_comes_by_its_token_alone_waits_with_a_code_and_knows_its_server() {
    let school = Served::open(&ON).await;
    let token = school.token().await;
    let data = tempfile::tempdir().unwrap();
    let (agent, mut panel) = start(config(school.port, data.path(), Some(&token))).await;
    assert_eq!(link(&mut panel).await, Link::Up);
    let waits = panel.wait_for(|state| state.no_session == "waiting" && state.code.len() == 4);
    drop(
        patience::within("it waits with a code", SOON, waits)
            .await
            .unwrap(),
    );
    agent.stop(Leaving::Stopped).await;
    let known = std::fs::read_to_string(data.path().join("server")).unwrap();
    assert_eq!(token.split('.').nth(1), Some(known.as_str()));
    assert!(school.tokens().await.contains("used_up"));
    // From now on its key is enough.
    let (agent, mut panel) = start(config(school.port, data.path(), None)).await;
    assert_eq!(link(&mut panel).await, Link::Up);
    agent.stop(Leaving::Stopped).await;
    // Another machine does not come by the same token.
    let other = tempfile::tempdir().unwrap();
    let (_agent, mut panel) = start(config(school.port, other.path(), Some(&token))).await;
    assert_eq!(
        code(&link(&mut panel).await),
        CloseCode::NotEnrolled.number()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_had_by_whoever_trusts_the_authority() {
    let school = Served::open(&ON).await;
    let ours = trusts(&school.keys());
    let page = get(dial(&ours, school.port).await.unwrap(), "/trust").await;
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("SHA-256"),
        "{page}"
    );
    assert!(
        page.to_lowercase()
            .contains("strict-transport-security: max-age="),
        "{page}"
    );
    let said = ask(school.data.path(), &["trust"]).await;
    let print = said.split_whitespace().nth(2).unwrap();
    assert!(page.contains(print), "{print} is on the page");
    let file = get(
        dial(&ours, school.port).await.unwrap(),
        "/trust/vigie-authority.pem",
    )
    .await;
    let authority = std::fs::read_to_string(school.keys().join("authority.pem")).unwrap();
    assert!(file.ends_with(&authority), "{file}");
    let other = Served::open(&ON).await;
    dial(&ours, other.port)
        .await
        .expect_err("another server's authority is not trusted");
}

/// Confirms the subprotocol, as the agent insists.
#[expect(
    clippy::result_large_err,
    clippy::unnecessary_wraps,
    reason = "the signature is tungstenite's"
)]
fn confirm(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let protocol = vigie_protocol::AGENT_SUBPROTOCOL.parse().unwrap();
    response
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    Ok(response)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_impostor_gets_no_proof_and_no_token() {
    let (school, other) = (Served::open(&ON).await, Served::open(&ON).await);
    let token = school.token().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tls = shows(&other.keys());
    let (heard_in, mut heard) = mpsc::channel(64);
    // It speaks as a server does, with a key of its own; it even claims the real one's.
    let claimed = token.split('.').nth(1).unwrap().to_owned();
    tokio::spawn(async move {
        for turn in 0.. {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(stream) = tls.accept(tcp).await else {
                continue;
            };
            let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, confirm).await else {
                continue;
            };
            let own = SigningKey::from_bytes(&[9; 32]);
            let server = if turn % 2 == 0 {
                URL_SAFE_NO_PAD.encode(own.verifying_key().as_bytes())
            } else {
                claimed.clone()
            };
            while let Some(Ok(message)) = socket.next().await {
                let text = match &message {
                    Message::Text(text) => text.to_string(),
                    Message::Close(Some(frame)) => format!("close {}", frame.code),
                    _ => continue,
                };
                let hello = text.contains(r#""t":"hello""#);
                if heard_in.send(text).await.is_err() {
                    return;
                }
                if hello {
                    let challenge = ServerFrame::Challenge {
                        nonce: URL_SAFE_NO_PAD.encode([7; 32]),
                        server: server.clone(),
                        signature: URL_SAFE_NO_PAD.encode([7; 64]),
                    };
                    let _ = socket.send(Message::text(challenge.encode())).await;
                }
            }
        }
    });
    let data = tempfile::tempdir().unwrap();
    let (_agent, mut panel) = start(config(port, data.path(), Some(&token))).await;
    let refused = link(&mut panel).await;
    assert_eq!(code(&refused), CloseCode::Impostor.number(), "{refused:?}");
    let mut closed = 0;
    while closed < 4 {
        let text = patience::within("the impostor hears more", SOON, heard.recv())
            .await
            .unwrap();
        let secret = token.split('.').next().unwrap();
        assert!(!text.contains("proof") && !text.contains(secret), "{text}");
        closed += usize::from(text.starts_with("close "));
        if text.starts_with("close ") {
            assert_eq!(text, format!("close {}", CloseCode::Impostor.number()));
        }
    }
    assert!(!data.path().join("server").exists(), "it is not learned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stands_between_two_tls_connections_lets_nothing_through() {
    let (school, other) = (Served::open(&ON).await, Served::open(&ON).await);
    let token = school.token().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (near, far, beyond) = (shows(&other.keys()), trusts(&school.keys()), school.port);
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (near, far) = (near.clone(), far.clone());
            tokio::spawn(async move {
                let Ok(mut agent) = near.accept(tcp).await else {
                    return;
                };
                let Ok(mut server) = dial(&far, beyond).await else {
                    return;
                };
                // Word for word, both ways: the challenge is the real server's own.
                let _ = tokio::io::copy_bidirectional(&mut agent, &mut server).await;
            });
        }
    });
    let data = tempfile::tempdir().unwrap();
    let (_agent, mut panel) = start(config(port, data.path(), Some(&token))).await;
    let refused = link(&mut panel).await;
    assert_eq!(code(&refused), CloseCode::Impostor.number(), "{refused:?}");
    let Link::Refused { reason, .. } = refused else {
        unreachable!()
    };
    assert!(
        reason.contains("on its way"),
        "it says what is wrong: {reason}"
    );
    assert!(
        school.tokens().await.contains("1/1"),
        "the token is not used"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_disk_is_refused_while_the_first_lives_and_on_another_computer() {
    let school = Served::open(&ON).await;
    let token = school.token().await;
    let data = tempfile::tempdir().unwrap();
    let mut first = config(school.port, data.path(), Some(&token));
    first.machine = Some(Digest::new("a".repeat(64)));
    let (agent, mut panel) = start(first.clone()).await;
    assert_eq!(link(&mut panel).await, Link::Up);
    let copy = tempfile::tempdir().unwrap();
    for file in ["workstation", "key.pem", "server"] {
        std::fs::copy(data.path().join(file), copy.path().join(file)).unwrap();
    }
    let mut copied = config(school.port, copy.path(), None);
    copied.machine.clone_from(&first.machine);
    let (second, mut its_panel) = start(copied.clone()).await;
    assert_eq!(
        code(&link(&mut its_panel).await),
        CloseCode::Cloned.number()
    );
    second.stop(Leaving::Stopped).await;
    assert_eq!(panel.borrow().link, Link::Up, "the first did not notice");
    agent.stop(Leaving::Stopped).await;
    copied.machine = Some(Digest::new("b".repeat(64)));
    let (second, mut its_panel) = start(copied).await;
    assert_eq!(
        code(&link(&mut its_panel).await),
        CloseCode::Cloned.number()
    );
    second.stop(Leaving::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_exchanged_while_links_stay() {
    let (one, two) = (Served::open(&ON).await, Served::open(&ON).await);
    let files = tempfile::tempdir().unwrap();
    let (certificate, key) = (files.path().join("chain.pem"), files.path().join("key.pem"));
    let give = |from: &Served| {
        std::fs::copy(from.keys().join("server.pem"), &certificate).unwrap();
        std::fs::copy(from.keys().join("server-key.pem"), &key).unwrap();
    };
    give(&one);
    let settings = [
        ("VIGIE_TLS_CERTIFICATE", certificate.to_str().unwrap()),
        ("VIGIE_TLS_KEY", key.to_str().unwrap()),
    ];
    let school = Served::open(&settings).await;
    let token = school.token().await;
    let data = tempfile::tempdir().unwrap();
    let (agent, mut panel) = start(config(school.port, data.path(), Some(&token))).await;
    assert_eq!(link(&mut panel).await, Link::Up);
    dial(&trusts(&one.keys()), school.port).await.unwrap();
    dial(&trusts(&two.keys()), school.port).await.unwrap_err();
    give(&two);
    school.signal(Signal::HUP);
    patience::until("the new certificate is shown", SOON, || async {
        dial(&trusts(&two.keys()), school.port).await.ok()
    })
    .await;
    dial(&trusts(&one.keys()), school.port).await.unwrap_err();
    assert_eq!(panel.borrow().link, Link::Up, "the link stays");
    agent.stop(Leaving::Stopped).await;
    // And the workstation knows its server by the key, not by the certificate.
    let (_agent, mut panel) = start(config(school.port, data.path(), None)).await;
    assert_eq!(link(&mut panel).await, Link::Up);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_said_in_clear_beyond_this_machine() {
    let data = tempfile::tempdir().unwrap();
    let open = [("VIGIE_LISTEN", "0.0.0.0:0"), ("VIGIE_TLS_MODE", "off")];
    let refused = run(data.path(), &open, &["serve"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("loopback"),
        "{said}"
    );

    let school = Served::open(&ON).await;
    let address = format!("127.0.0.1:{}", school.port);
    let refused = run(data.path(), &[("VIGIE_LISTEN", &address)], &["serve"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("in use"),
        "{said}"
    );

    let plain = TcpStream::connect(&address).await.unwrap();
    let answer = get(plain, "/").await;
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("https"),
        "{answer}"
    );
    // Whoever begins a handshake and says no more holds the place for seconds, not for ever.
    let mut slow = TcpStream::connect(&address).await.unwrap();
    slow.write_all(&[22, 3, 1]).await.unwrap();
    let mut rest = Vec::new();
    let ended = patience::within("a slow handshake ends", SOON, slow.read_to_end(&mut rest)).await;
    assert!(
        ended.is_err() || rest.is_empty() || rest.first() == Some(&21),
        "{rest:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_enrol_and_run_over_tls() {
    let school = Served::open(&ON).await;
    let token = school.token().await;
    let data = tempfile::tempdir().unwrap();
    let server = format!("wss://127.0.0.1:{}/agent/v1", school.port);
    let enrol = async |token: &str, more: &[&str]| {
        let mut enrol = command("vigie-agent", data.path(), &[]);
        enrol.args(["enrol", "--server", &server, "--token", token, "--data"]);
        enrol.arg(data.path()).args(more).output().await.unwrap()
    };
    let enrolled = enrol(&token, &[]).await;
    let said = String::from_utf8_lossy(&enrolled.stdout).into_owned();
    assert!(said.starts_with("enrolled "), "{enrolled:?}");
    // Afresh it is another workstation, and needs a use of its own.
    let refused = enrol(&token, &["--afresh"]).await;
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("token"), "{why}");
    let again = enrol(&school.token().await, &["--afresh"]).await;
    let other = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(other.starts_with("enrolled ") && other != said, "{again:?}");
}
