//! Judging: all verdicts of one event. Pure: reads the rules and the memory, changes neither.
//!
//! Rules without a window first; a verdict of distress then silences the other verdicts of the same message; rules with a window
//! count what is left together with what is remembered, since their own last verdict, so that a window that was said once is not
//! said again by the next event. Next: [`crate::rules`] for how each kind of rule looks at an event, [`crate::memory`] for who
//! updates what is remembered.

use vigie_protocol::{EventKind, SeatNo, Span, Stamp};

use crate::charter::{CountWhen, Counted, Rule, SequenceWhen, Severity};
use crate::memory::Memory;
use crate::rules::{RuleSet, Tree, stateless, verdict};
use crate::verdict::{Evidence, Verdict};

/// Everything that a rule may look at beside the event.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    /// The seat; what is remembered is remembered by seat.
    pub seat: SeatNo,
    /// The session's task in words; empty when it has none.
    pub task: &'a str,
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
        .trees()
        .enumerate()
        .filter_map(|(place, (rule, tree))| {
            stateless(tree, &hits).map(|hit| (place, verdict(rule, hit)))
        })
        .collect();
    if judged
        .iter()
        .any(|(_, one)| one.severity == Severity::Distress)
    {
        judged.retain(|(_, one)| one.severity == Severity::Distress);
    }
    if rules.has_stateful() && !judged.is_empty() {
        let window = Window {
            memory,
            seat: context.seat,
            at,
            now: &judged,
        };
        let counted: Vec<(usize, Verdict)> = rules
            .trees()
            .enumerate()
            .filter_map(|(place, (rule, tree))| Some((place, window.verdict(rule, tree)?)))
            .collect();
        judged.extend(counted);
        judged.sort_by_key(|(place, _)| *place);
    }
    judged.into_iter().map(|(_, verdict)| verdict).collect()
}

/// What rules with a window look at.
struct Window<'a> {
    memory: &'a Memory,
    seat: SeatNo,
    at: Stamp,
    now: &'a [(usize, Verdict)],
}

impl Window<'_> {
    fn verdict(&self, rule: &Rule, tree: &Tree) -> Option<Verdict> {
        let by = match tree {
            Tree::Count(count) => self.count(rule, count)?,
            Tree::Sequence(sequence) => self.sequence(rule, sequence)?,
            Tree::Any(parts) => return parts.iter().find_map(|part| self.verdict(rule, part)),
            Tree::Leaf(_) | Tree::All(_) | Tree::Not(_) => return None,
        };
        Some(Verdict {
            rule: rule.id.clone(),
            category: rule.category.clone(),
            severity: rule.severity,
            act: rule.act,
            article: rule.article.clone(),
            evidence: Evidence {
                by,
                ..Evidence::default()
            },
        })
    }

    fn count(&self, rule: &Rule, count: &CountWhen) -> Option<String> {
        let now = self.judged_now(&count.of);
        if now == 0 {
            return None;
        }
        let before = self.remembered(rule, &count.of, count.within);
        let sum = now + before;
        (sum >= usize::try_from(count.at_least).unwrap_or(usize::MAX))
            .then(|| format!("{sum} / {}", span_words(count.within)))
    }

    fn sequence(&self, rule: &Rule, sequence: &SequenceWhen) -> Option<String> {
        let then = self.judged_now(&sequence.then) > 0;
        let first = then && self.remembered(rule, &sequence.first, sequence.within) > 0;
        first.then(|| span_words(sequence.within))
    }

    /// How many of this event's own verdicts are counted.
    fn judged_now(&self, of: &[Counted]) -> usize {
        self.now
            .iter()
            .filter(|(_, one)| {
                of.iter().any(|counted| match counted {
                    Counted::Rule(id) => *id == one.rule,
                    Counted::Category(category) => one.category.as_ref() == Some(category),
                })
            })
            .count()
    }

    /// How many remembered verdicts are counted: inside the window, and since this rule's own last verdict.
    fn remembered(&self, rule: &Rule, of: &[Counted], within: Span) -> usize {
        self.memory
            .at_seat(self.seat)
            .rev()
            .take_while(|noted| noted.rule != rule.id)
            .filter(|noted| self.at - noted.at <= within && noted.at - self.at <= within)
            .filter(|noted| {
                of.iter().any(|counted| match counted {
                    Counted::Rule(id) => *id == noted.rule,
                    Counted::Category(category) => noted.category.as_ref() == Some(category),
                })
            })
            .count()
    }
}

/// A span in the language of charters: `10 min`.
fn span_words(span: Span) -> String {
    let seconds = span.0 / 1_000;
    if seconds % 60 == 0 {
        format!("{} min", seconds / 60)
    } else {
        format!("{seconds} s")
    }
}
