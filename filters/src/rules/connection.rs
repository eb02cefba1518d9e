//! Rules that look at where a connection goes: one walk over the suffixes of the host for names, one look-up in the lists, and
//! regexes for patterns with stars and for URLs.
//!
//! What is asked for is asked in every form that it hides in: the plain host, the name that it imitates, the URL inside a
//! translator's. An allowed entry outweighs a listed one when it is at least as specific. Never resolves a name.

use std::collections::BTreeMap;
use std::net::IpAddr;

use regex::{Regex, RegexSet, RegexSetBuilder};
use vigie_protocol::Private;

use super::{Hit, bounded_regex, glob};
use crate::charter::rule::condition::REGEX_BYTES_MAX;
use crate::charter::{Allow, ConnectionWhen};
use crate::chat::message::small;
use crate::chat::vocabulary::FastMap;
use crate::host::{self, Host, Target};
use crate::lists::Lists;
use crate::verdict::Evidence;

/// Every condition on connections.
#[derive(Debug, Default)]
pub(crate) struct ConnectionRules {
    leaves: u32,
    names: FastMap<Box<[u8]>, Vec<(u32, Role)>>,
    globs: Vec<(u32, Role, Regex, String)>,
    any_glob: RegexSet,
    urls: Vec<(u32, Regex)>,
    any_url: RegexSet,
    ports: BTreeMap<u16, Vec<u32>>,
    bare: Vec<u32>,
    /// For each category of the list file, the conditions that read it.
    categories: Vec<Vec<u32>>,
    /// For each category of the list file, whether it is allowed.
    allowed: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Match,
    /// Spares this condition.
    Spare,
    /// Spares every condition.
    Allow,
}

/// A condition met by one form of the target.
#[derive(Debug)]
struct Met {
    leaf: u32,
    category: Option<String>,
    by: String,
    /// How specific the entry is: its length, so that an allowed entry can outweigh it.
    weight: usize,
    /// What part of the plain form matched.
    matched: String,
}

impl ConnectionRules {
    pub(crate) fn new(allow: &Allow, lists: Option<&Lists>) -> Self {
        let count = lists.map_or(0, |lists| lists.categories().count());
        let mut rules = Self {
            categories: vec![Vec::new(); count],
            allowed: vec![false; count],
            ..Self::default()
        };
        for host in &allow.hosts {
            rules.add_host(0, Role::Allow, host);
        }
        for category in &allow.categories {
            let number = lists.and_then(|lists| lists.category(category));
            if let Some(allowed) = number.and_then(|number| rules.allowed.get_mut(number)) {
                *allowed = true;
            }
        }
        rules
    }

    pub(crate) fn add(&mut self, leaf: u32, connection: &ConnectionWhen, lists: Option<&Lists>) {
        self.leaves += 1;
        for category in &connection.categories {
            let number = lists.and_then(|lists| lists.category(category));
            if let Some(leaves) = number.and_then(|number| self.categories.get_mut(number)) {
                leaves.push(leaf);
            }
        }
        for host in &connection.hosts {
            self.add_host(leaf, Role::Match, host);
        }
        for host in &connection.spare_hosts {
            self.add_host(leaf, Role::Spare, host);
        }
        for url in connection.urls.iter().filter_map(|url| bounded_regex(url)) {
            self.urls.push((leaf, url));
        }
        for port in &connection.ports {
            self.ports.entry(*port).or_default().push(leaf);
        }
        if connection.bare_address {
            self.bare.push(leaf);
        }
    }

    fn add_host(&mut self, leaf: u32, role: Role, pattern: &str) {
        if pattern.contains('*') {
            if let Some(regex) = bounded_regex(&glob(pattern)) {
                self.globs.push((leaf, role, regex, pattern.to_owned()));
            }
        } else {
            let name = host::host(pattern).name.as_bytes().into();
            self.names.entry(name).or_default().push((leaf, role));
        }
    }

