//! A charter as read: articles in words, and rules that cite them. The language itself is documented in `charter/LANGUAGE.md`.
//!
//! Owns what a charter *is*. [`read`] makes one from text, [`fault`] says what is wrong with a text and where. Never matches
//! anything: that is `rules`.

pub(crate) mod fault;
mod limits;
pub(crate) mod read;
pub(crate) mod rule;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use vigie_protocol::{Digest, RuleId, Sensor, Span};

use crate::lists::Lists;
use limits::Limits;

pub use fault::{Diagnostic, Level};
pub use limits::SESSION_KINDS;
pub use read::read_charter;

/// The charter that ships: `filters/charter/default.toml`.
pub fn default_charter() -> &'static str {
    include_str!("../charter/default.toml")
}

/// A charter that was read, whatever its faults: what could not be read is in the diagnostics.
#[derive(Clone, Debug)]
pub struct Charter {
    /// SHA-256 of the text.
    pub digest: Digest,
    /// The charter's name.
    pub title: Words,
    /// The articles, in the order of the text.
    pub articles: Vec<Article>,
    /// The rules, in the order of the text: the order of verdicts.
    pub rules: Vec<Rule>,
    /// Sets of phrases by name, for `@name` in a list of phrases and `{name}` inside one.
    pub(crate) phrases: BTreeMap<String, Vec<String>>,
    /// Subjects of lessons, each with the words that belong to it.
    pub(crate) topics: Vec<Topic>,
    /// What no connection rule may match, unless its own entry is more specific.
    pub(crate) allow: Allow,
}

impl Charter {
    /// Categories that rules read and that a list file does not hold: those rules match by their hosts only.
    pub fn unlisted_categories(&self, lists: &Lists) -> BTreeSet<&str> {
        let mut missing = BTreeSet::new();
        let named = self.rules.iter().flat_map(|rule| rule.when.categories());
        let allowed = self.allow.categories.iter().map(String::as_str);
        for category in named.chain(allowed) {
            if lists.category(category).is_none() {
                missing.insert(category);
            }
        }
        missing
    }
}

/// Words in French, and in English where the author wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// French; required.
    pub fr: String,
    /// English; the French stands in for it when it is missing.
    pub en: Option<String>,
}

impl Words {
    /// The words in a language (`fr`, `en`); French for any other.
    pub fn in_lang(&self, lang: &str) -> &str {
        match &self.en {
            Some(en) if lang.starts_with("en") => en,
            _ => &self.fr,
        }
    }
}

/// An article of the adopted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// As cited: `4.2`.
    pub number: String,
    /// Its title.
    pub title: Words,
    /// Plain words to the pupil.
    pub words: Words,
}

/// A rule as written.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Readable and stable: records carry it.
    pub id: RuleId,
    /// The number of the article that it cites.
    pub article: String,
    /// Its name, for adults.
    pub title: Words,
    /// How grave a match is.
    pub severity: Severity,
    /// What a match asks for.
    pub act: Act,
    /// The chat family (`insult`), or the category of a connection rule that matched without a list (`vpn`).
    pub category: Option<String>,
    /// Words to the pupil when it matches.
    pub to_pupil: Words,
    /// Where it holds.
    pub(crate) limits: Limits,
    /// It keeps silent where one of these speaks of the same event.
    pub(crate) yields_to: Vec<Counted>,
    /// When it matches.
    pub(crate) when: When,
}

impl Rule {
    /// Whether the rule reads a list category, so that a verdict of it depends on the list file too.
    pub fn reads_lists(&self) -> bool {
        self.when.any_leaf(&mut |leaf| {
            matches!(leaf, When::Connection(connection) if !connection.categories.is_empty())
        })
    }

    /// Whether the rule needs nothing but the event itself: only such a rule may block.
    pub fn is_stateless(&self) -> bool {
        !self
            .when
            .any_leaf(&mut |leaf| matches!(leaf, When::Count(_) | When::Sequence(_)))
    }
}

/// Least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Counted, of no interest by itself.
    Info,
    /// To look at.
    Low,
    /// An alert.
    Medium,
    /// A grave alert.
    High,
    /// A call for help that was not addressed to us: discreet, never punished.
    Distress,
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Recorded and counted, shown to nobody by itself.
    Note,
    /// Shown to an adult: `Look` on the tile when the severity is `Low`, `Alert` above.
    Alert,
    /// Stopped by the agent at once, and shown to an adult.
    Block,
}

/// When a rule matches.
#[derive(Clone, Debug)]
pub(crate) enum When {
    Connection(ConnectionWhen),
    Chat(ChatWhen),
    Application(ApplicationWhen),
    Presence { present: bool },
    Count(CountWhen),
    Sequence(SequenceWhen),
    All(Vec<When>),
    Any(Vec<When>),
    Not(Box<When>),
}

impl When {
    /// Every list category that is read.
    fn categories(&self) -> Vec<&str> {
        match self {
            Self::Connection(connection) => {
                connection.categories.iter().map(String::as_str).collect()
            }
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().flat_map(Self::categories).collect()
            }
            Self::Not(part) => part.categories(),
            _ => Vec::new(),
        }
    }

    /// Whether any leaf satisfies the question.
    pub(crate) fn any_leaf(&self, question: &mut impl FnMut(&When) -> bool) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.any_leaf(question)),
            Self::Not(part) => part.any_leaf(question),
            leaf => question(leaf),
        }
    }
}

