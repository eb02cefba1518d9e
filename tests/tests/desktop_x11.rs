//! The agent's X11 sensors and its lock on a real X server: Xvfb, openbox, xterm and xdotool play the desktop and the pupil.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::duration_suboptimal_units,
    reason = "a test may fail loudly"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use vigie_agent::brain::Seen;
use vigie_agent::desk::{Bench, Desk, LockOrder};
use vigie_agent::desktop::{self, Options};
use vigie_agent::seat::{Passes, Seat};
use vigie_protocol::{CommandId, Private, ReceiptState, Sensor};
use vigie_tests::display::{Display, Grab};
use vigie_tests::patience::{until, within};

const SOON: Duration = Duration::from_secs(10);
/// The lock's background, by which a screen shot tells whether the screen is covered.
const CHALK: &str = "#f6f4ee";

fn options(display: &str) -> Options {
    Options {
        display: Some(display.to_owned()),
        lang: "fr".into(),
        ..Options::default()
    }
}

/// The desktop of whoever runs the test.
async fn start(desk: Desk, options: Options) -> anyhow::Result<desktop::Desktop> {
    let passes = Arc::new(Passes::new()?);
    desktop::start(desk, options, Seat::of(None)?, passes).await
}

/// The next thing seen that the test cares for.
async fn next<T>(bench: &mut Bench, what: &str, pick: impl Fn(&Seen) -> Option<T>) -> T {
    within(what, SOON, async {
        loop {
            let seen = bench.seen().await.expect("the desktop is gone");
            if let Some(picked) = pick(&seen) {
                return picked;
            }
        }
    })
    .await
}

async fn front(bench: &mut Bench, app: &str) -> Option<String> {
    next(bench, app, |seen| match seen {
        Seen::Front { app: found, title } if found == app => {
            Some(title.clone().map(Private::into_revealed))
        }
        _ => None,
    })
    .await
}

async fn receipt(bench: &mut Bench) -> (CommandId, ReceiptState) {
    next(bench, "a receipt", |seen| match seen {
        Seen::Receipt { command, state } => Some((command.clone(), state.clone())),
        _ => None,
    })
    .await
}

