//! The server as a process, under what a hostile client and a careless operator do: its log, its files, its API.
//!
//! Not part of the inner loop (`test = false`): it needs the binaries, and schemathesis, which `tests/all` installs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use vigie_tests::processes::binary;
use vigie_tests::school::{PASSWORD, School, UAI};

/// Test cases of each operation and phase; with the fixed seed a failure can be had again.
const EXAMPLES: &str = "40";
const SEED: &str = "20261124";

/// Asks and reads until the server hangs up.
async fn ask(school: &School, head: &str, body: &str) -> String {
    let address = school.url().replace("http://", "");
    let mut socket = TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\norigin: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        school.url(),
        body.len()
    );
    let _ = socket.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let read = socket.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn sign_in(school: &School) -> String {
    let body = format!(r#"{{"name":"renaud","password":"{PASSWORD}"}}"#);
    let answer = ask(school, "POST /api/v1/login", &body).await;
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .and_then(|set| set.split(';').next());
    cookie.unwrap().to_owned()
}

/// Runs `vigie` on a data directory; whether it succeeded, and all that it said.
async fn vigie(data: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(binary("vigie").unwrap());
    // Not the settings of whoever runs the tests.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VIGIE_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(arguments)
        .env("VIGIE_DATA", data)
        .env("LC_ALL", "en_GB.UTF-8")
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_or_personal_is_in_the_log_and_no_line_is_forged() {
    let school = School::start().await.unwrap();
    let cookie = sign_in(&school).await;
    let forged = "renaud\\n2026-11-24T08:00:00Z  INFO FORGED: all is well\\r\\u001b[2K";
    for (head, body) in [
        (
            "POST /api/v1/login".to_owned(),
            format!(r#"{{"name":"{forged}","password":"guess-of-somebody"}}"#),
        ),
        (
            "POST /api/v1/login".to_owned(),
            r#"{"name":"renaud","password":"guess-of-somebody"}"#.to_owned(),
        ),
        (
            "POST /api/v1/login".to_owned(),
            "{\"name\": FORGED\n".to_owned(),
        ),
        (
            "GET /api/v1/rooms/%0aFORGED%1b[2K".to_owned(),
            String::new(),
        ),
        ("GET /FORGED%0d%0aFORGED".to_owned(), String::new()),
        (
            format!(
                "GET /api/v1/me HTTP/1.1\r\ncookie: {cookie}x\r\nx: y\r\nuser-agent: FORGED\u{1b}[2K\r\nx:"
            ),
            String::new(),
        ),
    ] {
        let answer = ask(&school, &head, &body).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{head}: {answer}");
    }
    let log = school.said();
    assert!(
        log.contains("a sign-in was refused"),
        "refusals are logged:\n{log}"
    );
    let token = cookie.split_once('=').unwrap().1;
    for never in ["FORGED", PASSWORD, "guess-of-somebody", token, "\u{1b}[2K"] {
        assert!(!log.contains(never), "{never:?} is in the log:\n{log}");
    }
    school.vigie(&["user", "reset", "renaud"]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_server_is_put_back_and_a_forged_log_is_named() {
    let school = School::start().await.unwrap();
    sign_in(&school).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let parent = elsewhere.path().join("backups");
    let said = school
        .vigie(&["backup", &parent.display().to_string()])
        .await
        .unwrap();
    let folder = PathBuf::from(said.lines().next().unwrap());
    let back = elsewhere.path().join("back");
    let (done, said) = vigie(&back, &["restore", &folder.display().to_string()]).await;
    assert!(done, "{said}");
    let (done, said) = vigie(&back, &["audit", "verify"]).await;
    assert!(done && said.contains("whole"), "{said}");
    let (done, said) = vigie(&back, &["restore", &folder.display().to_string()]).await;
    assert!(!done && said.contains("not empty"), "{said}");
    // A hand in the log of the copy.
    let month = std::fs::read_dir(back.join("audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|it| it == "sqlite"))
        .unwrap();
    let db = sea_orm::Database::connect(format!("sqlite://{}", month.display()))
        .await
        .unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(
        &db,
        "UPDATE audit SET staff = 'somebody' WHERE id = 1",
    )
    .await
    .unwrap();
    db.close().await.unwrap();
    let (done, said) = vigie(&back, &["audit", "verify"]).await;
    assert!(!done && said.contains("line 1: changed"), "{said}");
    // A server takes the restored directory up, and a second one is not let in beside it.
    let (done, said) = vigie(school.data(), &["serve"]).await;
    assert!(!done && said.contains("another server"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_server_error() {
    let school = School::start().await.unwrap();
    for role in ["dpo", "documentalist", "admin"] {
        let user = ["user", "add", "renaud", "--school", UAI, "--role", role];
        school.vigie(&user).await.unwrap();
    }
    let cookie = sign_in(&school).await;
    let output = Command::new(schemathesis())
        .args(["run", &format!("{}/api/v1/openapi.json", school.url())])
        .args(["--header", &format!("Cookie: {cookie}")])
        .args(["--header", &format!("Origin: {}", school.url())])
        // What ends the login that the rest is asked with; the sockets are `server/src/routes/tests/sockets.rs`'s.
        .args([
            "--exclude-path-regex",
            "logout|/logins|/me/password|/live$|/agent/v1$",
        ])
        .args(["--checks", "not_a_server_error", "--mode", "all"])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            EXAMPLES,
            "--seed",
            SEED,
        ])
        .args([
            "--max-time",
            "90",
            "--request-timeout",
            "20",
            "--suppress-health-check",
            "all",
        ])
        .args(["--warnings", "off", "--no-color"])
        .current_dir(tempfile::tempdir().unwrap().path())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        school.said()
    );
    // It did ask: a run that finds nothing to ask succeeds as well.
    assert!(
        said.contains("No issues found") || said.contains("passed"),
        "{said}"
    );
    println!("{said}");
    let health = ask(&school, "GET /healthz", "").await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
}

/// Where `tests/all` put it, else whatever the machine has.
fn schemathesis() -> PathBuf {
    let cached = std::env::var_os("VIGIE_TEST_TOOLS")
        .map(|tools| PathBuf::from(tools).join("schemathesis/bin/st"));
    cached
        .filter(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from("st"))
}
