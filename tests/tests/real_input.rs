//! The main job on real input: a pupil's browser, window and words at a real desktop become alerts on an adult's tablet, and the
//! adult's tap comes back. No event is injected anywhere: two tests here show that the claims fail without the proxy and without the
//! window sensor.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly"
)]

use std::time::{Duration, Instant};

use vigie_protocol::EventKind;
use vigie_tests::browser::{Browser, Wish};
use vigie_tests::display::Display;
use vigie_tests::journal;
use vigie_tests::patience::until;
use vigie_tests::school::{Desktop, PASSWORD, School, Workstation};
use vigie_tests::web::Web;

const SOON: Duration = Duration::from_secs(20);
/// The lock's background.
const CHALK: &str = "#f6f4ee";

/// What a stage is set without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    /// The pupil's browser goes straight to the network, where the same names are.
    Proxy,
    /// The agent at the pupil's seat has no desktop.
    Window,
}

/// Everything that stands: a desktop with a pupil, a server, a tablet.
struct Stage {
    display: Display,
    web: Web,
    school: School,
    workstation: Workstation,
    tablet: Browser,
    pupil: Browser,
    terminal: vigie_tests::processes::Running,
    typed: tempfile::TempDir,
}

impl Stage {
    /// The adult has signed in and started a session with its chat open; the pupil sits in front of a browser.
    async fn set(without: Without) -> Self {
        let display = Display::start().await.unwrap();
        let web = Web::start().await.unwrap();
        let school = School::start().await.unwrap();
        let names = [
            "encyclopedie.test",
            "croxy-proxy.test",
            "www.croxy-proxy.test",
        ];
        let resolve = names.map(|name| format!("{name}={}", web.address));
        let desktop = Desktop {
            display: (without != Without::Window).then_some(&display),
            resolve: &resolve,
            ..Desktop::default()
        };
        let workstation = school.workstation(1, desktop).await.unwrap();
        let typed = tempfile::tempdir().unwrap();
        let terminal = display
            .terminal("cahier", &typed.path().join("lines"))
            .await;
        let tablet = Browser::start(Wish::tablet()).await.unwrap();
        start_session(&tablet, &school).await;
        let pupil = Browser::start(Wish {
            display: Some(&display),
            proxy: (without != Without::Proxy).then_some(workstation.proxy),
            names: (without == Without::Proxy).then_some(web.address),
            ..Wish::tablet()
        });
        Self {
            pupil: pupil.await.unwrap(),
            terminal: terminal.unwrap(),
            display,
            web,
            school,
            workstation,
            tablet,
            typed,
        }
    }

    /// What reached the terminal through the keyboard.
    fn typed(&self) -> String {
        std::fs::read_to_string(self.typed.path().join("lines")).unwrap_or_default()
    }

    /// The pupil's hands: the address bar of the browser in front.
    async fn visit(&self, url: &str) {
        let window = self.display.ask(
            "xdotool",
            &["search", "--onlyvisible", "--class", "chromium"],
        );
        let window = window.await.unwrap();
        self.display
            .activate(window.lines().next().unwrap())
            .await
            .unwrap();
        self.display.press("ctrl+l").await.unwrap();
        self.display.type_text(url).await.unwrap();
        self.display.press("Return").await.unwrap();
    }

    /// The queue's entry whose evidence holds these words: its key and why.
    async fn item(&self, evidence: &str) -> (String, String) {
        let script = format!(
            "const item = [...document.querySelectorAll('[data-item]')].find(item => \
             [...item.querySelectorAll('mark')].some(mark => mark.textContent.includes({evidence:?}))); \
             return item ? [item.dataset.item, item.querySelector('.why').textContent] : null;"
        );
        let what = format!(
            "an alert on {evidence:?}; the server said:\n{}",
            self.school.said()
        );
        until(&what, SOON, async || {
            let found = self.tablet.run(&script).await.ok()?;
            Some((found[0].as_str()?.to_owned(), found[1].as_str()?.to_owned()))
        })
        .await
    }

