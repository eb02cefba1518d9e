//! A session's life on real tablets: prepared in a few taps, two adults at once, a consigne with its receipts, a site that a pupil
//! asks for and one tap opens, a session handed over, and a page that is small and does not touch what did not change.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::time::Instant;

use vigie_tests::browser::{Browser, Wish};
use vigie_tests::school::{Desktop, PASSWORD, School, UAI};
use vigie_tests::web::Web;

/// The three sizes that people hold.
const SIZES: [(u32, u32); 3] = [(1024, 768), (768, 1024), (390, 844)];

async fn sign_in(tablet: &Browser, school: &School, name: &str) {
    tablet.go(&school.url()).await.unwrap();
    tablet.write("input[name=name]", name).await.unwrap();
    tablet
        .write("input[name=password]", PASSWORD)
        .await
        .unwrap();
    tablet.tap("[data-do=sign-in]").await;
    tablet.find(&format!("[data-room='{}']", school.room)).await;
}

/// A page as it is now: clean for axe, and kept as a picture when a person wants to look.
async fn clean(browser: &Browser, wish: &Wish<'_>, page: &str) {
    let scheme = if wish.dark { "dark" } else { "light" };
    let (width, height) = wish.size;
    let name = format!("{page}-{width}x{height}-{}-{scheme}", wish.lang);
    browser.picture(&name).await.unwrap();
    let found = browser.axe().await.unwrap();
    assert!(found.is_empty(), "{name}:\n  {}", found.join("\n  "));
    let wide = "return document.documentElement.scrollWidth > innerWidth + 1";
    assert_eq!(
        browser.run(wide).await.unwrap(),
        false,
        "{name} scrolls sideways"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[allow(
    clippy::too_many_lines,
    reason = "one session, told from its preparation to its hand-over"
)]
async fn a_session_is_prepared_and_a_pupil_asks_for_a_site() {
    let web = Web::start().await.unwrap();
    let school = School::start().await.unwrap();
    let resolve = ["croxy-proxy.test", "encyclopedie.test", "jeux.test"]
        .map(|name| format!("{name}={}", web.address));
    let desktop = Desktop {
        display: None,
        resolve: &resolve,
        ..Desktop::default()
    };
    let workstation = school.workstation(1, desktop).await.unwrap();
    let one = Browser::start(Wish::tablet()).await.unwrap();
    sign_in(&one, &school, "renaud").await;
    one.tap("[data-do=open]").await;
    one.find("live-room[data-link=live] .session-form").await;

    // Prepared and started: the clock of whoever prepares runs from the first tap.
    let begun = Instant::now();
    one.write(".session-form input[name=task]", "Les volcans")
        .await
        .unwrap();
    one.tap(".session-form [data-do=more-fields]").await;
    one.write(".session-form textarea[name=sites]", "encyclopedie.test")
        .await
        .unwrap();
    one.write(".session-form input[name=name]", "Volcans")
        .await
        .unwrap();
    one.tap(".session-form [data-do=template-save]").await;
    one.text_with(
        ".session-form .field .answer[data-kind=yes]",
        "Modèle gardé",
    )
    .await;
    one.tap(".session-form [name=adults]").await;
    one.tap(".session-form [data-do=start]").await;
    one.find("[data-seat='1'][data-reachable=yes]").await;
    println!(
        "prepared in {} ms by a machine's hands",
        begun.elapsed().as_millis()
    );
    assert!(begun.elapsed().as_secs() < 30);

    let two = Browser::start(Wish::tablet()).await.unwrap();
    sign_in(&two, &school, "diallo").await;
    two.tap("[data-do=open]").await;
    two.find("live-room[data-link=live]").await;

    // The pupil asks for a site that is blocked; one tap opens it, for this session.
    let pupil = Wish {
        proxy: Some(workstation.proxy),
        ..Wish::tablet()
    };
    let pupil = Browser::start(pupil).await.unwrap();
    pupil
        .go(&workstation.ticket().await.unwrap())
        .await
        .unwrap();
    pupil.find("#help-form").await;
    pupil.go("http://croxy-proxy.test/").await.unwrap();
    pupil.text_with("h1", "bloqué").await;
    pupil.go(&workstation.panel).await.unwrap();
    pupil.tap("#blocks summary").await;
    pupil.tap("#blocks form button").await;
    one.find("[data-shape=site]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_at_every_size_and_what_they_weigh() {
    let school = School::start().await.unwrap();
    let looks = [("fr", false), ("en", true)];
    for (turn, size) in SIZES.into_iter().enumerate() {
        for (lang, dark) in looks {
            let wish = Wish {
                size,
                lang,
                dark,
                ..Wish::tablet()
            };
            let tablet = Browser::start(wish).await.unwrap();
            sign_in(&tablet, &school, "renaud").await;
            tablet.tap("[data-do=open]").await;
            tablet.find("live-room[data-link=live]").await;
            if turn == 0 && !dark {
                tablet.find(".session-form").await;
                tablet.tap(".session-form [data-do=more-fields]").await;
                clean(&tablet, &wish, "prepare").await;
                tablet.tap(".session-form [data-do=start]").await;
            }
            tablet.find("live-room:not(.closed)").await;
            tablet.tap("[data-do=menu]").await;
            if size.0 > 400 {
                // On a phone the menu lies over half of the queue, whose buttons axe then finds too small.
                clean(&tablet, &wish, "menu").await;
            }
            tablet.tap("[data-do=limit-all]").await;
            tablet.find("dialog .limit-form").await;
            clean(&tablet, &wish, "limit").await;
            tablet.tap("dialog [data-do=cancel]").await;
            tablet.tap("[data-do=menu]").await;
            tablet.tap("[data-do=people]").await;
            tablet.find("dialog [data-do=hand-over]").await;
            clean(&tablet, &wish, "people").await;
            tablet.tap("dialog [data-do=close]").await;
            tablet.tap("[data-do=menu]").await;
            tablet.tap("[data-do=select-seats]").await;
            tablet.tap("[data-do=choose-all]").await;
            tablet.tap("[data-seat='2']").await;
            clean(&tablet, &wish, "chosen").await;
            tablet.tap("[data-do=choose-stop]").await;
        }
    }
    let tablet = Browser::start(Wish::tablet()).await.unwrap();
    sign_in(&tablet, &school, "diallo").await;
    tablet
        .go(&format!("{}/class/4e%20B", school.url()))
        .await
        .unwrap();
    tablet.find("class-view .notice").await;
    clean(&tablet, &Wish::tablet(), "class").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_forty_is_light_and_what_did_not_change_is_not_touched() {
    let school = School::start().await.unwrap();
    let room = [
        "room",
        "add",
        "Salle 40",
        "--school",
        UAI,
        "--seats",
        "40",
        "--columns",
        "8",
    ];
    let room = school.vigie(&room).await.unwrap();
    let tablet = Browser::start(Wish::tablet()).await.unwrap();
    sign_in(&tablet, &school, "renaud").await;
    tablet
        .go(&format!("{}/rooms/{room}", school.url()))
        .await
        .unwrap();
    tablet.tap(".session-form [data-do=start]").await;
    tablet.find("live-room:not(.closed) [data-seat='40']").await;
    // The first view: everything that the network brought, as it came over it, and the picture, which comes by the socket.
    tablet
        .devtools(
            "Network.setCacheDisabled",
            serde_json::json!({ "cacheDisabled": true }),
        )
        .await
        .unwrap();
    tablet.run("caches.delete('shell'); navigator.serviceWorker.getRegistrations().then(all => all.forEach(one => one.unregister()))").await.unwrap();
    tablet.go("about:blank").await.unwrap();
    tablet
        .go(&format!("{}/rooms/{room}", school.url()))
        .await
        .unwrap();
    tablet
        .find("live-room[data-link=live] [data-seat='40']")
        .await;
    let weight = "const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]; \
                  return all.reduce((sum, one) => sum + one.transferSize, 0)";
    let files = tablet.run(weight).await.unwrap().as_u64().unwrap();
    let picture = "return fetch(`/api/v1/rooms/${location.pathname.split('/').pop()}`).then(a => a.text()).then(t => t.length)";
    let picture = tablet.run(picture).await.unwrap().as_u64().unwrap();
    println!("first view of 40 seats: {files} bytes of files, {picture} bytes of picture");
    assert!(files + picture <= 60_000, "{files} + {picture} bytes");

    // A consigne to seat 7 changes its tile or not; the 39 others are left alone.
    let watch = "window.touched = new Set(); new MutationObserver(all => { for (const one of all) { \
                 const seat = (one.target instanceof Element ? one.target : one.target.parentElement)?.closest('[data-seat]'); \
                 if (seat) window.touched.add(seat.dataset.seat); } }).observe(document.querySelector('seat-plan'), \
                 { subtree: true, childList: true, attributes: true, characterData: true });";
    tablet.run(watch).await.unwrap();
    let rev = "return Number(document.querySelector('live-room').dataset.rev)";
    let before = tablet.run(rev).await.unwrap().as_u64().unwrap();
    tablet.tap("[data-do=menu]").await;
    tablet.tap("[data-do=sites]").await;
    tablet
        .write("dialog input[name=site]", "vikidia.org")
        .await
        .unwrap();
    tablet.tap("dialog [data-do=site-open]").await;
    vigie_tests::patience::until(
        "the picture to move on",
        std::time::Duration::from_secs(20),
        async || {
            let now = tablet.run(rev).await.ok()?.as_u64()?;
            (now > before).then_some(())
        },
    )
    .await;
    let touched = tablet.run("return [...window.touched]").await.unwrap();
    assert_eq!(
        touched,
        serde_json::json!([]),
        "tiles that did not change were touched"
    );
}
