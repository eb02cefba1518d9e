//! Judging: all verdicts of one event. Pure: reads the rules and the memory, changes neither.
//!
//! Rules without a window first; a verdict of distress then silences the other verdicts of the same message; rules with a window
//! count what is left together with what is remembered, since their own last verdict, so that a window that was said once is not
//! said again by the next event. Next: [`crate::rules`] for how each kind of rule looks at an event, `judge/window.rs` for what
//! a window sees, [`crate::memory`] for who updates what is remembered.

mod window;

use vigie_protocol::{EventKind, SeatNo, Setting, Stamp};

use crate::charter::{Rule, Severity};
use crate::memory::{Memory, channel_of};
use crate::rules::{Hit, RuleSet, Tree};
use crate::verdict::{Evidence, Repeat, Verdict};
use window::Window;

/// What nobody said of a session.
static UNSAID: Setting = Setting {
    room: String::new(),
    class: String::new(),
    kind: String::new(),
    utc_offset_min: 0,
};

/// Everything that a rule may look at beside the event.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The seat; what is remembered is remembered by seat.
    pub seat: SeatNo,
    /// The session's task in words; empty when it has none.
    pub task: &'a str,
    /// Where and in what the session is.
    pub setting: &'a Setting,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self {
            seat: SeatNo::default(),
            task: "",
            setting: &UNSAID,
        }
    }
}

/// All verdicts on one event, in charter order. A distress verdict suppresses the others of the same message.
pub fn judge(
    rules: &RuleSet,
    memory: &Memory,
    context: &Context<'_>,
    at: Stamp,
    event: &EventKind,
) -> Vec<Verdict> {
    let hits = rules.hits(event, context.task);
    if hits.is_empty() {
        return Vec::new();
    }
    let mut judged: Vec<(usize, Verdict)> = rules
        .met(&hits)
        .filter(|(_, rule, _)| rule.limits.admit(context.setting, at))
        .filter_map(|(place, rule, tree)| {
            proof(tree, &hits, None).map(|proof| (place, proof.verdict(rule)))
        })
        .collect();
    if judged
        .iter()
        .any(|(_, one)| one.severity == Severity::Distress)
    {
        judged.retain(|(_, one)| one.severity == Severity::Distress);
    }
    yield_to_others(rules, &mut judged);
    if rules.has_stateful() && !judged.is_empty() {
        let window = Window {
            memory,
            seat: context.seat,
            channel: channel_of(event),
            at,
            now: &judged,
        };
        let counted: Vec<(usize, Verdict)> = rules
            .stateful()
            .filter(|(_, rule, _)| rule.limits.admit(context.setting, at))
            .filter_map(|(place, rule, tree)| {
                let proof = proof(tree, &hits, Some((&window, rule)))?;
                Some((place, proof.verdict(rule)))
            })
            .collect();
        judged.extend(counted);
        judged.sort_by_key(|(place, _)| *place);
    }
    judged.into_iter().map(|(_, verdict)| verdict).collect()
}

/// Drops the verdicts of rules that keep silent where another speaks.
fn yield_to_others(rules: &RuleSet, judged: &mut Vec<(usize, Verdict)>) {
    let yields = |place: usize, others: &[(usize, Verdict)]| {
        let rule = rules.charter().rules.get(place);
        rule.is_some_and(|rule| {
            rule.yields_to.iter().any(|to| {
                others.iter().any(|(other, one)| {
                    *other != place && to.is(&one.rule, one.category.as_ref(), one.act)
                })
            })
        })
    };
    if judged.len() > 1 {
        let silent: Vec<usize> = judged
            .iter()
            .map(|(place, _)| *place)
            .filter(|place| yields(*place, judged))
            .collect();
        judged.retain(|(place, _)| !silent.contains(place));
    }
}

/// By what a rule matched: the condition that was met first, and the window when there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proof<'a> {
    hit: Option<&'a Hit>,
    repeat: Option<Repeat>,
}

impl<'a> Proof<'a> {
    fn of(hit: &'a Hit) -> Self {
        Self {
            hit: Some(hit),
            repeat: None,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            hit: self.hit.or(other.hit),
            repeat: self.repeat.or(other.repeat),
        }
    }

    /// The verdict of a rule that matched by this.
    pub(crate) fn verdict(self, rule: &Rule) -> Verdict {
        let mut evidence = self
            .hit
            .map_or_else(Evidence::default, |hit| hit.evidence.clone());
        if let Some(repeat) = self.repeat {
            if self.hit.is_none() {
                evidence.by = repeat.to_string();
            }
            evidence.repeat = Some(repeat);
        }
        Verdict {
            rule: rule.id.clone(),
            category: self
                .hit
                .and_then(|hit| hit.category.clone())
                .or_else(|| rule.category.clone()),
            severity: rule.severity,
            act: rule.act,
            article: rule.article.clone(),
            evidence,
        }
    }
}

/// By what a tree matches; without a window, what has one does not.
pub(crate) fn proof<'a>(
    tree: &Tree,
    hits: &'a [Hit],
    window: Option<(&Window<'_>, &Rule)>,
) -> Option<Proof<'a>> {
    match tree {
        Tree::Leaf(leaf) => hits.iter().find(|hit| hit.leaf == *leaf).map(Proof::of),
        Tree::Any(parts) => parts.iter().find_map(|part| proof(part, hits, window)),
        Tree::All(parts) => {
            let mut all: Option<Proof<'a>> = None;
            for part in parts {
                if let Tree::Not(inner) = part {
                    if proof(inner, hits, window).is_some() {
                        return None;
                    }
                } else {
                    let one = proof(part, hits, window)?;
                    all = Some(all.unwrap_or_default().with(one));
                }
            }
            all
        }
        // A `not` stands inside `all`; alone it would match everything.
        Tree::Not(_) => None,
        Tree::Count(count) => {
            let (window, rule) = window?;
            window.count(rule, count).map(|repeat| Proof {
                hit: None,
                repeat: Some(repeat),
            })
        }
        Tree::Sequence(sequence) => {
            let (window, rule) = window?;
            window.sequence(rule, sequence).map(|repeat| Proof {
                hit: None,
                repeat: Some(repeat),
            })
        }
    }
}
