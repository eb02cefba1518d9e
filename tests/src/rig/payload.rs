//! What the links say: an afternoon's mix of events, as one `events` frame. Both servers are sent these bytes.

use std::fmt::Write as _;

/// Sites of ordinary school work.
const HOSTS: [&str; 8] = [
    "fr.vikidia.org",
    "www.lumni.fr",
    "fr.wikipedia.org",
    "www.geoportail.gouv.fr",
    "edumedia-sciences.com",
    "www.larousse.fr",
    "0310001a.index-education.net",
    "cdn.jsdelivr.net",
];

const APPS: [&str; 4] = ["firefox", "libreoffice-writer", "geogebra", "scratch"];

const WORDS: [&str; 4] = [
    "tu as trouvé la page sur les volcans ?",
    "oui, dans l'encyclopédie, au chapitre 3",
    "je fais l'introduction et toi la conclusion",
    "il faut citer les sources à la fin",
];

/// Writes the frame that holds `many` events from number `first` on.
pub fn frame(into: &mut String, session: &str, link: usize, first: u64, many: u64, at_ms: i64) {
    into.clear();
    let _ = write!(into, r#"{{"t":"events","session":"{session}","batch":["#);
    for n in first..first.saturating_add(many) {
        if n > first {
            into.push(',');
        }
        event(into, link, n, at_ms);
    }
    into.push_str("]}");
}

/// Of a hundred events about sixty are connections, twenty-five windows, ten messages, five comings and goings.
fn event(into: &mut String, link: usize, n: u64, at_ms: i64) {
    let at = usize::try_from(n)
        .unwrap_or(0)
        .wrapping_mul(31)
        .wrapping_add(link.wrapping_mul(17));
    let _ = write!(into, r#"{{"n":{n},"at_ms":{at_ms},"#);
    let _ = match at % 20 {
        0..=11 => write!(
            into,
            r#""kind":"connection","host":"{}","port":443,"scheme":"https","outcome":"passed"}}"#,
            pick(&HOSTS, at / 20)
        ),
        12..=16 => write!(into, r#""kind":"front","app":"{}"}}"#, pick(&APPS, at / 20)),
        17..=18 => write!(
            into,
            r#""kind":"chat","channel":"room","text":"{}"}}"#,
            pick(&WORDS, at / 20)
        ),
        _ => write!(
            into,
            r#""kind":"presence","present":{}}}"#,
            at / 20 % 2 == 0
        ),
    };
}

fn pick<'a>(from: &[&'a str], at: usize) -> &'a str {
    from.get(at % from.len().max(1))
        .copied()
        .unwrap_or_default()
}

/// The frame with one event that the charter that ships calls an alert.
pub fn alarm(into: &mut String, session: &str, n: u64, at_ms: i64) {
    into.clear();
    let _ = write!(
        into,
        r#"{{"t":"events","session":"{session}","batch":[{{"n":{n},"at_ms":{at_ms},"kind":"connection","host":"www.croxyproxy.com","port":443,"scheme":"https","outcome":"passed"}}]}}"#
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_protocol::{AgentFrame, EventKind};

    #[test]
    fn every_event_is_one_that_we_know() {
        let mut text = String::new();
        for first in (1..2_000).step_by(32) {
            frame(&mut text, "2026-11-24.abc", 3, first, 32, 1_795_500_000_000);
            let Ok(AgentFrame::Events { batch, .. }) = AgentFrame::decode(&text) else {
                panic!("{text}");
            };
            assert_eq!(batch.len(), 32);
            assert!(
                batch
                    .iter()
                    .all(|event| !matches!(event.kind, EventKind::Unknown(_)))
            );
        }
    }
}