/// A connection matches when any of these does.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionWhen {
    pub(crate) categories: Vec<String>,
    /// `example.org` means it and every name below; a pattern with `*` is matched against the whole host.
    pub(crate) hosts: Vec<String>,
    /// Regexes on the URL without its scheme.
    pub(crate) urls: Vec<String>,
    pub(crate) ports: Vec<u16>,
    /// Whether a bare public address instead of a name matches.
    pub(crate) bare_address: bool,
    /// Hosts (same patterns) that this rule never matches.
    pub(crate) spare_hosts: Vec<String>,
}

/// A message matches when any phrase, regex or detector does and nothing spares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChatWhen {
    pub(crate) phrases: Vec<String>,
    /// Regexes on the message as read: lower case, without accents, words separated by one space.
    pub(crate) regex: Vec<String>,
    pub(crate) detect: Vec<Detector>,
    /// Phrases that spare a match lying inside or across them (`tuer le temps`).
    pub(crate) spare: Vec<String>,
    /// Phrases that spare the whole message wherever they stand (`mdr`).
    pub(crate) spare_if: Vec<String>,
    pub(crate) task: TaskSpares,
    pub(crate) learned: Option<LearnedWhen>,
}

/// What the learned judge says of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LearnedWhen {
    /// Its place among the families.
    pub(crate) family: usize,
    /// How sure it must be, percent.
    pub(crate) at_least: u8,
}

/// What the words of the session's task spare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TaskSpares {
    #[default]
    Nothing,
    /// A match whose own words belong to the task.
    Match,
    /// Any message of which some word belongs to the task.
    Message,
}

/// Things that are recognised by their form, not by words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detector {
    Phone,
    Email,
    Card,
    Iban,
    Address,
}

impl Detector {
    /// Its word in the language and in the evidence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Address => "address",
        }
    }
}

/// An application in front.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApplicationWhen {
    /// Names, any case; `*` stands for anything.
    pub(crate) names: Vec<String>,
    /// Regexes on the window's title, any case. Makes the agent read titles.
    pub(crate) titles: Vec<String>,
}

/// Enough events with a verdict of other rules within a window, this event included, since this rule's own last verdict.
#[derive(Clone, Debug)]
pub(crate) struct CountWhen {
    pub(crate) of: Vec<Counted>,
    pub(crate) at_least: u32,
    pub(crate) within: Span,
    /// Whose events are counted together.
    pub(crate) per: Per,
    /// How many of them at least are this seat's own.
    pub(crate) own: u32,
    /// The least time between the first and this one.
    pub(crate) spread: Span,
    /// The least percentage that they are of the messages written meanwhile by those whose messages count; 0 for any.
    pub(crate) share: u32,
}

/// Whose events a window counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    /// The seat's own.
    Seat,
    /// Those of everybody who wrote in the same channel.
    Channel,
    /// Everybody's in the session.
    Room,
}

/// A verdict of `first`, then this event's verdict of `then`, within a span.
#[derive(Clone, Debug)]
pub(crate) struct SequenceWhen {
    pub(crate) first: Vec<Counted>,
    pub(crate) then: Vec<Counted>,
    pub(crate) within: Span,
}

/// What a window counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Rule(RuleId),
    Category(String),
    /// Any rule that asks for this.
    Act(Act),
}

impl Counted {
    /// Whether a verdict with these is counted.
    pub(crate) fn is(&self, rule: &RuleId, category: Option<&String>, act: Act) -> bool {
        match self {
            Self::Rule(id) => id == rule,
            Self::Category(wanted) => category == Some(wanted),
            Self::Act(wanted) => *wanted == act,
        }
    }
}

/// The subject of a lesson: when the task names it, its words are on task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topic {
    /// Words of the task by which the topic is recognised.
    pub(crate) names: Vec<String>,
    /// Words that belong to it.
    pub(crate) words: Vec<String>,
}

/// Hosts and list categories that are always allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allow {
    pub(crate) hosts: Vec<String>,
    pub(crate) categories: Vec<String>,
}

/// Which sensors may run under this charter: exactly those that some rule reads.
pub fn needs(charter: &Charter) -> BTreeSet<Sensor> {
    let mut sensors = BTreeSet::new();
    for rule in &charter.rules {
        rule.when.any_leaf(&mut |leaf| {
            match leaf {
                When::Connection(connection) => {
                    sensors.insert(Sensor::Connections);
                    if !connection.urls.is_empty() || !connection.categories.is_empty() {
                        sensors.insert(Sensor::Urls);
                    }
                }
                When::Chat(_) => {
                    sensors.insert(Sensor::Chat);
                }
                When::Application(application) => {
                    sensors.insert(Sensor::Front);
                    if !application.titles.is_empty() {
                        sensors.insert(Sensor::Titles);
                    }
                }
                When::Presence { .. } => {
                    sensors.insert(Sensor::Presence);
                }
                When::Count(_) | When::Sequence(_) | When::All(_) | When::Any(_) | When::Not(_) => {
                }
            }
            false
        });
    }
    sensors
}
