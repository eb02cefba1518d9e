//! Every table of the main database, written and read through the words of `store`, on tables that the migrations made.

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Digest, EstablishmentId, Private, Pseudonym, RoomId, SeatNo, SessionId, StaffId, Stamp,
    WorkstationId,
};
use vigie_room::fact::LinkEnd;

use super::enrolment::{
    Cloned, EnrolError, How, Instead, NewToken, Newcomer, Newcomers, SeatError,
};
use super::logins::LoginRow;
use super::people::{Pupil, Staff};
use super::places::{Establishment, LinkRow, RoomRow, Seat, Workstation};
use super::rules::SessionRow;
use super::{Store, entities};
use crate::policy::Role;
use sea_orm::EntityTrait;

const NOW: Stamp = Stamp(1_795_507_200_000);

async fn store() -> (tempfile::TempDir, Store) {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    let school = EstablishmentId::new("0310001A");
    store
        .put_establishment(&Establishment {
            id: school.clone(),
            name: "Jean-Moulin".to_owned(),
        })
        .await
        .unwrap();
    let seats = (1..=2)
        .map(|seat| Seat {
            seat: SeatNo(seat),
            at: (seat == 1).then_some((3, 2)),
            workstation: None,
        })
        .collect();
    let room = RoomRow {
        id: RoomId::new("cdi"),
        establishment: school,
        name: "CDI".to_owned(),
        seats,
    };
    store.put_room(&room).await.unwrap();
    assert_eq!(store.room(&room.id).await.unwrap(), Some(room));
    (data, store)
}

fn id(name: &str) -> WorkstationId {
    WorkstationId::new(name)
}

/// Keeps a token of three uses, for five minutes.
async fn keep(store: &Store, letter: &str, newcomers: Newcomers) -> (Digest, String) {
    let digest = Digest::new(letter.repeat(64));
    let listed = store
        .put_enrolment_token(NewToken {
            digest: &digest,
            room: &RoomId::new("cdi"),
            seat: None,
            uses: 3,
            made: NOW,
            by: None,
            ends: NOW + vigie_protocol::Span::minutes(5),
            newcomers,
        })
        .await
        .unwrap();
    (digest, listed)
}

/// A computer: its workstation's id, its key, its own id.
async fn come(
    store: &Store,
    token: &Digest,
    (name, key, machine): (&str, &str, &str),
    at: Stamp,
) -> Result<Workstation, EnrolError> {
    let machine = (!machine.is_empty()).then(|| Digest::new(machine));
    let new = Newcomer {
        id: &id(name),
        key,
        machine: machine.as_ref(),
        host: Some("CDI-PC-07"),
    };
    store.enrol(token, new, at).await
}

#[tokio::test]
async fn a_token_enrols_as_often_as_it_says_and_a_key_is_bound_for_ever() {
    let (_data, store) = store().await;
    let room = RoomId::new("cdi");
    let (token, listed) = keep(&store, "t", Newcomers::InOrder).await;
    let first = come(&store, &token, ("w1", "key-1", ""), NOW)
        .await
        .unwrap();
    assert_eq!(first.place, Some((room.clone(), SeatNo(1))));
    let again = come(&store, &token, ("w1", "key-1", ""), NOW)
        .await
        .unwrap();
    assert_eq!(again, first, "its answer was lost: it comes again");
    let stolen = come(&store, &token, ("w1", "key-2", ""), NOW).await;
    assert!(matches!(stolen, Err(EnrolError::OtherKey)), "{stolen:?}");
    let copied = come(&store, &token, ("w9", "key-1", ""), NOW).await;
    assert!(
        matches!(&copied, Err(EnrolError::OtherWorkstation(whose)) if *whose == id("w1")),
        "{copied:?}"
    );
    let second = come(&store, &token, ("w2", "key-2", ""), NOW)
        .await
        .unwrap();
    assert_eq!(second.place, Some((room.clone(), SeatNo(2))));
    let full = come(&store, &token, ("w3", "key-3", ""), NOW)
        .await
        .unwrap();
    assert_eq!(full.place, None, "it waits for a seat");
    let used = come(&store, &token, ("w4", "key-4", ""), NOW).await;
    assert!(matches!(used, Err(EnrolError::Token)), "{used:?}");
    let tokens = store.enrolment_tokens(&room).await.unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!(
        (tokens[0].id.as_str(), tokens[0].state(NOW)),
        (listed.as_str(), "used_up")
    );
    assert_eq!(store.workstation(&id("w2")).await.unwrap(), Some(second));
    let link = LinkRow {
        down: Some(LinkEnd::Stopped),
        since: NOW,
        can: Capabilities::default(),
    };
    let rows = BTreeMap::from([(id("w1"), link.clone())]);
    store.put_links(&rows).await.unwrap();
    // Again, as when it comes back.
    store.put_links(&rows).await.unwrap();
    store.put_links(&BTreeMap::new()).await.unwrap();
    let row = store.room(&room).await.unwrap().unwrap();
    let links = store.links_of(&row).await.unwrap();
    assert_eq!(links.get(&id("w1")), Some(&link));
}

