//! Every page under axe-core, French and English, light and dark: a page that somebody cannot read is a page that is missing.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly"
)]

use std::sync::Arc;

use fantoccini::Locator;
use vigie_agent::desk::Bench;
use vigie_agent::desktop::{self, Options};
use vigie_agent::seat::{Passes, Seat};
use vigie_filters::{RuleSet, read_charter};
use vigie_tests::browser::{Browser, Wish};
use vigie_tests::school::{Desktop, PASSWORD, School, UAI};
use vigie_tests::web::Web;

/// The four looks under which every page is tried.
fn looks(wish: Wish<'_>) -> [Wish<'_>; 4] {
    [("fr", false), ("fr", true), ("en", false), ("en", true)].map(|(lang, dark)| Wish {
        lang,
        dark,
        ..wish
    })
}

/// A page as it is now: clean for axe, and kept as a picture when a person wants to look.
async fn clean(browser: &Browser, wish: &Wish<'_>, page: &str) {
    let scheme = if wish.dark { "dark" } else { "light" };
    let name = format!("{page}-{}-{scheme}", wish.lang);
    browser.picture(&name).await.unwrap();
    let found = browser.axe().await.unwrap();
    assert!(found.is_empty(), "{name}:\n  {}", found.join("\n  "));
}

const CHARTER: &str = r#"
title = { fr = "Charte du test" }

[[article]]
number = "4.2"
title = { fr = "Ne pas contourner le filtrage", en = "Do not get round the filter" }
words = { fr = "Les sites de contournement sont interdits.", en = "Sites that get round the filter are forbidden." }

