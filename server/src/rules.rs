//! Charters compiled, by the digest that a session names: each once, then shared by every room that cites it.
//!
//! Owns the cache and nothing of the language. Never judges. A list file is opened from our own adopted copy only.
//! Next: `vigie_filters`, which compiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use vigie_filters::lists::ListsError;
use vigie_filters::{Lists, RuleSet, read_charter};
use vigie_protocol::Digest;

use crate::store::{Store, StoreError};

/// Most compiled charters kept; beyond, those that no room holds are dropped.
const KEPT_MAX: usize = 64;

/// A charter and the list file it was compiled with.
type Key = (Digest, Option<Digest>);

/// A compiled charter with the text that agents fetch.
#[derive(Clone, Debug)]
pub(crate) struct Adopted {
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) text: Arc<str>,
}

/// The cache. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    store: Store,
    lists: PathBuf,
    kept: Arc<ArcSwap<BTreeMap<Key, Adopted>>>,
}

/// Why a session's rules cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    #[error("no school has adopted the charter {0}")]
    NoCharter(Digest),
    #[error("the list file {0} cannot be used")]
    List(Digest, #[source] ListsError),
    #[error("the charter cannot be read")]
    Store(#[from] StoreError),
    #[error("compiling the charter was interrupted")]
    Interrupted,
}

impl Rules {
    /// `lists` is the folder of adopted list files.
    pub(crate) fn new(store: Store, lists: PathBuf) -> Self {
        Self {
            store,
            lists,
            kept: Arc::default(),
        }
    }

    /// The rules of a charter with a list file.
    pub(crate) async fn get(
        &self,
        charter: &Digest,
        list: Option<&Digest>,
    ) -> Result<Adopted, RulesError> {
        let key = (charter.clone(), list.cloned());
        if let Some(kept) = self.kept.load().get(&key) {
            return Ok(kept.clone());
        }
        let text = self
            .store
            .charter_text(charter)
            .await?
            .ok_or_else(|| RulesError::NoCharter(charter.clone()))?;
        let file = list.map(|digest| (digest.clone(), self.list_file(digest)));
        // Compiling thousands of phrases takes long enough to be felt by whoever shares this thread.
        let adopted = tokio::task::spawn_blocking(move || compile(text, file))
            .await
            .map_err(|_| RulesError::Interrupted)??;
        self.kept.rcu(|kept| {
            let mut kept = BTreeMap::clone(kept);
            if kept.len() >= KEPT_MAX {
                kept.retain(|_, one| Arc::strong_count(&one.rules) > 1);
            }
            kept.insert(key.clone(), adopted.clone());
            kept
        });
        Ok(adopted)
    }

    /// The text of a charter, for an agent that asks for it.
    pub(crate) async fn text(&self, charter: &Digest) -> Result<Option<Arc<str>>, StoreError> {
        let kept = self.kept.load();
        if let Some((_, kept)) = kept.iter().find(|((digest, _), _)| digest == charter) {
            return Ok(Some(Arc::clone(&kept.text)));
        }
        Ok(self.store.charter_text(charter).await?.map(Arc::from))
    }

    /// Where an adopted list file is; whether it exists is another question.
    pub(crate) fn list_file(&self, digest: &Digest) -> PathBuf {
        list_file(&self.lists, digest)
    }
}

/// Only hexadecimal digits can come in: a digest from outside must not climb out of the folder.
fn list_file(lists: &Path, digest: &Digest) -> PathBuf {
    let name: String = digest
        .as_str()
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    lists.join(format!("{name}.vgl"))
}

fn compile(text: String, file: Option<(Digest, PathBuf)>) -> Result<Adopted, RulesError> {
    let lists = match file {
        None => None,
        Some((digest, file)) => {
            let lists = Lists::open(&file).map_err(|error| RulesError::List(digest, error))?;
            Some(Arc::new(lists))
        }
    };
    // Its diagnostics were shown when it was adopted; a charter with an error is never adopted.
    let (charter, _) = read_charter(&text);
    Ok(Adopted {
        rules: Arc::new(RuleSet::new(charter, lists)),
        text: text.into(),
    })
}
