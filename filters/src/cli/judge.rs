//! `vigie charter judge`: events as JSON lines in, verdicts as JSON lines out.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_protocol::{
    ChannelId, Connection, EventKind, Outcome, Private, Scheme, SeatNo, Setting, Stamp,
};

use crate::charter::{Diagnostic, Level, read_charter};
use crate::judge::{Context, judge};
use crate::lists::Lists;
use crate::memory::Memory;
use crate::rules::RuleSet;
use crate::verdict::Verdict;

/// Longest line that is read, in bytes; a longer one is an error and the run goes on.
const LINE_MAX: usize = 8 * 1024 * 1024;
/// Most seats that share a memory in one run; beyond, the least recent is forgotten.
const SEATS_MAX: usize = 10_000;

/// Why a run of `charter judge` could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The charter has errors; the caller prints them as `check` does.
    #[error("the charter has errors")]
    Charter(Vec<Diagnostic>),
    /// Input could not be read or output written.
    #[error("judging the lines")]
    Io(#[from] std::io::Error),
}

/// One line: an event as the wire has it, or the short form.
#[derive(Deserialize)]
struct Line {
    kind: String,
    at_ms: i64,
    #[serde(default)]
    task: String,
    #[serde(default)]
    room: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    session: String,
    #[serde(default)]
    utc_offset_min: i16,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    to: Option<Value>,
    #[serde(default)]
    seat: Option<Value>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    app: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    present: Option<bool>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Verdicts { verdicts: Vec<Verdict> },
    Error { error: String },
}

/// `vigie charter judge`: events as JSON lines in, one JSON line of verdicts each out, in order.
pub fn judge_lines(
    charter: &str,
    lists: Option<Arc<Lists>>,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), JudgeError> {
    let (charter, diagnostics) = read_charter(charter);
    if diagnostics.iter().any(|fault| fault.level == Level::Error) {
        return Err(JudgeError::Charter(diagnostics));
    }
    let mut bench = Bench {
        rules: RuleSet::new(charter, lists),
        memory: Memory::default(),
        seats: BTreeMap::new(),
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        if !read_line(input, &mut line)? {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = bench.answer(&line);
        serde_json::to_writer(&mut *out, &answer).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Reads a line of at most [`LINE_MAX`] bytes and passes over the rest of a longer one; false at the end.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut any = false;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(chunk.len());
        if line.len() <= LINE_MAX {
            line.extend_from_slice(chunk.get(..taken).unwrap_or_default());
        }
        input.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            return Ok(true);
        }
    }
}

struct Bench {
    rules: RuleSet,
    memory: Memory,
    seats: BTreeMap<String, SeatNo>,
}

impl Bench {
    fn answer(&mut self, line: &[u8]) -> Answer {
        match self.judge(line) {
            Ok(verdicts) => Answer::Verdicts { verdicts },
            Err(error) => Answer::Error { error },
        }
    }

    fn judge(&mut self, line: &[u8]) -> Result<Vec<Verdict>, String> {
        if line.len() > LINE_MAX {
            return Err(format!("a line of more than {LINE_MAX} bytes"));
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let seat = line.seat.as_ref().map(|seat| self.seat(seat)).transpose()?;
        let at = Stamp(line.at_ms);
        let task = line.task.clone();
        let setting = Setting {
            room: line.room.clone(),
            class: line.class.clone(),
            kind: line.session.clone(),
            utc_offset_min: line.utc_offset_min,
        };
        let event = event(line)?;
        let alone = Memory::default();
        let context = Context {
            seat: seat.unwrap_or_default(),
            task: &task,
            setting: &setting,
        };
        let memory = if seat.is_some() { &self.memory } else { &alone };
        let verdicts = judge(&self.rules, memory, &context, at, &event);
        if let Some(seat) = seat {
            let channel = match &event {
                EventKind::Chat { channel, .. } => Some(channel),
                _ => None,
            };
            if let Some(channel) = channel {
                self.memory.hear(seat, at, channel);
            }
            for verdict in &verdicts {
                self.memory.note(seat, at, channel, verdict);
            }
        }
        Ok(verdicts)
    }

    /// Seats are named by whoever writes the lines, by a number or a word.
    fn seat(&mut self, seat: &Value) -> Result<SeatNo, String> {
        let name = match seat {
            Value::String(name) => name.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err("seat: expected a number or a text".to_owned()),
        };
        if let Some(number) = self.seats.get(&name) {
            return Ok(*number);
        }
        if self.seats.len() >= SEATS_MAX {
            return Err(format!("more than {SEATS_MAX} seats in one run"));
        }
        let number = SeatNo(u16::try_from(self.seats.len() + 1).unwrap_or(u16::MAX));
        self.seats.insert(name, number);
        Ok(number)
    }
}

/// The channel of a message: as said; else the pair that it is between; else the room's.
fn channel(line: &Line) -> String {
    let name = |value: &Value| match value {
        Value::String(name) => name.clone(),
        other => other.to_string(),
    };
    match (&line.channel, &line.to) {
        (Some(channel), _) => channel.clone(),
        (None, Some(to)) => {
            let mut pair = [name(to), line.seat.as_ref().map(name).unwrap_or_default()];
            pair.sort();
            pair.join("+")
        }
        (None, None) => "room".to_owned(),
    }
}

fn event(line: Line) -> Result<EventKind, String> {
    let missing = |key: &str| format!("{}: missing `{key}`", line.kind);
    match line.kind.as_str() {
        "chat" => Ok(EventKind::Chat {
            channel: ChannelId::new(channel(&line)),
            text: Private::new(line.text.clone().ok_or_else(|| missing("text"))?),
        }),
        "connection" => {
            let written = line
                .url
                .clone()
                .or_else(|| line.host.clone())
                .ok_or_else(|| missing("url"))?;
            let target = crate::host::target(&written);
            let plain = written
                .get(..5)
                .is_some_and(|start| start.eq_ignore_ascii_case("http:"));
            Ok(EventKind::Connection(Connection {
                host: line
                    .host
                    .clone()
                    .unwrap_or_else(|| target.host.name.to_string()),
                port: line.port.or(target.port).unwrap_or(443),
                scheme: if plain { Scheme::Http } else { Scheme::Https },
                url: line.url.clone().map(Private::new),
                outcome: Outcome::Passed,
                block: None,
                times: 1,
            }))
        }
        "front" => Ok(EventKind::Front {
            app: line.app.clone().ok_or_else(|| missing("app"))?,
            title: line.title.clone().map(Private::new),
        }),
        "presence" => Ok(EventKind::Presence {
            present: line.present.ok_or_else(|| missing("present"))?,
        }),
        other => Err(format!("unknown kind `{other}`")),
    }
}
