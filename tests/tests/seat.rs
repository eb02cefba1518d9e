//! The seat against those who share the machine with the pupil: other accounts, and pages of other sites in the pupil's own browser.
//! And the doctor, on a workstation that works and on one that does not.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::too_many_lines,
    reason = "a test may fail loudly"
)]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::time::Duration;

use vigie_protocol::EventKind;
use vigie_tests::browser::{Browser, Wish};
use vigie_tests::display::Display;
use vigie_tests::journal;
use vigie_tests::patience::until;
use vigie_tests::processes::binary;
use vigie_tests::school::{Desktop, PASSWORD, School, Workstation};
use vigie_tests::web::Web;

const SOON: Duration = Duration::from_secs(20);
/// An account that every system has and nobody uses.
const NOBODY: u32 = 65_534;

fn panel_of(workstation: &Workstation) -> SocketAddr {
    let bare = workstation.panel.trim_start_matches("http://");
    bare.trim_end_matches('/').parse().unwrap()
}

/// An adult who has started a session with its chat open.
async fn adult(school: &School) -> Browser {
    let tablet = Browser::start(Wish::tablet()).await.unwrap();
    tablet.go(&school.url()).await.unwrap();
    tablet.write("input[name=name]", "renaud").await.unwrap();
    tablet
        .write("input[name=password]", PASSWORD)
        .await
        .unwrap();
    tablet.tap("[data-do=sign-in]").await;
    let room = format!("[data-room='{}'] [data-do=open]", school.room);
    tablet.tap(&room).await;
    tablet.tap(".session-form input[name=chat]").await;
    tablet.tap(".session-form [data-do=start]").await;
    tablet.find("live-room[data-link=live]").await;
    tablet
}