[[rule]]
id = "contournement-proxy"
article = "4.2"
title = { fr = "Site de contournement" }
severity = "high"
act = "block"
to_pupil = { fr = "Ce site sert à contourner le filtrage de l’établissement.", en = "This site is used to get round the school’s filter." }
connection = { hosts = ["croxy-proxy.test"] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_proxy() {
    let web = Web::start().await.unwrap();
    let (bench, desk) = Bench::new();
    let (charter, diagnostics) = read_charter(CHARTER);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    bench.enforce(Some(Arc::new(RuleSet::new(charter, None))));
    let options = Options {
        panel: Some(web.address),
        resolve: vec![
            format!("croxy-proxy.test={}", web.address),
            "down.test=127.0.0.1:1".to_owned(),
        ],
        ..Options::default()
    };
    let (seat, passes) = (Seat::of(None).unwrap(), Arc::new(Passes::new().unwrap()));
    let running = desktop::start(desk, options, seat, passes).await.unwrap();
    let tablet = Wish {
        proxy: Some(running.proxy),
        ..Wish::tablet()
    };
    for wish in looks(tablet) {
        let browser = Browser::start(wish).await.unwrap();
        browser.go("http://down.test/").await.unwrap();
        clean(&browser, &wish, "proxy-failed").await;
        browser.go("http://croxy-proxy.test/").await.unwrap();
        let words = if wish.lang == "fr" {
            "Art. 4.2 · Ne pas"
        } else {
            "Art. 4.2 · Do not"
        };
        browser.text_with("dd", words).await;
        clean(&browser, &wish, "proxy-blocked").await;
        browser.tap("a.go").await;
        browser.text_with("h1", &web.address.to_string()).await;
    }
    assert_eq!(
        web.visits()
            .iter()
            .filter(|visit| visit.contains("croxy"))
            .count(),
        0
    );
}

/// Has the panel in this language, and sees that all of it is: the server's words as the page's own.
async fn in_language(browser: &Browser, lang: &str) {
    let now = "return document.documentElement.lang";
    if browser.run(now).await.unwrap() != lang {
        browser.tap("#lang button").await;
        browser.find(&format!("html[lang={lang}]")).await;
    }
    browser.find("#alerts li").await;
    // All but what people wrote: no French word of these parts is free of accents, and no English one has any.
    let words = "return ['state', 'link', 'adults', 'seen', 'erased', 'rules', 'help-words', 'blocks'].map(id => \
                 document.getElementById(id).textContent).concat([...document.querySelectorAll('#alerts strong, #alerts .soft')]\
                 .map(part => part.textContent)).join(' / ')";
    let words = browser.run(words).await.unwrap();
    let words = words.as_str().unwrap();
    let accents = words.chars().filter(|letter| "éèêàçùôîœ".contains(*letter));
    let french = accents.count() > 3;
    assert_eq!(french, lang == "fr", "{lang}: {words}");
    for word in ["Art.", "CDI"] {
        assert!(words.contains(word), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_tablet_and_the_panel() {
    let web = Web::start().await.unwrap();
    let school = School::start().await.unwrap();
    let resolve = [format!("croxy-proxy.test={}", web.address)];
    let desktop = Desktop {
        resolve: &resolve,
        ..Desktop::default()
    };
    let workstation = school.workstation(1, desktop).await.unwrap();
    let pupil = Wish {
        proxy: Some(workstation.proxy),
        ..Wish::tablet()
    };
    for (turn, wish) in looks(Wish::tablet()).into_iter().enumerate() {
        let tablet = Browser::start(wish).await.unwrap();
        tablet.go(&school.url()).await.unwrap();
        tablet.find("[data-do=sign-in]").await;
        clean(&tablet, &wish, "sign-in").await;
        tablet.write("input[name=name]", "renaud").await.unwrap();
        tablet
            .write("input[name=password]", PASSWORD)
            .await
            .unwrap();
        tablet.tap("[data-do=sign-in]").await;
        tablet.find(&format!("[data-room='{}']", school.room)).await;
        clean(&tablet, &wish, "rooms").await;
        tablet.tap("[data-do=open]").await;
        tablet.find("live-room[data-link=live]").await;
        if turn == 0 {
            tablet.find(".session-form").await;
            clean(&tablet, &wish, "live-room-closed").await;
            tablet.tap(".session-form input[name=chat]").await;
            tablet.tap(".session-form [data-do=start]").await;
            let browser = Browser::start(pupil).await.unwrap();
            tablet.find("[data-seat='1'][data-reachable=yes]").await;
            browser
                .go(&workstation.ticket().await.unwrap())
                .await
                .unwrap();
            browser.find("#chat-form").await;
            browser.go("http://croxy-proxy.test/").await.unwrap();
            browser.go(&workstation.panel).await.unwrap();
            browser
                .write("#chat-text", "espèce d’abruti")
                .await
                .unwrap();
            browser.tap("#chat-form button").await;
            browser
                .write("#help-text", "Je n’arrive pas à imprimer.")
                .await
                .unwrap();
            browser.tap("#help-form button").await;
        }
        tablet.find("[data-shape=hand]").await;
        tablet.find("[data-shape=alert]").await;
        clean(&tablet, &wish, "live-room").await;
        tablet.tap("[data-seat='1']").await;
        tablet.find("[data-sheet='1'] .timeline li").await;
        clean(&tablet, &wish, "live-room-sheet").await;

        let browser = Browser::start(Wish {
            proxy: pupil.proxy,
            ..wish
        })
        .await
        .unwrap();
        // A browser that was not let in is told how; nothing of the pupil's is on the page.
        browser.go(&workstation.panel).await.unwrap();
        browser.find("#shut").await;
        assert!(browser.text("#alerts").await.unwrap().is_empty());
        clean(&browser, &wish, "panel-shut").await;
        browser.go("about:blank").await.unwrap();
        browser
            .go(&workstation.ticket().await.unwrap())
            .await
            .unwrap();
        browser.find("#alerts li").await;
        browser.find("#blocks li").await;
        in_language(&browser, wish.lang).await;
        clean(&browser, &wish, "panel").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_set_up() {
    let (empty, _code) = School::empty().await.unwrap();
    let school = School::start().await.unwrap();
    let admin = ["user", "add", "martin", "--school", UAI, "--role", "admin"];
    school.vigie(&admin).await.unwrap();
    let files = tempfile::tempdir().unwrap();
    let roster = files.path().join("eleves.csv");
    std::fs::write(&roster, "Nom;Prénom;Classe\nRoux;Léa;3e A\n").unwrap();
    let faulty = files.path().join("fautes.csv");
    std::fs::write(&faulty, "Nom;Prénom;Classe\nRoux;;3e A\n").unwrap();
    for wish in looks(Wish::tablet()) {
        let tablet = Browser::start(wish).await.unwrap();
        tablet.go(&empty.url()).await.unwrap();
        tablet.tap("[data-do=make]").await;
        tablet.find("[data-field=uai] .fault").await;
        clean(&tablet, &wish, "first-run").await;

        tablet.go(&school.url()).await.unwrap();
        tablet.find("[data-do=sign-in]").await;
        tablet.write("input[name=name]", "martin").await.unwrap();
        tablet
            .write("input[name=password]", PASSWORD)
            .await
            .unwrap();
        tablet.tap("[data-do=sign-in]").await;
        tablet.tap("[data-do=set-up]").await;
        tablet.tap("nav [data-part=school]").await;
        tablet.find(".charter .state-line").await;
        clean(&tablet, &wish, "set-up-school").await;
        tablet.tap("nav [data-part=rooms]").await;
        tablet.tap(".board [data-seat='2']").await;
        tablet.find(".detail input").await;
        clean(&tablet, &wish, "set-up-room").await;
        tablet.tap("nav [data-part=staff]").await;
        tablet.tap("[data-login=renaud] [data-do=end]").await;
        tablet.find("dialog[data-dialog=end]").await;
        clean(&tablet, &wish, "set-up-end").await;
        tablet.tap("dialog [data-do=close]").await;
        tablet.tap("[data-do=add-adult]").await;
        tablet.tap("form.adult [data-do=save]").await;
        tablet.find("[data-field=roles] .fault").await;
        clean(&tablet, &wish, "set-up-adult").await;
        tablet.tap("nav [data-part=pupils]").await;
        for (file, shown, page) in [
            (&faulty, ".faults", "set-up-faults"),
            (&roster, "[data-list=added]", "set-up-roster"),
        ] {
            tablet.find("[data-class] summary").await;
            let css = Locator::Css("#roster-file");
            let field = tablet.client.find(css).await.unwrap();
            field.send_keys(&file.display().to_string()).await.unwrap();
            tablet.find(shown).await;
            clean(&tablet, &wish, page).await;
        }
        tablet.tap("nav [data-part=machines]").await;
        tablet.tap("[data-do=make-token]").await;
        tablet.find("code.once").await;
        tablet.find("[data-machine-seat='1']").await;
        clean(&tablet, &wish, "set-up-machines").await;
    }
}
