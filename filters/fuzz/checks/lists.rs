//! What the fuzz targets try, each a function of bytes that must come back whatever the bytes are. Included by the targets, and by
//! `tests/replay.rs`, which replays on stable what the campaigns kept. Next: `fuzz_targets/`, one file a target.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::as_conversions,
    reason = "each target takes one of them, and may fail loudly"
)]

use std::sync::OnceLock;

use vigie_filters::lists::build_directory;
use vigie_filters::{Lists, RuleSet, default_charter, read_charter};

/// A compiled list file of any bytes: refused or answering, and its answers are of its own categories.
pub(crate) fn list_file(bytes: &[u8]) {
    let mut file = bytes.to_vec();
    // With its length made right, or nothing behind the header would ever be looked at.
    let length = u64::try_from(file.len()).unwrap_or(0).to_le_bytes();
    if let Some(place) = file.get_mut(48..56) {
        place.copy_from_slice(&length);
    }
    let Ok(lists) = Lists::from_bytes(file) else {
        return;
    };
    for url in [
        "x.example",
        "a.y.x.example",
        "http://z.example/a/b?c",
        "1.2.3.4",
        "[2001:db8::1]",
        "é.fr",
        "www.blogspot.com",
        "",
    ] {
        for category in lists.lookup(url) {
            assert!(lists.categories().any(|known| known == category));
        }
    }
    lists.each_name(&mut |_, _| {});
}

/// Files of a category, one after the other, cut at zero bytes: compiled or refused, and every line either answers or is reported.
pub(crate) fn list_text(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a folder");
    let category = dir.path().join("some");
    std::fs::create_dir(&category).expect("a folder");
    for (name, text) in ["domains", "urls", "expressions", "usage"]
        .iter()
        .zip(bytes.split(|byte| *byte == 0))
    {
        std::fs::write(category.join(name), text).expect("a file");
    }
    if let Ok(built) = build_directory(dir.path()) {
        let lists = Lists::from_bytes(built.into_bytes()).expect("what we wrote is whole");
        let mut names = Vec::new();
        lists.each_name(&mut |name, _| names.push(name.to_owned()));
        for name in names {
            assert!(lists.holds(&name), "{name} was compiled and is not found");
        }
    }
}

/// A host or URL as a pupil, a program or an attacker writes it.
pub(crate) fn host(bytes: &[u8]) {
    static RULES: OnceLock<(std::sync::Arc<Lists>, RuleSet)> = OnceLock::new();
    let (lists, rules) = RULES.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder");
        let vpn = dir.path().join("vpn");
        std::fs::create_dir(&vpn).expect("a folder");
        std::fs::write(
            vpn.join("domains"),
            "vpn.example\n1.2.3.4\n2001:db8::1\nécole.fr\n",
        )
        .expect("a file");
        std::fs::write(vpn.join("urls"), "x.example/vpn\n").expect("a file");
        let bytes = build_directory(dir.path()).expect("a list").into_bytes();
        let lists = std::sync::Arc::new(Lists::from_bytes(bytes).expect("a list"));
        let rules = RuleSet::new(read_charter(default_charter()).0, Some(lists.clone()));
        (lists, rules)
    });
    let text = String::from_utf8_lossy(bytes);
    let setting = vigie_protocol::Setting::default();
    let _ = lists.lookup(&text);
    let _ = rules.blocks(&setting, vigie_protocol::Stamp(0), &text, 443, None);
    if let Some(verdict) = rules.blocks(
        &setting,
        vigie_protocol::Stamp(0),
        "x.example",
        443,
        Some(&text),
    ) {
        for (from, to) in &verdict.evidence.spans {
            let cited = verdict.evidence.text.reveal();
            assert!(
                cited.get(*from as usize..*to as usize).is_some(),
                "a span within the text"
            );
        }
    }
    lists.entries_of(&text, &mut |entry| {
        assert!(text.len() < 10_000 || !entry.host.is_empty())
    });
}
