//! The proxy while a session is on: what is stopped, what is said about it, and what is not.

use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use vigie_filters::{Level, RuleSet, read_charter};
use vigie_protocol::{Connection, Outcome, Scheme};

use super::far_end::World;
use super::{SOON, get, read_until};
use crate::brain::Seen;
use crate::clock::moment;

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
to_pupil = { fr = "Ce site sert à <contourner> le filtrage.", en = "This site gets round the filter." }
connection = { hosts = ["croxy.test"], ports = [9001], bare_address = true }

[[rule]]
id = "page-interdite"
article = "4.2"
title = { fr = "Page interdite" }
severity = "high"
act = "block"
to_pupil = { fr = "Cette page est interdite." }
connection = { urls = ["^site\\.test/interdit"] }
"#;

pub(super) fn rules() -> Arc<RuleSet> {
    let (charter, diagnostics) = read_charter(CHARTER);
    let errors = diagnostics.iter().filter(|one| one.level == Level::Error);
    assert_eq!(errors.count(), 0, "{diagnostics:?}");
    Arc::new(RuleSet::new(charter, None))
}

async fn in_session() -> World {
    let world = World::new().await;
    world.bench.enforce(Some(rules()));
    world
}

async fn seen(world: &mut World) -> Connection {
    match timeout(SOON, world.bench.seen()).await.unwrap() {
        Some(Seen::Connection(connection)) => connection,
        other => panic!("{other:?}"),
    }
}

fn story(connection: &Connection) -> String {
    let scheme = match connection.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
        Scheme::Other => "other",
    };
    let outcome = match connection.outcome {
        Outcome::Passed => "passed",
        Outcome::Blocked => "blocked",
        Outcome::Failed => "failed",
    };
    let url = connection.url.as_ref().map_or("-", |url| url.reveal());
    let rule = connection
        .block
        .as_ref()
        .map_or("-", |block| block.rule.as_str());
    format!(
        "{scheme} {}:{} {outcome} {url} {rule}",
        connection.host, connection.port
    )
}

#[tokio::test]
async fn every_attempt_is_said_with_its_outcome() {
    let mut world = in_session().await;
    for (request, expected) in [
        (
            "GET http://Site.TEST/page?q=1 HTTP/1.1",
            "http site.test:80 passed http://site.test/page?q=1 -",
        ),
        (
            "GET http://down.test:81/ HTTP/1.1",
            "http down.test:81 failed http://down.test:81/ -",
        ),
        (
            "GET http://www.croxy.test/x HTTP/1.1",
            "http www.croxy.test:80 blocked http://www.croxy.test/x contournement-proxy",
        ),
        (
            "GET http://CROXY.test./ HTTP/1.1",
            "http croxy.test.:80 blocked http://croxy.test./ contournement-proxy",
        ),
        (
            "GET http://site.test/interdit/1 HTTP/1.1",
            "http site.test:80 blocked http://site.test/interdit/1 page-interdite",
        ),
        (
            "CONNECT croxy.test:443 HTTP/1.1",
            "https croxy.test:443 blocked - contournement-proxy",
        ),
        (
            "CONNECT site.test:9001 HTTP/1.1",
            "https site.test:9001 blocked - contournement-proxy",
        ),
        (
            "CONNECT 203.0.113.7:443 HTTP/1.1",
            "https 203.0.113.7:443 blocked - contournement-proxy",
        ),
        (
            "CONNECT 0xcb007107:443 HTTP/1.1",
            "https 203.0.113.7:443 blocked - contournement-proxy",
        ),
        (
            "CONNECT down.test:443 HTTP/1.1",
            "https down.test:443 failed - -",
        ),
    ] {
        world
            .say(&format!(
                "{request}\r\nHost: a\r\nConnection: close\r\n\r\n"
            ))
            .await;
        assert_eq!(story(&seen(&mut world).await), expected);
    }
}