fn hold(command: &str, text: &str, span: Duration) -> LockOrder {
    LockOrder::Hold {
        command: command.into(),
        text: Private::new(text.to_owned()),
        until: Instant::now() + span,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_in_front_is_followed_and_its_title_only_where_a_rule_reads_it() {
    let display = Display::start().await.unwrap();
    let files = tempfile::tempdir().unwrap();
    let able = desktop::probe(&options(&display.name));
    assert_eq!(able.desktop, "x11");
    assert!(
        able.missing.is_empty() && able.no_lock.is_none(),
        "{able:?}"
    );

    let (mut bench, desk) = Bench::new();
    let running = start(desk, options(&display.name)).await.unwrap();
    bench.watch([Sensor::Front, Sensor::Presence]);
    next(&mut bench, "the sensor says that it runs", |seen| {
        (*seen
            == Seen::Sensor {
                sensor: Sensor::Front,
                trouble: None,
            })
        .then_some(())
    })
    .await;
    let first = display.terminal("premier", &files.path().join("1")).await;
    assert_eq!(
        front(&mut bench, "xterm").await,
        None,
        "no rule reads titles"
    );

    bench.watch([Sensor::Front, Sensor::Titles]);
    assert_eq!(front(&mut bench, "xterm").await.as_deref(), Some("premier"));
    let second = display.terminal("deuxième", &files.path().join("2")).await;
    assert_eq!(
        front(&mut bench, "xterm").await.as_deref(),
        Some("deuxième")
    );
    let window = display.window("premier").await;
    display.activate(&window).await.unwrap();
    assert_eq!(front(&mut bench, "xterm").await.as_deref(), Some("premier"));
    drop(second);
    drop(first);
    assert_eq!(front(&mut bench, "").await, None, "nothing is in front");

    // Without a session nothing is looked at: a change of window meanwhile is never said.
    bench.watch([]);
    let _third = display.terminal("troisième", &files.path().join("3")).await;
    bench.watch([Sensor::Front]);
    let seen = within("the sensor", SOON, bench.seen()).await.unwrap();
    assert!(
        matches!(seen, Seen::Sensor { trouble: None, .. }),
        "{seen:?}"
    );
    assert_eq!(front(&mut bench, "xterm").await, None);
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_seat_is_a_yes_or_a_no() {
    let display = Display::start().await.unwrap();
    let (mut bench, desk) = Bench::new();
    let options = Options {
        away_after: Some(Duration::from_secs(2)),
        ..options(&display.name)
    };
    let _running = start(desk, options).await.unwrap();
    bench.watch([Sensor::Presence]);
    let presence = |seen: &Seen| match seen {
        Seen::Presence { present } => Some(*present),
        _ => None,
    };
    display.press("a").await.unwrap();
    let nobody = |seen: &Seen| presence(seen).filter(|present| !present);
    next(&mut bench, "nobody is there", nobody).await;
    display.press("a").await.unwrap();
    assert!(next(&mut bench, "somebody is back", presence).await);
    assert!(!next(&mut bench, "nobody is there again", presence).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_that_cannot_be_watched_is_said_in_words_and_tried_again() {
    let bare = Display::bare().await.unwrap();
    let able = desktop::probe(&options(&bare.name));
    assert!(able.missing[&Sensor::Front].contains("gestionnaire"));
    let (mut bench, desk) = Bench::new();
    let _running = start(desk, options(&bare.name)).await.unwrap();
    bench.watch([Sensor::Front]);
    let trouble = |seen: &Seen| match seen {
        Seen::Sensor {
            sensor: Sensor::Front,
            trouble,
        } => Some(trouble.clone()),
        _ => None,
    };
    let said = next(&mut bench, "why", trouble).await;
    assert!(said.unwrap().contains("gestionnaire"));
    let mut manager = bare.command("openbox");
    manager.arg("--sm-disable");
    let _manager = vigie_tests::processes::Running::start(manager).unwrap();
    next(&mut bench, "the sensor runs", |seen| {
        trouble(seen).filter(Option::is_none)
    })
    .await;
    drop(bare);
    let said = next(&mut bench, "the X server went", |seen| trouble(seen)?).await;
    assert!(said.contains("X11"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_holds_the_input_and_lets_go_by_itself() {
    let display = Display::start().await.unwrap();
    let files = tempfile::tempdir().unwrap();
    let typed = files.path().join("typed");
    let _terminal = display.terminal("cahier", &typed).await.unwrap();
    let window = display.window("cahier").await;
    display.activate(&window).await.unwrap();
    display.type_text("avant\n").await.unwrap();
    let lines = async || std::fs::read_to_string(&typed).unwrap_or_default();
    until("typing to arrive", SOON, async || {
        (lines().await == "avant\n").then_some(())
    })
    .await;

    let (mut bench, desk) = Bench::new();
    let _running = start(desk, options(&display.name)).await.unwrap();
    let span = Duration::from_secs(6);
    let began = Instant::now();
    bench
        .order(hold("c1", "Regardez le tableau, s’il vous plaît.", span))
        .await;
    assert_eq!(
        receipt(&mut bench).await,
        ("c1".into(), ReceiptState::Done {})
    );
    // Done was said: the window is mapped and the input is held, at once.
    for (x, y) in [(5, 5), (1274, 5), (5, 794), (1274, 794)] {
        assert_eq!(display.colour(x, y).await.unwrap(), CHALK);
    }
    if let Some(folder) = std::env::var_os("VIGIE_TEST_PICTURES") {
        let png = std::path::Path::new(&folder).join("lock.png");
        display.screenshot(&png).await.unwrap();
    }
    display.type_text("pendant\n").await.unwrap();
    display.press("alt+F4").await.unwrap();
    let ended = receipt(&mut bench).await;
    assert_eq!(ended, ("c1".into(), ReceiptState::Ended {}));
    let held = began.elapsed();
    assert!(held >= span, "let go after {held:?}");
    assert!(
        held < span + Duration::from_millis(500),
        "let go after {held:?}"
    );
    assert_ne!(display.colour(5, 5).await.unwrap(), CHALK);
    display.type_text("apres\n").await.unwrap();
    until("typing to arrive again", SOON, async || {
        lines().await.contains("apres").then_some(())
    })
    .await;
    assert_eq!(lines().await, "avant\napres\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_released_renewed_and_shared() {
    let display = Display::start().await.unwrap();
    let (mut bench, desk) = Bench::new();
    let running = start(desk, options(&display.name)).await.unwrap();
    let long = Duration::from_secs(120);
    bench.order(hold("a", "un", long)).await;
    assert_eq!(
        receipt(&mut bench).await,
        ("a".into(), ReceiptState::Done {})
    );
    bench.order(hold("b", "deux", long)).await;
    assert_eq!(
        receipt(&mut bench).await,
        ("b".into(), ReceiptState::Done {})
    );
    bench
        .order(LockOrder::Release {
            command: "a".into(),
        })
        .await;
    assert_eq!(
        receipt(&mut bench).await,
        ("a".into(), ReceiptState::Ended {})
    );
    assert_eq!(display.colour(5, 5).await.unwrap(), CHALK, "b still holds");
    bench
        .order(hold("b", "deux", Duration::from_millis(300)))
        .await;
    assert_eq!(
        receipt(&mut bench).await,
        ("b".into(), ReceiptState::Ended {})
    );
    assert_ne!(display.colour(5, 5).await.unwrap(), CHALK);

    bench.order(hold("c", "trois", long)).await;
    assert_eq!(
        receipt(&mut bench).await,
        ("c".into(), ReceiptState::Done {})
    );
    drop(running);
    until("a stopped agent to let go", SOON, async || {
        (display.colour(5, 5).await.ok()? != CHALK).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_waits_for_another_clients_grab_and_then_refuses_in_words() {
    let display = Display::start().await.unwrap();
    let _holder = Grab::take(&display).unwrap();
    let (mut bench, desk) = Bench::new();
    let _running = start(desk, options(&display.name)).await.unwrap();
    bench.order(hold("a", "un", Duration::from_secs(60))).await;
    let (command, state) = receipt(&mut bench).await;
    assert_eq!(command, "a".into());
    let ReceiptState::Refused { reason } = state else {
        panic!("{state:?}");
    };
    assert!(reason.contains("clavier"), "{reason}");
    assert_ne!(
        display.colour(5, 5).await.unwrap(),
        CHALK,
        "nothing is covered"
    );
}