#[tokio::test]
async fn a_token_that_is_over_or_taken_back_enrols_nobody() {
    let (_data, store) = store().await;
    let room = RoomId::new("cdi");
    let (token, listed) = keep(&store, "t", Newcomers::Wait).await;
    let later = NOW + vigie_protocol::Span::minutes(6);
    let late = come(&store, &token, ("w5", "key-5", ""), later).await;
    assert!(matches!(late, Err(EnrolError::Token)), "{late:?}");
    assert_eq!(
        store.enrolment_tokens(&room).await.unwrap()[0].state(later),
        "expired"
    );
    assert!(
        !store
            .revoke_enrolment_token(&room, "nothing", NOW)
            .await
            .unwrap()
    );
    assert!(
        !store
            .revoke_enrolment_token(&RoomId::new("x"), &listed, NOW)
            .await
            .unwrap()
    );
    assert!(
        store
            .revoke_enrolment_token(&room, &listed, NOW)
            .await
            .unwrap()
    );
    assert!(
        store
            .revoke_enrolment_token(&room, &listed, NOW)
            .await
            .unwrap()
    );
    let refused = come(&store, &token, ("w6", "key-6", ""), NOW).await;
    assert!(matches!(refused, Err(EnrolError::Token)), "{refused:?}");
    assert_eq!(
        store.enrolment_tokens(&room).await.unwrap()[0].state(NOW),
        "revoked"
    );
}

#[tokio::test]
async fn a_newcomer_waits_until_an_adult_matches_its_code_to_a_seat() {
    let (_data, store) = store().await;
    let room = RoomId::new("cdi");
    let (token, _) = keep(&store, "t", Newcomers::Wait).await;
    let first = come(&store, &token, ("w1", "key-1", "m1"), NOW)
        .await
        .unwrap();
    let second = come(&store, &token, ("w2", "key-2", "m2"), NOW)
        .await
        .unwrap();
    assert_eq!((&first.place, &first.room), (&None, &Some(room.clone())));
    let codes = [first.code.unwrap(), second.code.unwrap()];
    assert!(
        codes.iter().all(|code| code.len() == 4) && codes[0] != codes[1],
        "{codes:?}"
    );
    let put = async |name: &str, seat: u16, instead| {
        store
            .put_on_seat((&room, &id(name)), SeatNo(seat), instead, NOW)
            .await
    };
    assert!(matches!(
        put("w1", 9, Instead::No).await,
        Err(SeatError::NoSuchSeat)
    ));
    assert!(matches!(
        put("w9", 1, Instead::No).await,
        Err(SeatError::NoSuchWorkstation)
    ));
    assert_eq!(put("w1", 1, Instead::No).await.unwrap(), None);
    assert!(matches!(
        put("w2", 1, Instead::No).await,
        Err(SeatError::Taken)
    ));
    assert_eq!(put("w1", 2, Instead::No).await.unwrap(), None, "it moves");
    assert_eq!(put("w2", 2, Instead::Yes).await.unwrap(), Some(id("w1")));
    assert!(store.workstation(&id("w1")).await.unwrap().unwrap().revoked);
    let back = come(&store, &token, ("w1", "key-1", "m1"), NOW).await;
    assert!(matches!(back, Err(EnrolError::Revoked)), "{back:?}");
}

