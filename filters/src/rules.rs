//! A charter compiled: each rule in the cheapest strategy that can decide it.

use std::sync::Arc;

use vigie_protocol::Digest;

use crate::charter::Charter;
use crate::lists::Lists;
use crate::verdict::Verdict;

/// A charter compiled, with the list file that its categories refer to.
#[derive(Debug)]
pub struct RuleSet {
    charter: Charter,
    lists: Option<Arc<Lists>>,
}

impl RuleSet {
    /// Compiles a charter. What `read_charter` reported as an error matches nothing.
    pub fn new(charter: Charter, lists: Option<Arc<Lists>>) -> Self {
        Self { charter, lists }
    }

    /// The charter that was compiled.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// The digest of the list file, when there is one.
    pub fn list_digest(&self) -> Option<&Digest> {
        self.lists.as_deref().map(Lists::digest)
    }

    /// The first blocking rule that this connection meets, for the agent: stateless rules only. `host` as the client wrote it.
    pub fn blocks(&self, _host: &str, _port: u16, _url: Option<&str>) -> Option<Verdict> {
        todo!()
    }
}
