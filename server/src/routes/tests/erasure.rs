//! What is erased is gone from the bytes on the disk, and what is kept is there until its own day.

use std::path::{Path, PathBuf};

use serde_json::json;
use vigie_filters::{default_charter, read_charter};
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    ChannelId, Digest, EstablishmentId, Event, EventKind, RoomId, Seq, Span, WorkstationId,
};
use vigie_room::{Input, Who};

use super::School;
use super::school::{HERE, MORNING, ROOM};
use crate::policy::Role;
use crate::retention::{self, Gone};
use crate::store::enrolment::{NewToken, Newcomer, Newcomers};

/// In a message beside what matched, and in no rule.
const BESIDE: &str = "zanzibarquatre";
/// What a rule of the charter that ships matches.
const MATCHED: &str = "connard";
/// In the words of a request for help.
const ASKED: &str = "imprimantemauve";

/// The files below `folder` whose bytes hold `needle`.
fn holding(folder: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes
                .windows(needle.len())
                .any(|some| some == needle.as_bytes())
            {
                found.push(path);
            }
        }
    }
    found
}

/// A session in which a pupil insults somebody and asks for help.
#[allow(clippy::too_many_lines, reason = "a life, told in order")]
async fn session(school: &School) {
    let store = &school.app().store;
    let here = EstablishmentId::new(HERE);
    let (charter, _) = read_charter(default_charter());
    store
        .adopt_charter(&here, (&charter.digest, default_charter()), MORNING)
        .await
        .unwrap();
    let token = Digest::new("c".repeat(64));
    let room = RoomId::new(ROOM);
    store
        .put_enrolment_token(NewToken {
            digest: &token,
            room: &room,
            seat: None,
            uses: 1,
            made: MORNING,
            by: None,
            ends: MORNING + Span::minutes(9),
            newcomers: Newcomers::InOrder,
        })
        .await
        .unwrap();
    let workstation = WorkstationId::new("w1");
    store
        .enrol(
            &token,
            Newcomer {
                id: &workstation,
                key: "key",
                machine: None,
                host: None,
            },
            MORNING,
        )
        .await
        .unwrap();
    let body = json!({ "task": "Exposé", "minutes": 50, "chat": true }).to_string();
    let path = format!("/api/v1/rooms/{ROOM}/session");
    let opened = school.as_role(Role::Assistant, "POST", &path, &body).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    let handle = school.app().room(&room).await.unwrap();
    let who = Who::Pupil(vigie_protocol::Pseudonym::new("p-ines-0310001A"));
    let said = EventKind::Chat {
        channel: ChannelId::new("room"),
        text: format!("{BESIDE} espèce de {MATCHED}").into(),
    };
    let asked = EventKind::HelpAsked {
        text: ASKED.to_owned().into(),
    };
    let can = Capabilities::default();
    let mut inputs = vec![
        Input::LinkUp {
            workstation: workstation.clone(),
            can,
        },
        Input::Seated {
            workstation: workstation.clone(),
            who,
        },
    ];
    for (seq, kind) in (1..).zip([said, asked]) {
        inputs.push(Input::Event {
            workstation: workstation.clone(),
            ahead: Span(0),
            event: Event {
                seq: Seq(seq),
                at: MORNING,
                kind,
            },
        });
    }
    for input in inputs {
        handle.tell(input).await.unwrap();
    }
    let sheet = school
        .as_role(
            Role::Assistant,
            "GET",
            &format!("/api/v1/rooms/{ROOM}/seats/1"),
            "",
        )
        .await;
    assert!(
        sheet.body.contains(BESIDE) && sheet.body.contains("Inès B."),
        "{sheet:?}"
    );
    let ended = school
        .as_role(Role::Assistant, "POST", &format!("{path}/end"), "")
        .await;
    assert_eq!(ended.status, 204, "{ended:?}");
}

async fn erase(school: &School) -> Gone {
    let app = school.app();
    let kept = retention::Kept {
        journal: app.rooms.engine().journal.clone(),
        audit: app.audit.clone(),
        store: app.store.clone(),
        alerts: app.rooms.engine().alerts.clone(),
    };
    kept.alerts.sweep(&kept.journal).await.unwrap();
    retention::run(&kept, app.config.retention, &app.clock)
        .await
        .unwrap()
}