/// What a page's own script gets from the panel; `refused` when the browser or the panel does not let it.
async fn script(browser: &Browser, fetch: &str) -> String {
    let script = format!(
        "const done = arguments[arguments.length - 1]; \
         (async () => {{ const answer = await {fetch}; return answer.type === 'opaque' ? 'sent' : String(answer.status); }})() \
         .then(done, () => done('refused'));"
    );
    let said = browser.client.execute_async(&script, Vec::new()).await;
    said.unwrap().as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_get_nothing_from_the_panel_and_ask_nothing_of_it() {
    let web = Web::start().await.unwrap();
    let school = School::start().await.unwrap();
    let resolve = [format!("ailleurs.test={}", web.address)];
    let desktop = Desktop {
        resolve: &resolve,
        ..Desktop::default()
    };
    let workstation = school.workstation(1, desktop).await.unwrap();
    let tablet = adult(&school).await;
    tablet.find("[data-seat='1'][data-reachable=yes]").await;
    let panel = panel_of(&workstation);
    let pupil = Browser::start(Wish {
        proxy: Some(workstation.proxy),
        ..Wish::tablet()
    });
    let pupil = pupil.await.unwrap();
    // The pupil's browser holds the cookie.
    pupil
        .go(&workstation.ticket().await.unwrap())
        .await
        .unwrap();
    pupil.find("#chat-form").await;
    let hash = pupil.run("return location.hash").await.unwrap();
    assert_eq!(hash, "", "the ticket does not stay in the address");
    let cookie = pupil.run("return document.cookie").await.unwrap();
    assert_eq!(cookie, "", "no script reads the cookie");

    // A page of another site in the same browser: its scripts, and its form.
    pupil.go("http://ailleurs.test/piege").await.unwrap();
    let json = "{ method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{\"text\":\"piège\"}' }";
    let plain =
        "{ method: 'POST', mode: 'no-cors', credentials: 'include', body: '{\"text\":\"piège\"}' }";
    for path in ["help", "chat", "charter/accept", "lang", "open"] {
        let said = script(&pupil, &format!("fetch('http://{panel}/{path}', {json})")).await;
        assert_eq!(said, "refused", "{path}");
        // Sent blindly, as the platform allows: refused at the panel, which is seen below.
        script(&pupil, &format!("fetch('http://{panel}/{path}', {plain})")).await;
    }
    for path in ["live", "may", "panel.js"] {
        let read = format!("fetch('http://{panel}/{path}', {{ credentials: 'include' }})");
        assert_eq!(script(&pupil, &read).await, "refused", "{path}");
    }
    let form = format!(
        "const form = document.createElement('form'); form.method = 'POST'; form.enctype = 'text/plain'; \
         form.action = 'http://{panel}/help'; document.body.append(form); form.submit();"
    );
    pupil.run(&form).await.unwrap();
    pupil.text_with("body", "ne vient pas de la page").await;

    // A name that was rebound to loopback: the panel itself answers under it, and refuses.
    let rebound = Browser::start(Wish {
        names: Some(panel),
        ..Wish::tablet()
    });
    let rebound = rebound.await.unwrap();
    rebound.go("http://rebond.test/").await.unwrap();
    rebound.text_with("body", "ne vient pas de la page").await;
    let ticket = workstation.ticket().await.unwrap();
    let ticket = ticket.split('#').nth(1).unwrap();
    let exchange = format!(
        "fetch('/open', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, body: '{{\"ticket\":\"{ticket}\"}}' }})"
    );
    assert_eq!(script(&rebound, &exchange).await, "403");
    assert_eq!(script(&rebound, "fetch('/live')").await, "403");

    // A page that asks the proxy for the panel, and for what else this machine serves.
    let through = Browser::start(Wish {
        proxy: Some(workstation.proxy),
        loopback_too: true,
        ..Wish::tablet()
    });
    let through = through.await.unwrap();
    through.go(&workstation.panel).await.unwrap();
    through.text_with("h1", "Adresse réservée").await;
    through.go(&school.url()).await.unwrap();
    through.text_with("h1", "Adresse du réseau local").await;
    through.picture("proxy-local").await.unwrap();

    // The pupil's own ask comes, and it is the only one that ever did.
    pupil.go(&workstation.panel).await.unwrap();
    pupil.write("#help-text", "Le vrai").await.unwrap();
    pupil.tap("#help-form button").await;
    tablet.find("[data-shape=hand]").await;
    let events = journal::events(school.data(), 1).await.unwrap();
    let asked: Vec<_> = events
        .iter()
        .filter(|event| {
            matches!(
                event.kind,
                EventKind::HelpAsked { .. }
                    | EventKind::Chat { .. }
                    | EventKind::CharterAccepted { .. }
            )
        })
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
}

/// Runs a shell's words as an account; what they print.
fn as_account(uid: u32, words: &str) -> String {
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", words]).current_dir("/").uid(uid).gid(uid);
    let output = shell.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn get(address: SocketAddr, target: &str, host: &str) -> String {
    let (ip, port) = (address.ip(), address.port());
    format!(
        "exec 3<>/dev/tcp/{ip}/{port}; printf 'GET {target} HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3"
    )
}

/// Needs root, to be somebody else; without it only the unit tests of the seat stand for this.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_of_the_machine_is_served_nothing() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: nobody else to be here");
        return;
    }
    let web = Web::start().await.unwrap();
    let school = School::start().await.unwrap();
    let open = tempfile::tempdir().unwrap();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = open.path().join("vigie-agent");
    fs::copy(binary("vigie-agent").unwrap(), &program).unwrap();
    let (door, program) = (
        open.path().join("panel.sock"),
        program.display().to_string(),
    );
    let resolve = [format!("site.test={}", web.address)];
    // As it is meant: the agent has an account of its own, the pupil another.
    let desktop = Desktop {
        resolve: &resolve,
        account: Some("nobody"),
        door: Some(&door),
        ..Desktop::default()
    };
    let workstation = school.workstation(1, desktop).await.unwrap();
    let panel = panel_of(&workstation);
    let knock = format!("{program} panel --print --door {}", door.display());

    let pupil = as_account(NOBODY, &knock);
    assert!(pupil.starts_with(&format!("http://{panel}/#")), "{pupil}");
    let page = as_account(NOBODY, &get(panel, "/", &panel.to_string()));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let visited = as_account(
        NOBODY,
        &get(workstation.proxy, "http://site.test/", "site.test"),
    );
    assert!(visited.contains("site.test/"), "{visited}");
    let file = |name: &str| workstation.data().join(name).display().to_string();
    for name in ["key.pem", "spool", "workstation", "lease.json"] {
        let read = as_account(NOBODY, &format!("cat {0} || ls {0}", file(name)));
        assert!(read.contains("Permission denied"), "{name}: {read}");
        assert!(!read.contains("PRIVATE KEY"), "{read}");
    }

    for stranger in [0, NOBODY - 1] {
        let page = as_account(stranger, &get(panel, "/", &panel.to_string()));
        assert!(page.starts_with("HTTP/1.1 403"), "{stranger}: {page}");
        let visited = as_account(
            stranger,
            &get(workstation.proxy, "http://site.test/", "site.test"),
        );
        assert!(visited.starts_with("HTTP/1.1 403"), "{stranger}: {visited}");
        assert!(visited.contains("un autre compte"), "{visited}");
        let ticket = as_account(stranger, &knock);
        assert!(ticket.contains("does not tell this account"), "{ticket}");
    }
    assert_eq!(web.visits().len(), 1, "{:?}", web.visits());
    let (_, report) = workstation
        .doctor(&["--door", &door.display().to_string(), "--lang", "en"])
        .await
        .unwrap();
    assert!(report.contains("OK        account"), "{report}");
}

