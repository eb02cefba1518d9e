//! Languages, and that every sentence that is asked for exists.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Asked, School};
use crate::texts::{Lang, find};

#[actix_web::test]
async fn the_reader_is_answered_in_their_language() {
    let school = School::open().await;
    let with = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (path, cookie, headers, expected) in [
        ("/api/v1/me", None, vec![], "Connectez-vous."),
        (
            "/api/v1/me",
            None,
            vec![with("accept-language", "en-GB,fr;q=0.5")],
            "Sign in.",
        ),
        (
            "/api/v1/me",
            Some("lang=fr"),
            vec![with("accept-language", "en")],
            "Connectez-vous.",
        ),
        ("/api/v1/me?lang=en", Some("lang=fr"), vec![], "Sign in."),
    ] {
        let asked = Asked {
            cookie: cookie.map(str::to_owned),
            headers,
            ..Asked::default()
        };
        let answer = school.ask("GET", path, asked).await;
        assert_eq!(answer.json()["title"], expected, "{path}");
    }
    let texts = school
        .ask("GET", "/api/v1/texts?lang=en", Asked::default())
        .await;
    assert_eq!(texts.json()["state-work"], "at work");
    assert_eq!(
        texts.headers.get("content-language").map(String::as_str),
        Some("en")
    );
    school.running.stop().await;
}

/// Keys in quotes that look like a key of the catalogues: what follows `say(`, `t(` and the like.
fn keys_in(source: &str, calls: &[&str]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for call in calls {
        for (at, _) in source.match_indices(call) {
            let rest = source[at + call.len()..].trim_start();
            let rest = rest
                .strip_prefix("lang,")
                .or(rest.strip_prefix("reader.lang,"))
                .or(rest.strip_prefix("lang(site),"))
                .unwrap_or(rest)
                .trim_start();
            if let Some(rest) = rest.strip_prefix('"')
                && let Some((key, after)) = rest.split_once('"')
                && !after.starts_with('.')
                && key.contains('-')
            {
                keys.insert(key.to_owned());
            }
        }
    }
    keys
}

fn sources(folder: &Path, ending: &str, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, ending, into);
        } else if path.extension().is_some_and(|it| it == ending) {
            into.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[test]
fn every_sentence_that_code_asks_for_is_in_the_catalogues() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut rust, mut script) = (Vec::new(), Vec::new());
    sources(&here.join("src"), "rs", &mut rust);
    sources(&here.join("web"), "js", &mut script);
    let mut asked = 0;
    for (file, source) in &rust {
        for key in keys_in(source, &["say("]) {
            asked += 1;
            assert!(find(Lang::Fr, &key).is_some(), "{file} asks for {key}");
        }
    }
    for (file, source) in &script {
        for key in keys_in(source, &[" t(", "(t(", "{t("]) {
            asked += 1;
            assert!(find(Lang::Fr, &key).is_some(), "{file} asks for {key}");
        }
        for key in keys_in(source, &["counted("]) {
            for form in ["one", "other"] {
                let key = format!("{key}-{form}");
                assert!(find(Lang::Fr, &key).is_some(), "{file} asks for {key}");
            }
        }
    }
    assert!(asked > 100, "the search finds what it should: {asked}");
    for act in crate::audit::Act::ALL.iter().copied() {
        assert!(find(Lang::Fr, &format!("audit-{}", act.word())).is_some());
    }
}