#[tokio::test]
async fn a_computer_that_comes_again_keeps_its_seat_or_is_offered_it() {
    let (_data, store) = store().await;
    let room = RoomId::new("cdi");
    let (token, _) = keep(&store, "t", Newcomers::Wait).await;
    let put = async |name: &str, seat: u16| {
        store
            .put_on_seat((&room, &id(name)), SeatNo(seat), Instead::No, NOW)
            .await
            .unwrap()
    };
    come(&store, &token, ("w1", "key-1", "m1"), NOW)
        .await
        .unwrap();
    put("w1", 2).await;
    // The same key, on the same computer or by another token: what it has, it keeps.
    let (other, _) = keep(&store, "u", Newcomers::Wait).await;
    let again = come(&store, &other, ("w1", "key-1", "m1"), NOW)
        .await
        .unwrap();
    assert_eq!(again.place, Some((room.clone(), SeatNo(2))));
    let moved = come(&store, &other, ("w1", "key-1", "m9"), NOW)
        .await
        .unwrap();
    assert_eq!(
        moved.place,
        Some((room.clone(), SeatNo(2))),
        "its disk went into another computer"
    );
    assert_eq!(moved.machine, Some(Digest::new("m9")));
    let left: Vec<u16> = store
        .enrolment_tokens(&room)
        .await
        .unwrap()
        .iter()
        .map(|token| token.uses_left)
        .collect();
    assert_eq!(left, [2, 2], "only another computer takes a use");
    // Installed anew: a new key waits, and says where it sat; nobody loses a seat by a machine's word alone.
    let anew = come(&store, &other, ("w2", "key-2", "m9"), NOW)
        .await
        .unwrap();
    assert_eq!(anew.place, None);
    let known = store.known_in(&room).await.unwrap();
    assert_eq!(
        (&known[0].id, known[0].was_seat),
        (&id("w2"), Some(SeatNo(2)))
    );
    assert_eq!(
        put("w2", 2).await,
        Some(id("w1")),
        "the old key of the same computer goes"
    );
}

#[tokio::test]
async fn a_copied_key_is_named_until_an_adult_has_seen_to_it() {
    let (_data, store) = store().await;
    let room = RoomId::new("cdi");
    let (token, _) = keep(&store, "t", Newcomers::InOrder).await;
    come(&store, &token, ("w1", "key-1", "m1"), NOW)
        .await
        .unwrap();
    for how in How::ALL {
        let found = Cloned {
            at: NOW,
            how,
            host: Some("CDI-PC-08".to_owned()),
        };
        assert!(store.note_clone(&id("w1"), &found).await.unwrap(), "news");
        assert!(
            !store.note_clone(&id("w1"), &found).await.unwrap(),
            "the same"
        );
        assert_eq!(store.known_in(&room).await.unwrap()[0].cloned, Some(found));
    }
    store.settle_clone(&id("w1")).await.unwrap();
    assert_eq!(store.known_in(&room).await.unwrap()[0].cloned, None);
    assert!(
        store
            .revoke_workstation(&room, &id("w1"), NOW)
            .await
            .unwrap()
    );
    assert!(
        !store
            .revoke_workstation(&room, &id("w1"), NOW)
            .await
            .unwrap()
    );
    assert!(store.known_in(&room).await.unwrap().is_empty());
}