/// The line of a part in an English report: the part is its second word.
fn line<'a>(report: &'a str, part: &str) -> &'a str {
    let of_part = |line: &&str| line.split_whitespace().nth(1) == Some(part);
    report
        .lines()
        .find(of_part)
        .unwrap_or_else(|| panic!("no {part} in:\n{report}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_works_and_what_does_not() {
    let display = Display::start().await.unwrap();
    let mut school = School::start().await.unwrap();
    let desktop = Desktop {
        display: Some(&display),
        ..Desktop::default()
    };
    let workstation = school.workstation(1, desktop).await.unwrap();
    let data = workstation.data().to_owned();
    let tablet = adult(&school).await;
    tablet.find("[data-seat='1'][data-reachable=yes]").await;
    let lists = data.join("lists");
    let list = until("the list to be here", SOON, async || {
        let mut files = fs::read_dir(&lists).ok()?.flatten().map(|file| file.path());
        files.find(|path| path.extension().is_some_and(|end| end == "vgl"))
    })
    .await;
    let on = ["--display", &display.name, "--lang", "en"];
    let (code, report) = workstation.doctor(&on).await.unwrap();
    assert_eq!(code, Some(0), "{report}");
    for part in [
        "agent", "folder", "settings", "key", "spool", "lists", "charter", "display", "sensor",
        "proxy", "panel", "server", "link", "clock",
    ] {
        assert!(line(&report, part).starts_with("OK "), "{report}");
    }
    // The test's agent and its pupil are one account, which is worth a look.
    assert!(line(&report, "account").starts_with("MIND"), "{report}");
    assert!(report.contains("a session is on"), "{report}");

    // What breaks is said, in either language, and nothing else is.
    let broken = async |parts: &[&str], more: &[&str]| {
        let (code, report) = workstation.doctor(more).await.unwrap();
        assert_eq!(code, Some(1), "{report}");
        let mark = if more.contains(&"en") {
            "BROKEN"
        } else {
            "EN PANNE"
        };
        let found: Vec<&str> = report
            .lines()
            .filter_map(|line| line.strip_prefix(mark)?.split_whitespace().next())
            .collect();
        assert_eq!(found, parts, "{report}");
        report
    };
    let key = data.join("key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    broken(&["key"], &on).await;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let spool = data.join("spool");
    fs::set_permissions(&spool, fs::Permissions::from_mode(0o755)).unwrap();
    let report = broken(&["folder"], &["--display", &display.name, "--lang", "fr"]).await;
    assert!(
        report.contains("lisible par d’autres comptes (droits 755)"),
        "{report}"
    );
    fs::set_permissions(&spool, fs::Permissions::from_mode(0o700)).unwrap();
    let whole = fs::read(&list).unwrap();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&list, damaged).unwrap();
    broken(&["lists"], &on).await;
    fs::write(&list, whole).unwrap();
    broken(
        &["display", "sensor", "sensor", "sensor"],
        &["--lang", "fr"],
    )
    .await;
    school.kill().await;
    until("the agent to notice", SOON, async || {
        let (_, report) = workstation.doctor(&on).await.ok()?;
        line(&report, "link").starts_with("BROKEN").then_some(())
    })
    .await;
    broken(&["server", "link"], &on).await;
    school.serve().await.unwrap();
    until("the link to be back", SOON, async || {
        (workstation.doctor(&on).await.ok()?.0 == Some(0)).then_some(())
    })
    .await;

    // Without the agent: told so, and the rest still looked at.
    let folder = workstation.stop().await;
    let program = binary("vigie-agent").unwrap();
    let alone = |data: &Path| {
        let mut command = std::process::Command::new(&program);
        command
            .args([
                "doctor",
                "--lang",
                "en",
                "--display",
                &display.name,
                "--data",
            ])
            .arg(data);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, report) = alone(folder.path());
    assert_eq!(code, Some(1), "{report}");
    assert!(line(&report, "agent").starts_with("BROKEN"), "{report}");
    assert!(line(&report, "server").starts_with("OK"), "{report}");
    let (code, report) = alone(&folder.path().join("nowhere"));
    assert_eq!(code, Some(1), "{report}");
    assert!(
        line(&report, "folder").contains("does not exist"),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_switched_off_says_so_and_an_agent_that_stops_says_that() {
    let school = School::start().await.unwrap();
    let tablet = adult(&school).await;
    let programs = tempfile::tempdir().unwrap();
    let systemctl = programs.path().join("systemctl");
    for (seat, answer, state) in [(1, "stopping", "off"), (2, "running", "stopped")] {
        // systemd's own answer while the machine goes down, and while it does not.
        fs::write(&systemctl, format!("#!/bin/sh\necho {answer}\n")).unwrap();
        fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755)).unwrap();
        let desktop = Desktop {
            programs: Some(programs.path()),
            ..Desktop::default()
        };
        let workstation = school.workstation(seat, desktop).await.unwrap();
        let tile = format!("[data-seat='{seat}']");
        // The enrolment had a link as well: only the agent knows that its own is up.
        until("the agent's link", SOON, async || {
            let (_, report) = workstation.doctor(&["--lang", "en"]).await.ok()?;
            line(&report, "link").starts_with("OK").then_some(())
        })
        .await;
        tablet.find(&format!("{tile}[data-reachable=yes]")).await;
        workstation.stop().await;
        tablet.find(&format!("{tile}[data-state={state}]")).await;
    }
}
