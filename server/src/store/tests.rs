//! Every table of the main database, written and read through the words of `store`, on tables that the migrations made.

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Digest, EstablishmentId, Private, Pseudonym, RoomId, SeatNo, SessionId, StaffId, Stamp,
    WorkstationId,
};
use vigie_room::fact::LinkEnd;

use super::people::{LoginRow, Pupil, Staff};
use super::places::{EnrolError, Establishment, LinkRow, RoomRow, Seat};
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

#[tokio::test]
async fn a_token_enrols_as_often_as_it_says_and_a_key_is_bound_for_ever() {
    let (_data, store) = store().await;
    let token = Digest::new("t".repeat(64));
    let room = RoomId::new("cdi");
    store
        .put_enrolment_token(
            &token,
            (&room, None),
            3,
            NOW + vigie_protocol::Span::minutes(5),
        )
        .await
        .unwrap();
    let id = |name: &str| WorkstationId::new(name);
    let first = store
        .enrol(&token, (&id("w1"), "key-1"), NOW)
        .await
        .unwrap();
    assert_eq!(first.place, Some((room.clone(), SeatNo(1))));
    let again = store
        .enrol(&token, (&id("w1"), "key-1"), NOW)
        .await
        .unwrap();
    assert_eq!(again, first);
    let stolen = store.enrol(&token, (&id("w1"), "key-2"), NOW).await;
    assert!(matches!(stolen, Err(EnrolError::OtherKey)), "{stolen:?}");
    let second = store
        .enrol(&token, (&id("w2"), "key-2"), NOW)
        .await
        .unwrap();
    assert_eq!(second.place, Some((room.clone(), SeatNo(2))));
    let full = store
        .enrol(&token, (&id("w3"), "key-3"), NOW)
        .await
        .unwrap();
    assert_eq!(full.place, None, "it waits for a seat");
    let used = store.enrol(&token, (&id("w4"), "key-4"), NOW).await;
    assert!(matches!(used, Err(EnrolError::Token)), "{used:?}");
    assert_eq!(store.workstation(&id("w2")).await.unwrap(), Some(second));
    let link = LinkRow {
        down: Some(LinkEnd::Stopped),
        since: NOW,
        can: Capabilities::default(),
    };
    store.put_link(&id("w1"), &link).await.unwrap();
    let row = store.room(&room).await.unwrap().unwrap();
    let links = store.links_of(&row).await.unwrap();
    assert_eq!(links.get(&id("w1")), Some(&link));
    let late = store
        .enrol(
            &token,
            (&id("w5"), "key-5"),
            NOW + vigie_protocol::Span::minutes(6),
        )
        .await;
    assert!(matches!(late, Err(EnrolError::Token)), "{late:?}");
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
    let in_force = store.charter_in_force(&school).await.unwrap();
    assert_eq!(in_force, Some((new, "new".to_owned())));
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