#[tokio::test]
async fn a_block_names_the_charter_and_the_page_explains_it() {
    let mut world = in_session().await;
    let ask = |lang: &str, accept: &str| {
        format!(
            "GET http://croxy.test/?<script> HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\nAccept-Language: {lang}\r\n\
             Connection: close\r\n\r\n"
        )
        .replace("<script>", "%3Cscript%3E")
    };
    let page = world
        .say(&ask("fr-FR,fr;q=0.9,en;q=0.1", "text/html,*/*;q=0.1"))
        .await;
    assert!(page.starts_with("HTTP/1.1 403 Forbidden"), "{page}");
    let block = seen(&mut world).await.block.unwrap();
    assert_eq!(block.charter, rules().charter().digest);
    assert_eq!(block.list, None, "the rule reads no list");
    for part in [
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "content-language: fr",
        "cache-control: no-store",
        "<html lang=\"fr\">",
        "croxy.test</p>",
        "Art. 4.2 · Ne pas contourner le filtrage",
        "Ce site sert à &lt;contourner&gt; le filtrage.",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    // The link carries a ticket of its own, which the panel takes once.
    let link = format!("href=\"http://{}/#", world.panel);
    let (_, ticket) = page.split_once(&link).expect(&page);
    let ticket = ticket.split('"').next().unwrap();
    assert!(world.passes.exchange(ticket, moment()).is_some(), "{page}");
    assert!(world.passes.exchange(ticket, moment()).is_none());
    assert!(!page.contains("<script"), "{page}");

    let page = world.say(&ask("en", "text/html")).await;
    assert!(page.contains("This site gets round the filter."), "{page}");
    assert!(page.contains("Do not get round the filter"), "{page}");
    let line = world.say(&ask("en", "image/png")).await;
    assert!(line.contains("content-type: text/plain"), "{line}");
    assert!(
        line.contains("Blocked by the charter: croxy.test (art. 4.2)"),
        "{line}"
    );
    let tunnel = world
        .say("CONNECT croxy.test:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    assert!(
        tunnel.starts_with("HTTP/1.1 403 Blocked by rule contournement-proxy\r\n"),
        "{tunnel}"
    );
}

#[tokio::test]
async fn a_kept_connection_is_judged_at_each_request() {
    let mut world = in_session().await;
    let mut stream = world.connect().await;
    for (path, expected, outcome) in [
        ("/a", "site.test/a", Outcome::Passed),
        ("/interdit", "Cette page est interdite.", Outcome::Blocked),
        ("/b", "site.test/b", Outcome::Passed),
    ] {
        let request = format!("GET http://site.test{path} HTTP/1.1\r\nHost: site.test\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        read_until(&mut stream, expected).await;
        if outcome == Outcome::Blocked {
            read_until_end_of_page(&mut stream).await;
        }
        assert_eq!(seen(&mut world).await.outcome, outcome);
    }
}

async fn read_until_end_of_page(stream: &mut tokio::net::TcpStream) {
    // The page may have arrived whole with its words.
    let rest = read_until(stream, "</html>\n");
    let _ = timeout(std::time::Duration::from_millis(200), rest).await;
}

#[tokio::test]
async fn a_client_that_leaves_early_has_still_attempted() {
    let mut world = in_session().await;
    let mut stream = world.connect().await;
    stream
        .write_all(b"GET http://site.test/drip HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut stream, "first").await;
    drop(stream);
    assert_eq!(seen(&mut world).await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn outside_a_session_everything_passes_and_nothing_is_said() {
    let mut world = World::new().await;
    assert!(
        get(&world, "http://croxy.test/")
            .await
            .contains("croxy.test/")
    );
    assert!(
        get(&world, "http://down.test/")
            .await
            .starts_with("HTTP/1.1 502")
    );
    world.bench.enforce(Some(rules()));
    assert!(
        get(&world, "http://croxy.test/")
            .await
            .starts_with("HTTP/1.1 403")
    );
    // The first thing ever said is this one.
    assert_eq!(seen(&mut world).await.outcome, Outcome::Blocked);
    world.bench.enforce(None);
    assert!(
        get(&world, "http://croxy.test/")
            .await
            .contains("croxy.test/")
    );
}
