//! The rules of the session: the charter's text and the list file, kept on disk so that both are there without the server,
//! and compiled once for all agents of the process.
//!
//! Never decides when rules are in force. What is kept is checked against its digest before it is used; a list file that is
//! damaged is refused and the one before stays. Next: [`fetch`] for the list's download.

pub(crate) mod fetch;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use vigie_filters::{Level, Lists, RuleSet, needs, read_charter};
use vigie_protocol::{Digest, Sensor};

/// Charters kept on disk; the oldest goes.
const CHARTERS_KEPT_MAX: usize = 8;

/// A charter and a list file: what a set of rules was compiled from.
type Source = (Digest, Option<Digest>);

/// Rules that some agent of this process holds, so that the next one need not compile them again.
#[derive(Debug, Default)]
pub struct Compiled(Mutex<BTreeMap<Source, Weak<RuleSet>>>);

impl Compiled {
    /// The rules of a charter's text. Whoever asks for the same meanwhile waits, and shares them.
    fn get(
        &self,
        digest: &Digest,
        text: &str,
        lists: Option<Arc<Lists>>,
    ) -> Result<Arc<RuleSet>, String> {
        let source = (
            digest.clone(),
            lists.as_ref().map(|lists| lists.digest().clone()),
        );
        // A panic while compiling leaves the map as it was.
        let mut compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = compiled.get(&source).and_then(Weak::upgrade) {
            return Ok(rules);
        }
        let (charter, diagnostics) = read_charter(text);
        let error = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.level == Level::Error);
        if let Some(error) = error {
            return Err(format!("line {}, column {}", error.line, error.column));
        }
        let rules = Arc::new(RuleSet::new(charter, lists));
        compiled.retain(|_, rules| rules.strong_count() > 0);
        compiled.insert(source, Arc::downgrade(&rules));
        Ok(rules)
    }
}

/// What came of preparing the rules of a session.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// They are ready.
    Ready {
        charter: Digest,
        needs: BTreeSet<Sensor>,
        rules: Arc<RuleSet>,
        /// The list file that is wanted and not here: another one, or none, stands in for it.
        list_missing: Option<Digest>,
    },
    /// The charter's text is not here.
    NoCharter(Digest),
    /// The charter cannot be used: where its first error is.
    Broken { charter: Digest, place: String },
}

/// The folder of charters and lists.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    charters: PathBuf,
    lists: PathBuf,
}

impl Library {
    /// Makes both folders when they are not there.
    pub(crate) fn open(data: &Path) -> io::Result<Self> {
        let library = Self {
            charters: data.join("charters"),
            lists: data.join("lists"),
        };
        fs::create_dir_all(&library.charters)?;
        fs::create_dir_all(&library.lists)?;
        Ok(library)
    }

    /// Compiles what a session wants from what is here. Blocks.
    pub(crate) fn prepare(
        &self,
        compiled: &Compiled,
        charter: Digest,
        list: Option<Digest>,
    ) -> Prepared {
        let Some(text) = self.charter(&charter) else {
            return Prepared::NoCharter(charter);
        };
        let lists = list.as_ref().and_then(|list| self.list(list));
        let here = lists.as_ref().map(|lists| lists.digest());
        let list_missing = list.filter(|list| here != Some(list));
        match compiled.get(&charter, &text, lists) {
            Ok(rules) => Prepared::Ready {
                charter,
                needs: needs(rules.charter()),
                rules,
                list_missing,
            },
            Err(place) => Prepared::Broken { charter, place },
        }
    }

    /// Keeps a charter's text if it is what its digest says. Blocks.
    pub(crate) fn keep_charter(&self, digest: &Digest, text: &str) -> io::Result<bool> {
        if Digest::of(text) != *digest {
            return Ok(false);
        }
        let path = self.charters.join(format!("{digest}.toml"));
        let new = path.with_extension("new");
        fs::write(&new, text)?;
        fs::rename(&new, &path)?;
        for old in newest_first(&self.charters).skip(CHARTERS_KEPT_MAX) {
            fs::remove_file(old)?;
        }
        Ok(true)
    }

    /// Takes a downloaded file as the list of that digest, or refuses it and leaves everything as it was. Blocks.
    pub(crate) fn adopt(&self, file: &Path, wanted: &Digest) -> Result<(), fetch::FetchError> {
        let before: BTreeSet<PathBuf> = newest_first(&self.lists).collect();
        let lists = Lists::adopt(file, &self.lists)?;
        if lists.digest() != wanted {
            let strange = self.list_path(lists.digest());
            // A server that sends the list in use once more has not made it a stranger.
            if !before.contains(&strange) {
                let _gone = fs::remove_file(strange);
            }
            return Err(fetch::FetchError::OtherDigest(lists.digest().clone()));
        }
        let adopted = self.list_path(wanted);
        for path in newest_first(&self.lists) {
            if path != adopted && path.extension().is_some_and(|end| end == "vgl") {
                // Whoever has the old file mapped keeps it until it lets go.
                let _already_gone = fs::remove_file(path);
            }
        }
        Ok(())
    }

    fn charter(&self, digest: &Digest) -> Option<String> {
        let text = fs::read_to_string(self.charters.join(format!("{digest}.toml"))).ok()?;
        (Digest::of(&text) == *digest).then_some(text)
    }

    /// The list that is wanted, or else the newest that can be opened: an old list is better than none, and each block says
    /// by which list it was made.
    fn list(&self, wanted: &Digest) -> Option<Arc<Lists>> {
        let wanted = self.list_path(wanted);
        let others = newest_first(&self.lists).filter(|path| *path != wanted);
        let files = std::iter::once(wanted.clone()).chain(others);
        let mut files = files.filter(|path| path.extension().is_some_and(|end| end == "vgl"));
        files.find_map(|path| Lists::open(&path).ok()).map(Arc::new)
    }

    fn list_path(&self, digest: &Digest) -> PathBuf {
        self.lists.join(format!("{digest}.vgl"))
    }

    /// Where a download goes before it is adopted.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.lists.join("incoming.part")
    }
}

fn newest_first(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    files.into_iter().rev().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charter_that_is_not_what_its_digest_says_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let library = Library::open(dir.path()).unwrap();
        let digest = Digest::of("text");
        assert!(!library.keep_charter(&digest, "other").unwrap());
        assert!(library.charter(&digest).is_none());
        assert!(library.keep_charter(&digest, "text").unwrap());
        assert_eq!(library.charter(&digest).as_deref(), Some("text"));
        fs::write(library.charters.join(format!("{digest}.toml")), "tampered").unwrap();
        assert!(library.charter(&digest).is_none());
    }

    #[test]
    fn only_a_few_charters_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let library = Library::open(dir.path()).unwrap();
        for n in 0..20 {
            let text = n.to_string();
            let kept = library.keep_charter(&Digest::of(&text), &text);
            assert!(kept.unwrap());
        }
        let count = fs::read_dir(&library.charters).unwrap().count();
        assert_eq!(count, CHARTERS_KEPT_MAX);
    }
}
