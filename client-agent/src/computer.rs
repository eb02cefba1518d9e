//! What a computer says of itself to the adult who looks for it: a digest of its own id, and its name. Hints, never an identity.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use vigie_protocol::Digest;

/// Where Linux keeps a computer's own id (machine-id(5)).
const MACHINE_ID: &str = "/etc/machine-id";
/// Most characters of a name that are told.
const HOST_MAX: usize = 64;

/// A digest of this computer's own id, ours alone: machine-id(5) asks that the id itself be told to nobody. None where there is
/// no such id.
pub fn machine() -> Option<Digest> {
    machine_of(Path::new(MACHINE_ID))
}

fn machine_of(file: &Path) -> Option<Digest> {
    let id = std::fs::read_to_string(file).ok()?;
    let id = id.trim();
    // A fresh image may hold the word `uninitialized`.
    if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digest = Sha256::digest(format!("vigie machine\n{id}\n").as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Digest::new(hex))
}

/// The computer's name.
pub fn host() -> Option<String> {
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .take(HOST_MAX)
        .collect();
    (!name.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_is_known_by_a_digest_that_is_ours_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("machine-id");
        assert_eq!(machine_of(&file), None);
        for wrong in ["", "uninitialized\n", "0123456789abcdef0123456789abcdeg\n"] {
            std::fs::write(&file, wrong).unwrap();
            assert_eq!(machine_of(&file), None, "{wrong}");
        }
        std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
        let digest = machine_of(&file).unwrap();
        assert_eq!(digest.as_str().len(), 64);
        assert!(!digest.as_str().contains("0123456789abcdef"));
        assert!(host().is_none_or(|host| host.chars().count() <= HOST_MAX));
    }
}
