//! Reading a directory in the squidGuard layout: a folder a category, with `domains`, `urls`, `expressions` and `usage`, each of
//! which may be missing or empty; a folder that is a symbolic link is another name of a category.
//!
//! Lines of a hosts file (`0.0.0.0 example.org`) and of a blocker's list (`||example.org^`) are read too. A line that is plainly
//! wrong is reported with its place and skipped. Never stops at a wrong line, only at a file that cannot be read.

use std::fs;
use std::path::Path;

use super::adopt::io;
use super::build::Builder;
use super::{ListsError, build};
use crate::host;
use crate::rules::bounded_regex;

/// A line that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file, below the directory that was read.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// The line, shortened.
    pub text: String,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) builder: Builder,
    pub(crate) skipped: Vec<Skipped>,
    /// Folders that hold no category, with why.
    pub(crate) ignored: Vec<String>,
}

pub(crate) fn read(dir: &Path) -> Result<Directory, ListsError> {
    let mut directory = Directory::default();
    let mut folders = Vec::new();
    for entry in fs::read_dir(dir).map_err(io(dir, "reading the directory"))? {
        let entry = entry.map_err(io(dir, "reading the directory"))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if !is_category(&name) || !path.is_dir() {
            if path.is_symlink() && !path.exists() {
                directory.ignored.push(name);
            }
            continue;
        }
        if path.is_symlink() {
            let real = fs::canonicalize(&path).ok();
            let beside = fs::canonicalize(dir).ok();
            let target = real
                .as_deref()
                .and_then(Path::file_name)
                .and_then(|one| one.to_str());
            if real.as_deref().and_then(Path::parent) == beside.as_deref()
                && let Some(target) = target
            {
                directory.builder.alias(&name, target);
                continue;
            }
        }
        folders.push((name, path));
    }
    folders.sort();
    for (name, path) in folders {
        read_category(&name, &path, &mut directory)?;
    }
    Ok(directory)
}

fn is_category(name: &str) -> bool {
    !name.starts_with('.')
        && name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn read_category(name: &str, path: &Path, directory: &mut Directory) -> Result<(), ListsError> {
    let has = |file: &str| path.join(file).is_file();
    if !["domains", "urls", "expressions", "usage"]
        .into_iter()
        .any(has)
    {
        directory.ignored.push(name.to_owned());
        return Ok(());
    }
    let too_many = |error: build::BuildError| ListsError::Damaged {
        path: path.to_owned(),
        fault: error.to_string(),
    };
    let usage = usage(&read_file(&path.join("usage"))?);
    let category = directory.builder.category(name, usage).map_err(too_many)?;
    let mut last = String::new();
    for (number, line) in lines(&read_file(&path.join("domains"))?) {
        match line.and_then(domain) {
            Some(host) if host == last => {}
            Some(host) => {
                directory
                    .builder
                    .domain(category, &host)
                    .map_err(too_many)?;
                last = host;
            }
            None => directory.skip(name, "domains", number, line),
        }
    }
    for (number, line) in lines(&read_file(&path.join("urls"))?) {
        match line.and_then(url) {
            Some((host, path)) => directory
                .builder
                .url(category, &host, &path)
                .map_err(too_many)?,
            None => directory.skip(name, "urls", number, line),
        }
    }
    for (number, line) in lines(&read_file(&path.join("expressions"))?) {
        match line.and_then(expression) {
            Some(regex) => directory.builder.expression(category, &regex),
            None => directory.skip(name, "expressions", number, line),
        }
    }
    Ok(())
}

impl Directory {
    fn skip(&mut self, category: &str, file: &str, number: usize, line: Option<&str>) {
        self.skipped.push(Skipped {
            file: format!("{category}/{file}"),
            line: number,
            text: line.unwrap_or("?").chars().take(120).collect(),
        });
    }
}

/// The file, or nothing when it is missing.
fn read_file(path: &Path) -> Result<Vec<u8>, ListsError> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(io(path, "reading a category")(error)),
    }
}

/// Lines that say something, numbered from 1; none for one that is no text.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Option<&str>)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(at, line)| (at + 1, std::str::from_utf8(line).ok().map(str::trim)))
        .filter(|(_, line)| {
            line.is_none_or(|line| !line.is_empty() && !line.starts_with(['#', '!']))
        })
}

fn usage(bytes: &[u8]) -> &'static str {
    let says = |word: &str| lines(bytes).any(|(_, line)| line == Some(word));
    match (says("black"), says("white")) {
        (true, true) => "both",
        (false, true) => "white",
        (true, false) => "black",
        (false, false) => "unsaid",
    }
}

/// The host of a line of `domains`.
fn domain(line: &str) -> Option<String> {
    let line = line
        .strip_prefix("0.0.0.0 ")
        .or_else(|| line.strip_prefix("127.0.0.1 "))
        .or_else(|| line.strip_prefix("||"))
        .unwrap_or(line)
        .trim();
    let line = line
        .split(" #")
        .next()
        .unwrap_or(line)
        .trim_end_matches('^');
    if line.contains(['/', '?', '@']) || line.contains(char::is_whitespace) {
        return None;
    }
    listed_host(&host::target(line))
}

/// A host that an entry may have: a name of at least two labels, or an address.
fn listed_host(target: &host::Target<'_>) -> Option<String> {
    let name = target.host.name.as_ref();
    let fine = target.host.is_address
        || (name.contains('.')
            && !name.contains("..")
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
            }));
    (fine && name.len() <= host::NAME_MAX).then(|| name.to_owned())
}

/// Host and path of a line of `urls`.
fn url(line: &str) -> Option<(String, String)> {
    let target = host::target(line);
    let host = listed_host(&target)?;
    let bare = host
        .strip_prefix("www.")
        .filter(|bare| bare.contains('.'))
        .unwrap_or(&host);
    let path = target.path.as_deref().unwrap_or_default();
    (!path.contains('\0')).then(|| (bare.to_owned(), path.to_owned()))
}

/// An expression, any case, that compiles within its bounds.
fn expression(line: &str) -> Option<String> {
    let regex = format!("(?i){line}");
    bounded_regex(&regex).map(|_| regex)
}
