//! Every page under axe-core, French and English, light and dark: a page that somebody cannot read is a page that is missing.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it.

use std::sync::Arc;

use vigie_agent::desk::Bench;
use vigie_agent::desktop::{self, Options};
use vigie_filters::{RuleSet, read_charter};
use vigie_tests::browser::{Browser, Wish};
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
    let running = desktop::start(desk, options).await.unwrap();
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
