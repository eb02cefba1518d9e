//! What lies in the data folder: is it private, is the key a key, is there room, are charters and lists whole.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use vigie_filters::Lists;

use super::Health::{Broken, Mind, Works};
use super::{Patient, Report};
use crate::closed::{self, OpenError};
use crate::keys::{Key, KeyError};
use vigie_protocol::Digest;

/// Room on the disk below which the spool will soon keep nothing: twice its own limit.
const ROOM_MIN: u64 = 32 << 20;

pub(super) fn look(patient: &Patient, report: &mut Report) {
    let owner = match fs::symlink_metadata(&patient.data) {
        Ok(about) => about.uid(),
        Err(error) => {
            let path = patient.data.display().to_string();
            let key = if error.kind() == io::ErrorKind::NotFound {
                "doctor-folder-none"
            } else {
                "doctor-folder-unread"
            };
            return report.find_with("folder", Broken, key, &[("path", path.into())]);
        }
    };
    folder(patient, owner, report);
    match &patient.settings {
        Ok(server) => {
            let address = server.address.clone();
            report.find_with(
                "settings",
                Works,
                "doctor-settings",
                &[("server", address.into())],
            );
        }
        Err(why) => {
            report.find_with(
                "settings",
                Broken,
                "doctor-settings-none",
                &[("why", why.into())],
            );
        }
    }
    key(&patient.data.join("key.pem"), report);
    spool(&patient.data.join("spool"), report);
    lists(&patient.data.join("lists"), report);
    charters(&patient.data.join("charters"), report);
}

fn folder(patient: &Patient, owner: u32, report: &mut Report) {
    match closed::look(&patient.data, owner) {
        Ok(open) => match open.first() {
            None => report.find("folder", Works, "doctor-folder"),
            Some((path, mode)) => {
                let (path, mode) = (path.display().to_string(), format!("{mode:o}"));
                report.find_with(
                    "folder",
                    Broken,
                    "doctor-folder-open",
                    &[("path", path.into()), ("mode", mode.into())],
                );
            }
        },
        Err(OpenError::Foreign { path, .. } | OpenError::Link { path }) => {
            let path = path.display().to_string();
            report.find_with(
                "folder",
                Broken,
                "doctor-folder-foreign",
                &[("path", path.into())],
            );
        }
        Err(OpenError::Io { path, .. }) => {
            let path = path.display().to_string();
            report.find_with(
                "folder",
                Broken,
                "doctor-folder-unread",
                &[("path", path.into())],
            );
        }
    }
}

fn key(path: &Path, report: &mut Report) {
    if !path.exists() {
        return report.find("key", Broken, "doctor-key-none");
    }
    match Key::open_or_make(path) {
        Ok(_) => report.find("key", Works, "doctor-key"),
        Err(KeyError::Open { mode, .. }) => {
            let (path, mode) = (path.display().to_string(), format!("{mode:o}"));
            report.find_with(
                "key",
                Broken,
                "doctor-key-open",
                &[("path", path.into()), ("mode", mode.into())],
            );
        }
        Err(_) => report.find("key", Broken, "doctor-key-bad"),
    }
}

fn spool(path: &Path, report: &mut Report) {
    let files = match fs::read_dir(path) {
        Ok(files) => files.flatten(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return report.find("spool", Works, "doctor-spool-none");
        }
        Err(_) => return report.find("spool", Broken, "doctor-spool-unread"),
    };
    let bytes = files
        .filter_map(|file| file.metadata().ok())
        .fold(0_u64, |sum, about| sum.saturating_add(about.len()));
    let kib = bytes.div_ceil(1_024);
    let Ok(disk) = rustix::fs::statvfs(path) else {
        return report.find("spool", Broken, "doctor-spool-unread");
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let mib = free >> 20;
    let (health, key) = if free < ROOM_MIN {
        (Broken, "doctor-spool-full")
    } else {
        (Works, "doctor-spool")
    };
    report.find_with(
        "spool",
        health,
        key,
        &[("kib", kib.into()), ("free", mib.into())],
    );
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == extension))
        .collect()
}

fn lists(folder: &Path, report: &mut Report) {
    let files = with_extension(folder, "vgl");
    if files.is_empty() {
        return report.find("lists", Mind, "doctor-lists-none");
    }
    for path in files {
        match Lists::open_checked(&path) {
            Ok(lists) => {
                let count = lists.categories().count();
                report.find_with("lists", Works, "doctor-lists", &[("count", count.into())]);
            }
            Err(_) => {
                let path = path.display().to_string();
                report.find_with(
                    "lists",
                    Broken,
                    "doctor-lists-damaged",
                    &[("path", path.into())],
                );
            }
        }
    }
}

fn charters(folder: &Path, report: &mut Report) {
    let files = with_extension(folder, "toml");
    let damaged = files.iter().find(|path| {
        let named = path.file_stem().and_then(|name| name.to_str());
        let read = fs::read(path).ok();
        named.map(Digest::new) != read.map(|text| Digest::of(&text))
    });
    match damaged {
        Some(path) => {
            let path = path.display().to_string();
            report.find_with(
                "charter",
                Broken,
                "doctor-charter-damaged",
                &[("path", path.into())],
            );
        }
        None if files.is_empty() => report.find("charter", Mind, "doctor-charter-none"),
        None => report.find("charter", Works, "doctor-charter"),
    }
}