#[tokio::test]
async fn people_are_joined_by_names_that_tell_them_apart() {
    let (_data, store) = store().await;
    let school = EstablishmentId::new("0310001A");
    let staff = Staff {
        id: StaffId::new("s1"),
        login: "renaud".to_owned(),
        name: Private::new("M. Renaud".to_owned()),
        password: Private::new("hash".to_owned()),
        disabled: false,
        once: None,
    };
    store.add_staff(&staff).await.unwrap();
    let twin = Staff {
        id: StaffId::new("s2"),
        ..staff.clone()
    };
    assert!(
        store.add_staff(&twin).await.is_err(),
        "a sign-in name is one person's"
    );
    for _ in 0..2 {
        store
            .grant(&staff.id, &school, Role::Teacher)
            .await
            .unwrap();
        store
            .name_distress_receiver(&school, &staff.id)
            .await
            .unwrap();
    }
    let grants = store.grants_of(&staff.id).await.unwrap();
    assert_eq!(grants.get(&school), Some(&BTreeSet::from([Role::Teacher])));
    let pupil = |id: &str, account: Option<&str>, family: &str| Pupil {
        pseudonym: Pseudonym::new(id),
        establishment: school.clone(),
        account: account.map(|account| account.to_owned().into()),
        given: "Inès".to_owned().into(),
        family: family.to_owned().into(),
        class: "4e B".to_owned(),
    };
    store
        .put_pupils(&[
            pupil("p1", Some("I.Bertrand"), "Bertrand"),
            pupil("p2", None, "Bernard"),
            pupil("p3", None, "Costa"),
        ])
        .await
        .unwrap();
    let names = store.names(&school);
    let short: Vec<&str> = names
        .pupils
        .values()
        .map(|name| name.short.reveal().as_str())
        .collect();
    assert_eq!(short, ["Inès Bert.", "Inès Bern.", "Inès C."]);
    assert_eq!(names.distress, BTreeSet::from([staff.id.clone()]));
    let found = store.pupil_of_account(&school, &"i.bertrand".to_owned().into());
    assert_eq!(found, Some(Pseudonym::new("p1")));
    let login = LoginRow {
        id: "l1".to_owned(),
        staff: staff.id.clone(),
        started: NOW,
        ends: NOW + vigie_protocol::Span::minutes(1),
        revoked: false,
        serial: 1,
        seen: NOW,
        device: String::new(),
    };
    store.add_login(&login).await.unwrap();
    assert_eq!(store.login("l1").await.unwrap(), Some(login));
    store.revoke_login("l1", NOW).await.unwrap();
    assert!(store.login("l1").await.unwrap().unwrap().revoked);
    assert_eq!(store.forget_logins(NOW).await.unwrap(), 0);
    assert_eq!(
        store
            .forget_logins(NOW + vigie_protocol::Span::minutes(2))
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn the_newest_adoption_is_in_force_and_counts_are_written_once() {
    let (_data, store) = store().await;
    let school = EstablishmentId::new("0310001A");
    let (old, new) = (Digest::new("a".repeat(64)), Digest::new("b".repeat(64)));
    store
        .adopt_charter(&school, (&new, "new"), NOW)
        .await
        .unwrap();
    store
        .adopt_charter(&school, (&old, "old"), Stamp(NOW.0 - 1))
        .await
        .unwrap();
    let at = async |at: Stamp| store.charter_in_force(&school, at).await.unwrap();
    assert_eq!(at(NOW).await, Some((new.clone(), "new".to_owned())));
    // Adopted with a date: until then the one before is in force.
    let before = Stamp(NOW.0 - 1);
    assert_eq!(at(before).await, Some((old.clone(), "old".to_owned())));
    assert_eq!(at(Stamp(NOW.0 - 2)).await, None);
    let versions = store.charter_versions(&school).await.unwrap();
    let dates: Vec<(Stamp, &Digest)> = versions.iter().map(|one| (one.0, &one.1)).collect();
    assert_eq!(dates, [(before, &old), (NOW, &new)]);
    assert_eq!(
        store.charter_text(&old).await.unwrap().as_deref(),
        Some("old")
    );
    store.adopt_list(&school, &old, NOW).await.unwrap();
    assert_eq!(store.list_in_force(&school).await.unwrap(), Some(old));
    let id: SessionId = "2026-11-24.abc".parse().unwrap();
    let mut session = SessionRow {
        id: id.clone(),
        establishment: school.clone(),
        room: RoomId::new("cdi"),
        owner: StaffId::new("s1"),
        started: NOW,
        ends: NOW,
        ended: None,
    };
    store.put_session(&session).await.unwrap();
    session.ended = Some(NOW);
    store.put_session(&session).await.unwrap();
    let rows = entities::session::Entity::find()
        .all(store.db())
        .await
        .unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| (row.id.clone(), row.ended_ms))
            .collect::<Vec<_>>(),
        [(id.to_string(), Some(NOW.0))]
    );
    let counts = BTreeMap::from([("help".to_owned(), 3)]);
    for _ in 0..2 {
        store
            .put_counts(&id, (&school, &RoomId::new("cdi")), &counts)
            .await
            .unwrap();
    }
    let rows = entities::count::Entity::find()
        .all(store.db())
        .await
        .unwrap();
    assert_eq!(rows.iter().map(|row| row.times).collect::<Vec<_>>(), [3]);
}