    pub(crate) fn finish(&mut self) {
        let set = |patterns: Vec<&str>| {
            RegexSetBuilder::new(patterns)
                .size_limit(REGEX_BYTES_MAX * 64)
                .build()
                .unwrap_or_else(|_| RegexSet::empty())
        };
        self.any_glob = set(self
            .globs
            .iter()
            .map(|(_, _, regex, _)| regex.as_str())
            .collect());
        self.any_url = set(self.urls.iter().map(|(_, regex)| regex.as_str()).collect());
    }

    /// Every condition that a connection meets. The URL, when it was seen, says more than the host and is looked at instead.
    pub(crate) fn hits(
        &self,
        lists: Option<&Lists>,
        host: &str,
        port: u16,
        url: Option<&str>,
    ) -> Vec<Hit> {
        if self.leaves == 0 {
            return Vec::new();
        }
        if let Some(url) = url {
            let mut target = host::target(url);
            target.port = target.port.or(Some(port));
            return self.target_hits(lists, &target, url);
        }
        let target = Target {
            host: host::host(host),
            port: Some(port),
            path: None,
        };
        self.target_hits(lists, &target, host)
    }

    pub(crate) fn url_hits(&self, lists: Option<&Lists>, url: &str) -> Vec<Hit> {
        self.target_hits(lists, &host::target(url), url)
    }

    fn target_hits(&self, lists: Option<&Lists>, target: &Target<'_>, written: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.form_hits(lists, target, target.host.revealed_by, written, &mut hits);
        if let Some(imitated) = &target.host.imitates {
            let form = Target {
                host: host::host(imitated),
                ..target.clone()
            };
            self.form_hits(lists, &form, "look-alike", written, &mut hits);
        }
        for inner in host::inner_urls(target) {
            self.form_hits(
                lists,
                &host::target(&inner),
                "inner-url",
                written,
                &mut hits,
            );
        }
        hits
    }

    fn form_hits(
        &self,
        lists: Option<&Lists>,
        form: &Target<'_>,
        revealed_by: &str,
        written: &str,
        hits: &mut Vec<Hit>,
    ) {
        let mut met = Vec::new();
        let allowed = self.meet(lists, form, &mut met);
        for one in met {
            if one.weight < allowed || hits.iter().any(|hit| hit.leaf == one.leaf) {
                continue;
            }
            let found = written
                .to_ascii_lowercase()
                .find(&one.matched)
                .filter(|_| !one.matched.is_empty());
            let spans = match found {
                Some(from) => vec![(small(from), small(from + one.matched.len()))],
                None => Vec::new(),
            };
            hits.push(Hit {
                leaf: one.leaf,
                category: one.category,
                evidence: Evidence {
                    text: Private::new(shortened(written)),
                    spans,
                    by: one.by,
                    repeat: None,
                    revealed_by: if found.is_some() && revealed_by != "userinfo" {
                        String::new()
                    } else {
                        revealed_by.to_owned()
                    },
                },
            });
        }
    }

    /// Collects what one form meets; gives the weight that an entry must exceed, or equal when it is a rule's own host.
    fn meet(&self, lists: Option<&Lists>, form: &Target<'_>, met: &mut Vec<Met>) -> usize {
        let host = &form.host;
        let name = host.name.as_ref();
        if name.is_empty() {
            return 0;
        }
        let mut allowed = 0;
        let mut spared = Vec::new();
        self.meet_names(host, &mut allowed, &mut spared, met);
        if let Some(lists) = lists {
            self.meet_lists(lists, form, &mut allowed, met);
        }
        if let Some(path) = form.path.as_deref()
            && !self.urls.is_empty()
        {
            self.meet_urls(name, path, met);
        }
        for leaf in form
            .port
            .and_then(|port| self.ports.get(&port))
            .into_iter()
            .flatten()
        {
            met.push(Met {
                leaf: *leaf,
                category: None,
                by: format!("port {}", form.port.unwrap_or(0)),
                weight: 0,
                matched: String::new(),
            });
        }
        if host.is_address && !self.bare.is_empty() && is_public(name) {
            for leaf in &self.bare {
                met.push(Met {
                    leaf: *leaf,
                    category: None,
                    by: name.to_owned(),
                    weight: name.len(),
                    matched: name.to_owned(),
                });
            }
        }
        if !spared.is_empty() {
            met.retain(|one| !spared.contains(&one.leaf));
        }
        allowed
    }

