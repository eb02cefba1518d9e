//! A compiled list answers exactly what a plain reading of the same files answers, and no bytes whatever make it panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::precedence,
    clippy::match_overlapping_arm,
    clippy::as_conversions,
    reason = "a test's helpers may fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use vigie_filters::Lists;
use vigie_filters::lists::build_directory;

#[allow(
    dead_code,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    unreachable_pub,
    reason = "the generator is shared with the rig"
)]
#[path = "../benches/support/names.rs"]
mod names;

/// The layout written from text: `category/file: line, line`.
fn directory(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (file, lines) = line.split_once(':').unwrap();
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, lines.trim().replace(", ", "\n")).unwrap();
    }
    dir
}

fn compile(dir: &Path) -> Lists {
    Lists::from_bytes(build_directory(dir).unwrap().into_bytes()).unwrap()
}

fn check(lists: &Lists, url: &str, expect: &str) {
    assert_eq!(lists.lookup(url).join(","), expect, "{url}");
}

#[test]
fn every_entry_above_a_host_answers() {
    let dir = directory(
        "ads/domains: adserver.news.example, Tracker.Example., .dotted.example
         press/domains: news.example, trailing.example , 127.0.0.1 hosted.example
         press/usage: white
         vpn/domains: 1.2.3.4, [2001:db8::1], école.fr, host.example:8080, 2001:db8::2, ||blocked.example^
         vpn/urls: site.example/vpn/, www.site.example/Proxy, http://1.2.3.4/x, page.example
         bad/domains: not a host, com, http://x/y, ok.example, -
         bad/expressions: (casino|poker), (unclosed
         empty/domains:",
    );
    std::os::unix::fs::symlink("ads", dir.path().join("publicite")).unwrap();
    let built = build_directory(dir.path()).unwrap();
    let skipped: Vec<String> = built
        .skipped
        .iter()
        .map(|one| format!("{}:{} {}", one.file, one.line, one.text))
        .collect();
    assert_eq!(
        skipped,
        [
            "bad/domains:1 not a host",
            "bad/domains:2 com",
            "bad/domains:3 http://x/y",
            "bad/domains:5 -",
            "bad/expressions:2 (unclosed",
        ]
    );
    let lists = Lists::from_bytes(built.into_bytes()).unwrap();
    check(&lists, "www.news.example", "press");
    check(&lists, "x.adserver.news.example", "ads,press");
    check(&lists, "example", "");
    check(&lists, "tracker.example", "ads");
    check(&lists, "a.DOTTED.example.", "ads");
    check(&lists, "trailing.example", "press");
    check(&lists, "hosted.example", "press");
    check(&lists, "blocked.example", "vpn");
    check(&lists, "http://16909060/", "vpn");
    check(&lists, "9.1.2.3.4", "");
    check(&lists, "http://[2001:DB8::1]:81/", "vpn");
    check(&lists, "2001:db8::2", "vpn");
    check(&lists, "https://xn--cole-9oa.fr/x", "vpn");
    check(&lists, "host.example", "vpn");
    check(&lists, "site.example", "");
    check(&lists, "https://site.example/vpn", "vpn");
    check(&lists, "https://www.site.example/VPN/a?b", "vpn");
    check(&lists, "https://sub.site.example/vpn/", "");
    check(&lists, "https://site.example/proxy/1", "vpn");
    check(&lists, "https://site.example/other", "");
    check(&lists, "https://page.example/any", "vpn");
    check(&lists, "https://any.example/casino", "bad");
    assert_eq!(
        lists.categories().collect::<Vec<_>>(),
        ["ads", "bad", "empty", "press", "vpn"]
    );
}

#[test]
fn the_same_entries_give_the_same_bytes_in_any_order() {
    let one = directory("a/domains: x.example, y.example, z.example\nb/domains: y.example");
    let other =
        directory("b/domains: y.example, y.example\na/domains: z.example, y.example, x.example");
    let bytes = |dir: &tempfile::TempDir| build_directory(dir.path()).unwrap().into_bytes();
    let (one, other) = (bytes(&one), bytes(&other));
    assert_eq!(one, other);
}

#[test]
fn a_damaged_file_is_refused_and_leaves_nothing() {
    let dir = directory("a/domains: x.example");
    let into = tempfile::tempdir().unwrap();
    let file = into.path().join("list");
    let mut bytes = build_directory(dir.path()).unwrap().into_bytes();
    fs::write(&file, &bytes).unwrap();
    let adopted = Lists::adopt(&file, into.path()).unwrap();
    check(&adopted, "x.example", "a");
    let kept = into.path().join(format!("{}.vgl", adopted.digest()));
    check(&Lists::open(&kept).unwrap(), "x.example", "a");
    Lists::adopt(&kept, into.path()).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let error = Lists::adopt(&file, into.path()).unwrap_err();
    assert!(error.to_string().contains("digest"), "{error}");
    fs::write(&file, &bytes[..last]).unwrap();
    assert!(Lists::adopt(&file, into.path()).is_err());
    fs::write(&file, "hello").unwrap();
    assert!(Lists::adopt(&file, into.path()).is_err());
    assert!(Lists::adopt(Path::new("/nowhere/x"), into.path()).is_err());
    let left = fs::read_dir(into.path()).unwrap().count();
    assert_eq!(left, 2, "the list and the adopted copy");
}

#[test]
fn a_second_build_says_what_changed() {
    let dir = directory("a/domains: x.example, y.example\nb/domains: z.example");
    let file = dir.path().join("lists.vgl");
    let build = || {
        let mut report = Vec::new();
        vigie_filters::cli::lists_build(dir.path(), &file, "en", &mut report).unwrap();
        String::from_utf8(report).unwrap()
    };
    assert!(build().contains("a\t2\nb\t1\n"));
    assert!(build().contains("a\t2\nb\t1\n"), "nothing changed");
    fs::write(
        dir.path().join("a/domains"),
        "x.example\nv.example\nw.example\n",
    )
    .unwrap();
    let report = build();
    assert!(report.contains("a\t3 (+2 \u{2212}1)\nb\t1\n"), "{report}");
}

fn sample_file() -> Vec<u8> {
    let dir = directory(
        "a/domains: x.example, y.x.example, www.blogspot.example
         b/domains: y.x.example, 1.2.3.4
         b/urls: z.example/a/, z.example/b, x.example/c
         b/expressions: (casino)",
    );
    build_directory(dir.path()).unwrap().into_bytes()
}

/// Asks whatever opens.
fn ask_all(bytes: Vec<u8>) {
    if let Ok(lists) = Lists::from_bytes(bytes) {
        for url in [
            "x.example",
            "a.y.x.example",
            "http://z.example/a/b",
            "1.2.3.4",
            "é.fr",
            "",
        ] {
            let _ = lists.lookup(url);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = sample_file();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        ask_all(bytes);
    }

    #[test]
    fn cut_or_grown_files_never_panic(keep in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = sample_file();
        bytes.truncate(keep.index(bytes.len()));
        bytes.extend(&more);
        // With the length made right, so that what comes after it is looked at.
        let length = (bytes.len() as u64).to_le_bytes();
        if let Some(place) = bytes.get_mut(48..56) {
            place.copy_from_slice(&length);
        }
        ask_all(bytes);
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        ask_all(bytes);
    }

    #[test]
    fn answers_are_those_of_a_plain_reading(
        names in prop::collection::vec("[a-c]{1,2}(\\.[a-c]{1,2}){1,3}", 1..60),
        asked in prop::collection::vec("[a-c]{1,2}(\\.[a-c]{1,2}){1,4}", 1..60),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut reference: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (number, name) in names.iter().enumerate() {
            let category = format!("c{}", number % 3);
            let folder = dir.path().join(&category);
            fs::create_dir_all(&folder).unwrap();
            let file = folder.join("domains");
            let before = fs::read_to_string(&file).unwrap_or_default();
            fs::write(&file, format!("{before}{name}\n")).unwrap();
            reference.entry(name.clone()).or_default().insert(category);
        }
        let lists = compile(dir.path());
        for host in names.iter().chain(&asked) {
            let mut expect = BTreeSet::new();
            for (at, _) in host.match_indices('.').chain([(usize::MAX, "")]) {
                let suffix = if at == usize::MAX { host } else { &host[at + 1..] };
                expect.extend(reference.get(suffix).into_iter().flatten().cloned());
            }
            let expect: Vec<String> = expect.into_iter().collect();
            prop_assert_eq!(lists.lookup(host), expect);
        }
    }
}

/// The real lists, when they are there: everything that they hold, and near misses of all of it.
#[test]
fn the_real_lists_answer_as_a_plain_reading_does() {
    let work = tempfile::tempdir().unwrap();
    let dir = match real_lists() {
        Some(dir) if cfg!(debug_assertions) => {
            small_categories(&dir, work.path());
            work.path().to_owned()
        }
        Some(dir) => dir,
        None => {
            generated(work.path());
            work.path().to_owned()
        }
    };
    let lists = compile(&dir);
    let mut reference: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in fs::read_dir(&dir).unwrap() {
        let folder = folder.unwrap();
        let category = folder.file_name().into_string().unwrap();
        let Ok(domains) = fs::read_to_string(folder.path().join("domains")) else {
            continue;
        };
        for line in domains.lines() {
            let name = line.trim().trim_matches('.').to_ascii_lowercase();
            reference.entry(name).or_default().insert(category.clone());
        }
    }
    assert!(reference.len() > 10_000, "{}", reference.len());
    let special: BTreeSet<&str> = ["special", "publicite", "malware"].into();
    let check = |host: &str| {
        let mut expect = BTreeSet::new();
        let mut rest = Some(host);
        let is_address = |name: &str| name.parse::<std::net::IpAddr>().is_ok();
        while let Some(suffix) = rest {
            // An address has no names below or above it.
            if suffix == host || !is_address(suffix) && !is_address(host) {
                let categories = reference.get(suffix).into_iter().flatten();
                expect.extend(categories.map(String::as_str));
            }
            rest = suffix.split_once('.').map(|(_, above)| above);
        }
        // Expressions and URLs are not in the reference.
        let mut answer: BTreeSet<&str> = lists.lookup(host).into_iter().collect();
        if answer != expect {
            answer.retain(|one| expect.contains(one) || !special.contains(one));
        }
        assert_eq!(answer, expect, "{host}");
    };
    // All of them when optimised; the inner loop takes one in twenty.
    let step = if cfg!(debug_assertions) { 20 } else { 1 };
    for (number, name) in reference.keys().enumerate().step_by(step) {
        check(name);
        if number % 7 == 0 && name.parse::<std::net::IpAddr>().is_err() {
            check(&format!("www.{name}"));
            check(&format!("x{name}"));
            check(name.get(1..).unwrap_or("x"));
        }
    }
}

/// What is quick to compile without optimisation.
fn small_categories(from: &Path, to: &Path) {
    for folder in fs::read_dir(from).unwrap() {
        let folder = folder.unwrap();
        let domains = folder.path().join("domains");
        if fs::metadata(domains).is_ok_and(|about| about.len() < 120_000) {
            std::os::unix::fs::symlink(folder.path(), to.join(folder.file_name())).unwrap();
        }
    }
}

/// Where the real lists are not.
fn generated(to: &Path) {
    let mut files: Vec<String> = vec![String::new(); 5];
    for (number, name) in names::Names::new(2026).take(20_000).enumerate() {
        let file = files.get_mut(number % 5).unwrap();
        file.push_str(&name);
        file.push('\n');
    }
    for (number, text) in files.iter().enumerate() {
        let folder = to.join(format!("c{number}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("domains"), text).unwrap();
    }
}

fn real_lists() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/ut1");
    let dir = std::env::var_os("VIGIE_UT1").map_or(beside, PathBuf::from);
    dir.join("vpn/domains").is_file().then_some(dir)
}