#[actix_web::test]
async fn words_are_gone_from_the_bytes_when_their_days_are_over() {
    let school = School::open().await;
    session(&school).await;
    let data = school.app().config.data.clone();
    let alerts = data.join("alerts");
    assert_eq!(
        erase(&school).await,
        Gone::default(),
        "nothing is due today"
    );
    let day = Span::minutes(24 * 60);
    school.hand.advance(Span(day.0 * 15));
    erase(&school).await;
    let school = school.restart().await;
    for word in [BESIDE, ASKED] {
        assert!(
            !holding(&data, word).is_empty(),
            "{word} is still kept: the search works"
        );
        assert!(
            holding(&alerts, word).is_empty(),
            "{word} was never an alert's"
        );
    }
    // The sixteenth day: the events go, the alert stays with the word that matched.
    school.hand.advance(day);
    erase(&school).await;
    let school = school.restart().await;
    for word in [BESIDE, ASKED] {
        let left = holding(&data, word);
        assert!(left.is_empty(), "{word} is still in {left:?}");
    }
    assert!(
        !holding(&alerts, MATCHED).is_empty(),
        "the alert is kept 30 days"
    );
    school.hand.advance(Span(day.0 * 15));
    erase(&school).await;
    let school = school.restart().await;
    let left = holding(&alerts, MATCHED);
    assert!(left.is_empty(), "the alert is still in {left:?}");
    // The audit log: who looked, a year.
    let audit = data.join("audit");
    assert!(!holding(&audit, "p-ines-0310001A").is_empty());
    school.hand.advance(Span(day.0 * 366));
    erase(&school).await;
    school.running.stop().await;
    let left = holding(&audit, "p-ines-0310001A");
    assert!(left.is_empty(), "the log is still in {left:?}");
}

#[actix_web::test]
async fn an_alert_that_a_crash_left_out_is_drawn_from_the_journal() {
    let school = School::open().await;
    session(&school).await;
    let alerts = school.app().config.data.join("alerts");
    let school = school.restart().await;
    assert!(
        !holding(&alerts, MATCHED).is_empty(),
        "drawn as it happened"
    );
    let data = school.app().config.data.clone();
    let (config, clock) = (school.app().config.clone(), school.app().clock.clone());
    school.running.stop().await;
    std::fs::remove_dir_all(data.join("alerts")).unwrap();
    let running = crate::app::start_at(config, clock).await.unwrap();
    let engine = running.app().rooms.engine();
    engine.alerts.sweep(&engine.journal).await.unwrap();
    engine.alerts.stop().await;
    assert!(!holding(&alerts, MATCHED).is_empty(), "drawn again");
    running.stop().await;
}

#[actix_web::test]
async fn an_erased_pupil_is_in_no_byte_of_the_running_server() {
    let school = School::open().await;
    let data = school.app().config.data.clone();
    let store = &school.app().store;
    let here = EstablishmentId::new(HERE);
    let zoe = vigie_protocol::Pseudonym::new("p-zoe");
    let pupil = crate::store::people::Pupil {
        pseudonym: zoe.clone(),
        establishment: here.clone(),
        account: Some("zoequetzal".to_owned().into()),
        given: "Zoéquetzalprénom".to_owned().into(),
        family: "Quetzalcoatlnom".to_owned().into(),
        class: "6e Zzz".to_owned(),
    };
    store.put_pupils(&[pupil]).await.unwrap();
    let words = [
        "zoequetzal",
        "Zoéquetzalprénom",
        "Quetzalcoatlnom",
        "6e Zzz",
    ];
    for word in words {
        assert!(!holding(&data, word).is_empty(), "{word}: the search works");
    }
    assert_eq!(store.erase_pupils(&[zoe]).await.unwrap(), 1);
    // The server has not been stopped: the write-ahead log and the free pages are searched as they are.
    for word in words {
        let left = holding(&data, word);
        assert!(left.is_empty(), "{word} is still in {left:?}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_day_that_was_set_aside_as_damaged_is_erased_with_its_day() {
    let school = School::open().await;
    session(&school).await;
    let data = school.app().config.data.clone();
    let days = data.join("days");
    let day = school.app().clock.day(MORNING);
    let journal = &school.app().rooms.engine().journal;
    journal.set_aside(day, MORNING).unwrap();
    assert!(!holding(&days, BESIDE).is_empty());
    // Whoever still holds the file reads zeros: it is overwritten, not only unlinked.
    let aside = std::fs::read_dir(&days)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.display().to_string().contains(".unreadable-")
                && !path.display().to_string().contains("-wal")
        })
        .unwrap();
    let mut held = std::fs::File::open(&aside).unwrap();
    let day_long = Span::minutes(24 * 60);
    school.hand.advance(Span(day_long.0 * 16));
    erase(&school).await;
    let left = holding(&days, BESIDE);
    assert!(left.is_empty(), "{BESIDE} is still in {left:?}");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut held, &mut bytes).unwrap();
    assert!(!bytes.is_empty() && bytes.iter().all(|byte| *byte == 0));
    school.running.stop().await;
}