    /// The pupil's tile shows these words; each look is a round trip to the browser.
    async fn tile(&self, words: &str) {
        let script = "return document.querySelector(\"[data-seat='1']\").textContent";
        let deadline = Instant::now() + SOON;
        loop {
            let tile = self.tablet.run(script).await.unwrap();
            let tile = tile.as_str().unwrap_or_default().to_lowercase();
            if tile.contains(words) {
                return;
            }
            let agent = self.workstation.agent.said();
            assert!(
                Instant::now() < deadline,
                "the tile shows {tile:?} and not {words:?}; the agent said:\n{agent}"
            );
        }
    }

    /// Asks for a lock through the page's own code, so that it may be short; answers the command's id.
    async fn lock(&self, holds: Duration) -> String {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ \
             const {{ command }} = await import('/assets/kit/api.js'); \
             const {{ mintCommandId }} = await import('/assets/kit/id.js'); \
             const id = mintCommandId(); \
             const answer = await command({room:?}, id, {{ seats: [1] }}, {{ do: 'lock', text: 'Regardez le tableau.' }}, {holds}); \
             done(answer.ok ? id : 'refused: ' + answer.words); }})().catch(error => done('failed: ' + error));",
            room = self.school.room,
            holds = holds.as_millis(),
        );
        let id = self
            .tablet
            .client
            .execute_async(&script, Vec::new())
            .await
            .unwrap();
        let id = id.as_str().unwrap().to_owned();
        assert_eq!(id.len(), 36, "{id}");
        id
    }

    /// How many entries of the queue have these words as their evidence and name this place.
    async fn alerts(&self, evidence: &str, place: &str) -> u64 {
        let script = format!(
            "return [...document.querySelectorAll('[data-item]')].filter(item => \
             [...item.querySelectorAll('mark')].some(mark => mark.textContent.includes({evidence:?})) && \
             item.textContent.includes({place:?})).length"
        );
        self.tablet.run(&script).await.unwrap().as_u64().unwrap()
    }

    /// The pupil opens the panel and writes there; returns once its alert is on the tablet, after all that came before it.
    async fn write_in_panel(&self) {
        let panel = self.workstation.ticket().await.unwrap();
        self.pupil.go(&panel).await.unwrap();
        let text = "Bonjour, tu n’es qu’une espèce d’abruti";
        self.pupil.write("#chat-text", text).await.unwrap();
        self.pupil.tap("#chat-form button").await;
        let (_, why) = self.item("abruti").await;
        assert!(why.contains("5.1"), "{why}");
    }

    async fn covered(&self) -> bool {
        self.display.colour(4, 4).await.unwrap() == CHALK
    }
}

