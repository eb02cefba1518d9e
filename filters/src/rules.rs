//! A charter compiled: each condition in the cheapest strategy that can decide it, each rule as a tree over those conditions.
//!
//! An event asks every strategy of its kind once; what they answer are hits on conditions, and the trees turn hits into verdicts
//! in charter order. Where nothing hits, nothing is allocated and no tree is looked at. Never remembers anything.
//! Next: [`connection`] for hosts and URLs, [`chat`] for messages.

mod chat;
mod clean;
mod connection;

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use vigie_protocol::{Connection, Digest, EventKind, Private, Setting, Stamp};

use crate::charter::rule::condition::REGEX_BYTES_MAX;
use crate::charter::{Act, ApplicationWhen, Charter, CountWhen, Rule, SequenceWhen, When};
use crate::chat::message::{index as at, small};
use crate::judge::proof;
use crate::lists::Lists;
use crate::verdict::{Evidence, Verdict};

use chat::ChatRules;
use clean::Clean;
use connection::ConnectionRules;

/// A charter compiled, with the list file that its categories refer to.
#[derive(Debug)]
pub struct RuleSet {
    charter: Charter,
    lists: Option<Arc<Lists>>,
    trees: Vec<Tree>,
    connections: ConnectionRules,
    /// Hosts that meet no condition.
    clean: Clean,
    chats: ChatRules,
    applications: Vec<ApplicationRule>,
    presences: Vec<(u32, bool)>,
    /// Indexes of the rules that may block.
    blocking: Vec<usize>,
    has_stateful: bool,
    /// Of each rule in charter order, whether it needs no window.
    stateless: Vec<bool>,
    /// Of each leaf, the rule that it belongs to.
    owners: Vec<usize>,
}

/// A rule's condition over numbered leaves.
#[derive(Debug)]
pub(crate) enum Tree {
    Leaf(u32),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Count(CountWhen),
    Sequence(SequenceWhen),
}

/// A condition that an event met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    pub(crate) leaf: u32,
    pub(crate) category: Option<String>,
    pub(crate) evidence: Evidence,
}

#[derive(Debug)]
struct ApplicationRule {
    leaf: u32,
    names: Vec<Regex>,
    titles: Vec<Regex>,
}

