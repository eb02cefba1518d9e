//! What the fuzz targets were fed and what they found, replayed on stable.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test may fail loudly, and the fuzz targets share the checks"
)]

#[path = "../fuzz/checks/charter.rs"]
mod charter;
#[path = "../fuzz/checks/chat.rs"]
mod chat;
#[path = "../fuzz/checks/lists.rs"]
mod lists;

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder.join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target}");
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

#[test]
fn list_files() {
    replay("list_file", lists::list_file);
}

#[test]
fn list_texts() {
    replay("list_text", lists::list_text);
}

#[test]
fn hosts() {
    replay("host", lists::host);
}

#[test]
fn monsters_are_answered() {
    for piece in [
        "a",
        "a.",
        "é",
        "%61",
        "http://",
        "xn--",
        "0x",
        ".",
        "@",
        "[",
        "1.",
        "https://translate.google.com/?u=",
    ] {
        lists::host(piece.repeat(1 << 20).as_bytes());
    }
    lists::list_text("é%:@/\n".repeat(1 << 16).as_bytes());
}