/// Signs in and starts a session with an open chat, as two taps and a switch do it.
async fn start_session(tablet: &Browser, school: &School) {
    tablet.go(&school.url()).await.unwrap();
    tablet.write("input[name=name]", "renaud").await.unwrap();
    tablet
        .write("input[name=password]", PASSWORD)
        .await
        .unwrap();
    tablet.tap("[data-do=sign-in]").await;
    tablet
        .tap(&format!("[data-room='{}'] [data-do=open]", school.room))
        .await;
    tablet.tap(".session-form input[name=chat]").await;
    tablet.tap(".session-form [data-do=start]").await;
    tablet.find("live-room[data-link=live]").await;
    tablet.find("[data-seat='1'][data-reachable=yes]").await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "one story from the pupil to the adult and back"
)]
async fn what_a_pupil_does_becomes_alerts_and_the_answer_comes_back() {
    let mut stage = Stage::set(Without::Nothing).await;

    // A page that no rule minds passes, and the tile shows what is in front: only the window sensor can know.
    stage.visit("encyclopedie.test/revolution").await;
    stage
        .pupil
        .text_with("h1", "encyclopedie.test/revolution")
        .await;
    stage.tile("chromium").await;
    let window = stage.display.window("cahier").await;
    stage.display.activate(&window).await.unwrap();
    stage.tile("terminal").await;
    let (_, why) = stage.item("xterm").await;
    assert!(why.contains("5.3"), "{why}");

    // A page of the list's category is stopped at once, explained to the pupil and shown to the adult.
    stage.visit("croxy-proxy.test/surf").await;
    stage
        .pupil
        .text_with("main", "Ce site sert à contourner le filtrage.")
        .await;
    let (blocked, why) = stage.item("croxy-proxy.test").await;
    assert!(why.contains("4.2"), "{why}");
    let reached = stage.web.visits();
    assert!(
        !reached.iter().any(|visit| visit.contains("croxy")),
        "{reached:?}"
    );

    // The page leads to the panel; the pupil writes there.
    stage.pupil.tap("a.go").await;
    stage.pupil.find("#chat-form").await;
    stage.pupil.text_with("#blocks", "croxy-proxy.test").await;
    stage
        .pupil
        .write("#chat-text", "Bonjour, tu n’es qu’une espèce d’abruti")
        .await
        .unwrap();
    stage.pupil.tap("#chat-form button").await;
    let (_, why) = stage.item("abruti").await;
    assert!(why.contains("5.1"), "{why}");
    stage.tablet.picture("live-room-real-input").await.unwrap();

    // One tap answers, the panel shows it, and the tablet is told.
    // The page takes no tap in the breath after its queue has moved; an adult taps again, and it is sent once.
    let remind = format!(
        "const item = document.querySelector(\"[data-item='{blocked}']\"); \
         return item.querySelector('.answer').textContent;"
    );
    until("the reminder to be sent", SOON, async || {
        let said = stage.tablet.run(&remind).await.ok()?;
        if said.as_str().is_some_and(|said| !said.is_empty()) {
            return Some(());
        }
        let button = format!("[data-item='{blocked}'] [data-do=remind]");
        stage.tablet.tap(&button).await;
        None
    })
    .await;
    stage
        .pupil
        .text_with("#messages .message", "Reviens à ta tâche")
        .await;
    stage.pupil.picture("panel-real-input").await.unwrap();
    stage.tablet.tap("[data-seat='1']").await;
    stage
        .tablet
        .find("[data-sheet='1'] [data-receipt=done]")
        .await;
    stage.tablet.tap("[data-sheet='1'] [data-do=close]").await;

    // The server is killed. The pupil is still stopped, and still heard once it is back.
    let (_, before) = stage.item("croxy-proxy.test").await;
    let (_, acked) = journal::spooled(stage.workstation.data()).unwrap();
    stage.school.kill().await;
    let durable = journal::saw(stage.school.data(), 1).await.unwrap();
    assert_eq!(durable, (1..=durable.len() as u64).collect::<Vec<_>>());
    let acked = (1..=acked).collect::<Vec<_>>();
    assert_eq!(durable[..acked.len()], acked, "acknowledged is durable");
    stage.visit("www.croxy-proxy.test/encore").await;
    stage.pupil.text_with("main", "www.croxy-proxy.test").await;
    let waiting = journal::unacked(stage.workstation.data()).unwrap();
    assert!(!waiting.is_empty(), "the new try waits in the spool");
    stage.tablet.find("live-room[data-link=old]").await;
    stage.school.serve().await.unwrap();
    stage.tablet.find("live-room[data-link=live]").await;
    // The same rule at the same seat: the alert that was open counts one more.
    until("the alert to count the new try", SOON, async || {
        let (_, now) = stage.item("croxy-proxy.test").await;
        (now != before && now.contains("fois")).then_some(())
    })
    .await;

    // Every number that the agent gave is in the journal once, in order, and nothing else is; what waited is there word for word.
    // Read between two looks at the spool that say the same: the desktop goes on meanwhile.
    let (data, agent_data) = (stage.school.data(), stage.workstation.data());
    let (given, events) = until("journal and spool to be at rest", SOON, async || {
        let spooled = journal::spooled(agent_data).ok()?;
        let events = journal::events(data, 1).await.ok()?;
        let still = journal::spooled(agent_data).ok()? == spooled;
        (still && spooled.0 == spooled.1).then_some((spooled.0, events))
    })
    .await;
    let numbers: Vec<u64> = events.iter().map(|event| event.seq.0).collect();
    assert_eq!(numbers, (1..=given).collect::<Vec<_>>());
    for event in &waiting {
        let kept = &events[event.seq.0 as usize - 1];
        // The time is told by the server's clock, less what it measured of the agent's; the rest is word for word.
        assert_eq!((&kept.seq, &kept.kind), (&event.seq, &event.kind));
        assert!(
            (kept.at - event.at).0.abs() < 1_000,
            "{kept:?} for {event:?}"
        );
    }
    drop(stage.terminal);
}

