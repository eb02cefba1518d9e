//! The script of the demo's pupils: text in, lives out. The format is told at the top of `pupils.txt`.
//!
//! Pure: never sends, waits or opens anything. Next: `pupil.rs`, which plays a life.

use vigie_protocol::Span;

/// Who a pupil is, where they sit, and what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// `cdi` or `info`: the room's short name.
    pub(crate) room: String,
    /// The seat's number on the plan.
    pub(crate) seat: u16,
    /// Given name and family name.
    pub(crate) name: String,
    /// `4e B`.
    pub(crate) class: String,
    /// The account at the workstation; none is an account that the school does not know.
    pub(crate) account: Option<String>,
    /// What happens, in order of time.
    pub(crate) steps: Vec<Step>,
    /// When the steps begin again.
    pub(crate) again_after: Span,
    /// What follows an adult's message, from the moment it is shown.
    pub(crate) on_message: Vec<Step>,
    /// What follows the end of a lock.
    pub(crate) on_release: Vec<Step>,
}

/// One thing done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// How long after the beginning.
    pub(crate) after: Span,
    /// What.
    pub(crate) deed: Deed,
}

/// The verbs of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// An application comes to the front.
    Front(String),
    /// A page over https: only its host is seen.
    Visit(String),
    /// A page over http: its address is seen when a rule reads addresses.
    Browse { host: String, url: String },
    /// A message in the room's chat.
    Say(String),
    /// A hand is raised.
    Ask(String),
    /// The hand is lowered.
    Withdraw,
    /// Nobody at the seat, or somebody again.
    Present(bool),
    /// The cable is pulled for so long.
    Unplug(Span),
}

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pupils.txt:{line}: {why}")]
pub(crate) struct ScriptError {
    line: usize,
    why: &'static str,
}

/// Which list of the current life a step belongs to.
#[derive(Clone, Copy)]
enum Part {
    Day,
    OnMessage,
    OnRelease,
}

/// Reads a script.
pub(crate) fn read(text: &str) -> Result<Vec<Life>, ScriptError> {
    let mut lives: Vec<Life> = Vec::new();
    let mut part = Part::Day;
    for (index, raw) in text.lines().enumerate() {
        let wrong = |why| ScriptError {
            line: index + 1,
            why,
        };
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !raw.starts_with(' ') {
            lives.push(person(line).map_err(wrong)?);
            part = Part::Day;
            continue;
        }
        let life = lives
            .last_mut()
            .ok_or_else(|| wrong("a step before any pupil"))?;
        match line {
            "on message" => part = Part::OnMessage,
            "on release" => part = Part::OnRelease,
            _ => match line.strip_prefix("loop ") {
                Some(seconds) => life.again_after = seconds_of(seconds).map_err(wrong)?,
                None => life.part(part).push(step(line).map_err(wrong)?),
            },
        }
    }
    Ok(lives)
}

impl Life {
    fn part(&mut self, part: Part) -> &mut Vec<Step> {
        match part {
            Part::Day => &mut self.steps,
            Part::OnMessage => &mut self.on_message,
            Part::OnRelease => &mut self.on_release,
        }
    }
}

fn person(line: &str) -> Result<Life, &'static str> {
    const SHAPE: &str = "expected `room seat · name · class · account`";
    let mut fields = line.split(" · ");
    let mut next = || fields.next().ok_or(SHAPE);
    let (place, name, class, account) = (next()?, next()?, next()?, next()?);
    let (room, seat) = place.split_once(' ').ok_or(SHAPE)?;
    Ok(Life {
        room: room.to_owned(),
        seat: seat.parse().map_err(|_| "the seat is not a number")?,
        name: name.to_owned(),
        class: class.to_owned(),
        account: (account != "?").then(|| account.to_owned()),
        steps: Vec::new(),
        again_after: Span::minutes(2),
        on_message: Vec::new(),
        on_release: Vec::new(),
    })
}

fn step(line: &str) -> Result<Step, &'static str> {
    let (after, rest) = line.split_once(' ').ok_or("expected `second verb words`")?;
    let (verb, words) = rest.split_once(' ').unwrap_or((rest, ""));
    let deed = match verb {
        "front" => Deed::Front(words.to_owned()),
        "visit" => Deed::Visit(words.to_owned()),
        "browse" => {
            let host = words
                .strip_prefix("http://")
                .and_then(|it| it.split('/').next());
            let host = host.ok_or("`browse` wants an http:// address")?.to_owned();
            Deed::Browse {
                host,
                url: words.to_owned(),
            }
        }
        "say" => Deed::Say(words.to_owned()),
        "ask" => Deed::Ask(words.to_owned()),
        "withdraw" => Deed::Withdraw,
        "away" => Deed::Present(false),
        "back" => Deed::Present(true),
        "unplug" => Deed::Unplug(seconds_of(words)?),
        _ => return Err("unknown verb"),
    };
    Ok(Step {
        after: seconds_of(after)?,
        deed,
    })
}

fn seconds_of(text: &str) -> Result<Span, &'static str> {
    text.parse()
        .map(Span::seconds)
        .map_err(|_| "expected a number of seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_twenty_four_pupils_in_two_rooms_whose_steps_are_in_order() {
        let lives = read(super::super::PUPILS).unwrap();
        assert_eq!(lives.len(), 24);
        for life in &lives {
            for steps in [&life.steps, &life.on_message, &life.on_release] {
                assert!(
                    steps.is_sorted_by_key(|step| step.after),
                    "{} goes back in time",
                    life.name
                );
            }
            assert!(
                life.steps.last().unwrap().after < life.again_after,
                "{}",
                life.name
            );
        }
        let seats: std::collections::BTreeSet<_> =
            lives.iter().map(|it| (&it.room, it.seat)).collect();
        assert_eq!(seats.len(), 24, "two pupils on one seat");
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let told = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(
            told("  3 front firefox"),
            "pupils.txt:1: a step before any pupil"
        );
        assert_eq!(
            told("cdi 1 · A B · 4e B · a\n  x front y"),
            "pupils.txt:2: expected a number of seconds"
        );
        assert_eq!(
            told("cdi 1 · A B · 4e B · a\n  3 dance"),
            "pupils.txt:2: unknown verb"
        );
        assert_eq!(
            told("cdi · A B"),
            "pupils.txt:1: expected `room seat · name · class · account`"
        );
    }
}