impl RuleSet {
    /// Compiles a charter. What `read_charter` reported as an error matches nothing.
    pub fn new(charter: Charter, lists: Option<Arc<Lists>>) -> Self {
        let mut compiler = Compiler {
            leaves: 0,
            connections: ConnectionRules::new(&charter.allow, lists.as_deref()),
            chats: ChatRules::new(&charter.phrases, &charter.topics),
            applications: Vec::new(),
            presences: Vec::new(),
            lists: lists.as_deref(),
        };
        let mut owners = Vec::new();
        let mut trees = Vec::new();
        for (number, rule) in charter.rules.iter().enumerate() {
            trees.push(compiler.tree(&rule.when));
            owners.resize(at(compiler.leaves), number);
        }
        compiler.connections.finish();
        compiler.chats.finish();
        let Compiler {
            connections,
            chats,
            applications,
            presences,
            ..
        } = compiler;
        let blocking = charter
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.act == Act::Block && rule.is_stateless())
            .map(|(number, _)| number)
            .collect();
        let stateless: Vec<bool> = charter.rules.iter().map(Rule::is_stateless).collect();
        let has_stateful = stateless.iter().any(|stateless| !stateless);
        Self {
            charter,
            lists,
            trees,
            connections,
            clean: Clean::default(),
            chats,
            applications,
            presences,
            blocking,
            has_stateful,
            stateless,
            owners,
        }
    }

    /// The charter that was compiled.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// The digest of the list file, when there is one.
    pub fn list_digest(&self) -> Option<&Digest> {
        self.lists.as_deref().map(Lists::digest)
    }

    /// The first blocking rule that this connection meets in this setting at this moment, for the agent: stateless rules only.
    /// `host` as the client wrote it.
    pub fn blocks(
        &self,
        setting: &Setting,
        at: Stamp,
        host: &str,
        port: u16,
        url: Option<&str>,
    ) -> Option<Verdict> {
        if self.blocking.is_empty() {
            return None;
        }
        let hits = self
            .connections
            .hits(self.lists.as_deref(), host, port, url);
        if hits.is_empty() {
            return None;
        }
        self.blocking.iter().find_map(|number| {
            let rule = self.charter.rules.get(*number)?;
            let tree = self.trees.get(*number)?;
            let holds = rule.limits.admit(setting, at);
            let proof = holds.then(|| proof(tree, &hits, None)).flatten()?;
            Some(proof.verdict(rule))
        })
    }

    pub(crate) fn has_stateful(&self) -> bool {
        self.has_stateful
    }

    /// The rules that need a window, each with its place and its tree, in charter order.
    pub(crate) fn stateful(&self) -> impl Iterator<Item = (usize, &Rule, &Tree)> {
        self.stateless
            .iter()
            .enumerate()
            .filter(|(_, stateless)| !**stateless)
            .filter_map(|(place, _)| self.rule(place))
    }

    /// The rules that need no window and own a condition that was met, in charter order: no other such rule can match, for a
    /// `not` alone matches nothing.
    pub(crate) fn met(&self, hits: &[Hit]) -> impl Iterator<Item = (usize, &Rule, &Tree)> {
        let mut places: Vec<usize> = hits
            .iter()
            .filter_map(|hit| self.owners.get(at(hit.leaf)).copied())
            .filter(|place| self.stateless.get(*place) == Some(&true))
            .collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.rule(place))
    }

    fn rule(&self, place: usize) -> Option<(usize, &Rule, &Tree)> {
        Some((
            place,
            self.charter.rules.get(place)?,
            self.trees.get(place)?,
        ))
    }

    /// Every condition that an event meets.
    pub(crate) fn hits(&self, event: &EventKind, task: &str) -> Vec<Hit> {
        match event {
            EventKind::Connection(connection) => self.connection_hits(connection),
            EventKind::Chat { text, .. } => self.chats.hits(text.reveal(), task),
            EventKind::Front { app, title } => {
                self.application_hits(app, title.as_ref().map(|title| title.reveal().as_str()))
            }
            EventKind::Presence { present } => self
                .presences
                .iter()
                .filter(|(_, wanted)| wanted == present)
                .map(|(leaf, _)| Hit {
                    leaf: *leaf,
                    category: None,
                    evidence: Evidence::default(),
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn connection_hits(&self, connection: &Connection) -> Vec<Hit> {
        let (host, port) = (connection.host.as_str(), connection.port);
        let url = connection.url.as_ref().map(|url| url.reveal().as_str());
        if url.is_none() && self.clean.holds(host, port) {
            return Vec::new();
        }
        let hits = self
            .connections
            .hits(self.lists.as_deref(), host, port, url);
        if url.is_none() && hits.is_empty() {
            self.clean.add(host, port);
        }
        hits
    }

    fn application_hits(&self, app: &str, title: Option<&str>) -> Vec<Hit> {
        self.applications
            .iter()
            .filter_map(|rule| {
                let named = rule
                    .names
                    .iter()
                    .find_map(|name| Some((app, name.find(app)?, name)));
                let titled = || {
                    let title = title?;
                    rule.titles
                        .iter()
                        .find_map(|pattern| Some((title, pattern.find(title)?, pattern)))
                };
                let (text, found, pattern) = named.or_else(titled)?;
                Some(Hit {
                    leaf: rule.leaf,
                    category: None,
                    evidence: Evidence {
                        text: Private::new(text.to_owned()),
                        spans: vec![(small(found.start()), small(found.end()))],
                        by: pattern.as_str().to_owned(),
                        ..Evidence::default()
                    },
                })
            })
            .collect()
    }

    /// Whether one rule matches an example of its own charter: a message, a URL or an application, as the rule reads.
    pub(crate) fn example_matches(&self, number: usize, text: &str, task: &str) -> bool {
        let (Some(rule), Some(tree)) = (self.charter.rules.get(number), self.trees.get(number))
        else {
            return false;
        };
        let mut hits = Vec::new();
        rule.when.any_leaf(&mut |leaf| {
            match leaf {
                When::Connection(_) => {
                    hits.extend(self.connections.url_hits(self.lists.as_deref(), text));
                }
                When::Chat(_) => hits.extend(self.chats.hits(text, task)),
                When::Application(_) => hits.extend(self.application_hits(text, Some(text))),
                _ => {}
            }
            false
        });
        proof(tree, &hits, None).is_some()
    }
}

struct Compiler<'a> {
    leaves: u32,
    connections: ConnectionRules,
    chats: ChatRules,
    applications: Vec<ApplicationRule>,
    presences: Vec<(u32, bool)>,
    lists: Option<&'a Lists>,
}

impl Compiler<'_> {
    fn leaf(&mut self) -> u32 {
        let leaf = self.leaves;
        self.leaves += 1;
        leaf
    }

    fn tree(&mut self, when: &When) -> Tree {
        match when {
            When::All(parts) => Tree::All(parts.iter().map(|part| self.tree(part)).collect()),
            When::Any(parts) => Tree::Any(parts.iter().map(|part| self.tree(part)).collect()),
            When::Not(part) => Tree::Not(Box::new(self.tree(part))),
            When::Count(count) => Tree::Count(count.clone()),
            When::Sequence(sequence) => Tree::Sequence(sequence.clone()),
            When::Connection(connection) => {
                let leaf = self.leaf();
                self.connections.add(leaf, connection, self.lists);
                Tree::Leaf(leaf)
            }
            When::Chat(chat) => {
                let leaf = self.leaf();
                self.chats.add(leaf, chat);
                Tree::Leaf(leaf)
            }
            When::Application(application) => {
                let leaf = self.leaf();
                self.applications
                    .push(compile_application(leaf, application));
                Tree::Leaf(leaf)
            }
            When::Presence { present } => {
                let leaf = self.leaf();
                self.presences.push((leaf, *present));
                Tree::Leaf(leaf)
            }
        }
    }
}

fn compile_application(leaf: u32, application: &ApplicationWhen) -> ApplicationRule {
    ApplicationRule {
        leaf,
        names: application
            .names
            .iter()
            .filter_map(|name| bounded_regex(&glob(name)))
            .collect(),
        titles: application
            .titles
            .iter()
            .filter_map(|title| bounded_regex(&format!("(?i){title}")))
            .collect(),
    }
}

/// A regex within its bounds; one that was refused by `read_charter` matches nothing.
pub(crate) fn bounded_regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .size_limit(REGEX_BYTES_MAX * 2)
        .build()
        .ok()
}

/// A pattern with stars as a regex on the whole text, any case.
pub(crate) fn glob(pattern: &str) -> String {
    let mut regex = String::from("(?i)^");
    for part in pattern.split_inclusive('*') {
        let (literal, star) = match part.strip_suffix('*') {
            Some(literal) => (literal, ".*"),
            None => (part, ""),
        };
        regex.push_str(&regex::escape(literal));
        regex.push_str(star);
    }
    regex.push('$');
    regex
}