/// The control of the story above: the same attempt past the proxy is not seen, though the page was reached and all that the
/// pupil did later has come.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_proxy_the_blocked_attempt_never_comes() {
    let stage = Stage::set(Without::Proxy).await;
    stage.visit("croxy-proxy.test/surf").await;
    stage.pupil.text_with("h1", "croxy-proxy.test/surf").await;
    stage.write_in_panel().await;
    assert_eq!(stage.alerts("croxy", "").await, 0);
    assert_eq!(stage.alerts("abruti", "").await, 1);
    let events = journal::events(stage.school.data(), 1).await.unwrap();
    let connections = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Connection(_)));
    assert_eq!(connections.count(), 0, "{events:?}");
}

/// The other control: an agent without a desktop does not know of the window, while its neighbour on the same display does.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_window_sensor_the_window_in_front_never_comes() {
    let stage = Stage::set(Without::Window).await;
    let sees = Desktop {
        display: Some(&stage.display),
        ..Desktop::default()
    };
    let _neighbour = stage.school.workstation(2, sees).await.unwrap();
    stage
        .tablet
        .find("[data-seat='2'][data-reachable=yes]")
        .await;
    let window = stage.display.window("cahier").await;
    stage.display.activate(&window).await.unwrap();
    // The neighbour has said it: so would this seat have.
    let (_, why) = stage.item("xterm").await;
    assert!(why.contains("5.3"), "{why}");
    stage.write_in_panel().await;
    assert_eq!(stage.alerts("xterm", "poste 2").await, 1);
    assert_eq!(stage.alerts("xterm", "poste 1").await, 0);
    let events = journal::events(stage.school.data(), 1).await.unwrap();
    let fronts = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Front { .. }));
    assert_eq!(fronts.count(), 0, "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_holds_the_real_keyboard_and_outlives_the_server() {
    let mut stage = Stage::set(Without::Nothing).await;
    let window = stage.display.window("cahier").await;
    stage.display.activate(&window).await.unwrap();
    stage.display.type_text("avant\n").await.unwrap();
    until("typing to arrive", SOON, async || {
        (stage.typed() == "avant\n").then_some(())
    })
    .await;

    let holds = Duration::from_secs(15);
    let asked = Instant::now();
    stage.tablet.tap("[data-seat='1']").await;
    let command = stage.lock(holds).await;
    let done = format!("[data-sheet='1'] [data-command='{command}'][data-receipt=done]");
    stage.tablet.find(&done).await;
    assert!(
        stage.covered().await,
        "done was said, and the screen is not covered"
    );
    stage.display.type_text("pendant\n").await.unwrap();

    // Nobody is left who could release it.
    stage.school.kill().await;
    stage.display.type_text("pendant encore\n").await.unwrap();
    assert!(stage.covered().await);
    until("the lock to let go by itself", holds + SOON, async || {
        (!stage.covered().await).then_some(())
    })
    .await;
    let held = asked.elapsed();
    assert!(
        held >= holds.saturating_sub(Duration::from_secs(1)),
        "let go after {held:?}"
    );
    assert!(
        held <= holds + Duration::from_secs(3),
        "let go after {held:?}"
    );
    stage.display.type_text("apres\n").await.unwrap();
    until("typing to arrive again", SOON, async || {
        stage.typed().contains("apres").then_some(())
    })
    .await;
    assert_eq!(stage.typed(), "avant\napres\n");

    // The server learns how it ended once it is back.
    stage.school.serve().await.unwrap();
    let ended = format!("[data-sheet='1'] [data-command='{command}'][data-receipt=ended]");
    stage.tablet.find(&ended).await;
}