    fn meet_names(
        &self,
        host: &Host<'_>,
        allowed: &mut usize,
        spared: &mut Vec<u32>,
        met: &mut Vec<Met>,
    ) {
        let name = host.name.as_ref();
        let mut take = |leaf: u32, role: Role, entry: &str, pattern: &str, weight: usize| match role
        {
            Role::Match => met.push(Met {
                leaf,
                category: None,
                by: pattern.to_owned(),
                weight,
                matched: entry.to_owned(),
            }),
            Role::Spare => spared.push(leaf),
            Role::Allow => *allowed = (*allowed).max(weight + 1),
        };
        if !self.names.is_empty() {
            for suffix in suffixes(name) {
                for (leaf, role) in self.names.get(suffix.as_bytes()).into_iter().flatten() {
                    take(*leaf, *role, suffix, suffix, suffix.len());
                }
            }
        }
        if !self.globs.is_empty() && self.any_glob.is_match(name) {
            let met = self.any_glob.matches(name);
            for (leaf, role, _, pattern) in met.iter().filter_map(|place| self.globs.get(place)) {
                // A pattern is as specific as the letters it names.
                take(*leaf, *role, name, pattern, pattern.len());
            }
        }
    }

    fn meet_lists(
        &self,
        lists: &Lists,
        form: &Target<'_>,
        allowed: &mut usize,
        met: &mut Vec<Met>,
    ) {
        lists.find(&form.host.name, form.path.as_deref(), &mut |entry| {
            for number in lists.set(entry.set) {
                let number = usize::from(number);
                if self.allowed.get(number).copied().unwrap_or(false) {
                    *allowed = (*allowed).max(entry.weight() + 1);
                }
                for leaf in self.categories.get(number).into_iter().flatten() {
                    let category = lists.category_name(number);
                    met.push(Met {
                        leaf: *leaf,
                        category: Some(category.to_owned()),
                        by: format!("{category}: {entry}"),
                        weight: entry.weight(),
                        matched: entry.host.to_owned(),
                    });
                }
            }
        });
    }

    fn meet_urls(&self, name: &str, path: &str, met: &mut Vec<Met>) {
        if self.urls.is_empty() {
            return;
        }
        let url = format!("{name}{path}");
        if !self.any_url.is_match(&url) {
            return;
        }
        for (leaf, regex) in &self.urls {
            if let Some(found) = regex.find(&url) {
                met.push(Met {
                    leaf: *leaf,
                    category: None,
                    by: regex.as_str().to_owned(),
                    weight: url.len(),
                    matched: found.as_str().to_owned(),
                });
            }
        }
    }
}

/// The host and every name above it, the whole first.
fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| Some(name.split_once('.')?.1))
}

/// Whether an address is reached over the Internet.
fn is_public(name: &str) -> bool {
    match name.parse() {
        Ok(IpAddr::V4(four)) => {
            !(four.is_private()
                || four.is_loopback()
                || four.is_link_local()
                || four.is_unspecified()
                || four.is_broadcast()
                || four.is_multicast())
        }
        Ok(IpAddr::V6(six)) => {
            let first = six.segments().first().copied().unwrap_or(0);
            !(six.is_loopback()
                || six.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80)
        }
        Err(_) => false,
    }
}

/// Evidence cites at most this much of a URL.
fn shortened(written: &str) -> String {
    const CITED_MAX: usize = 2_048;
    let mut cut = written.len().min(CITED_MAX);
    while !written.is_char_boundary(cut) {
        cut -= 1;
    }
    written.get(..cut).unwrap_or(written).to_owned()
}
