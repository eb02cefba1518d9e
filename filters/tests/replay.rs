//! What the fuzz targets were fed and what they found, replayed on stable.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "../fuzz/checks/charter.rs"]
mod charter;
#[path = "../fuzz/checks/chat.rs"]
mod chat;

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder.join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{target}");
    for file in files {
        println!("{}", file.display());
        check(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn charters() {
    replay("charter", charter::check);
}

#[test]
fn messages() {
    replay("chat", chat::check);
}
