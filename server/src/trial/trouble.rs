//! When something below or beside a room fails: a full disk, a damaged file, a page that does not read.

use vigie_protocol::link::AgentOutput;
use vigie_protocol::view::LiveFrame;
use vigie_protocol::{CloseCode, Span, StaffId};
use vigie_room::Ask;

use super::house::frame;
use super::{Agent, House, STAFF, within};
use crate::rooms::{TellError, Unavailable};

#[actix_web::test]
async fn a_full_disk_is_said_hangs_up_and_heals() {
    let house = House::build(1).await;
    house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let number = agent.says("tout va bien").await;
    agent.acked(number).await;

    let house = house.restart().await;
    house.rooms.engine().journal.limit_pages(20);
    agent.connect(&house).await;
    agent
        .wait("the lease", |output| {
            matches!(output, AgentOutput::Session(_))
        })
        .await;
    let mut last = 0;
    // More than the limit, less than the credit.
    for _ in 0..200 {
        last = agent.says(&"x".repeat(1_000)).await;
    }
    assert_eq!(agent.hung_up().await, CloseCode::CommitFailed.number());
    agent.cut().await;
    let room = house.room().await;
    let error = room
        .ask(
            StaffId::new(STAFF),
            Ask::Extend {
                by_span: Span::minutes(5),
            },
        )
        .await;
    assert!(
        matches!(
            error,
            Err(TellError::Unavailable(Unavailable::CommitFailed(_))) | Ok(_)
        ),
        "{error:?}"
    );

    house.rooms.engine().journal.limit_pages(0);
    house.hand.advance(Span::seconds(20));
    agent.clock(house.clock.now());
    agent.connect(&house).await;
    agent.acked(last).await;
    assert_eq!(agent.unacked(), 0);
    house.assert_folds().await;
}

#[actix_web::test]
async fn another_owner_of_the_session_makes_the_driver_stand_down_and_fold() {
    let house = House::build(1).await;
    let session = house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let number = agent.says("un").await;
    agent.acked(number).await;
    // Somebody else takes the next place in the journal, with a record that says nothing.
    let room = house.room().await;
    let rev = room
        .look(|glimpse| glimpse.room.map(vigie_room::Room::rev))
        .await;
    let next = rev.unwrap().unwrap().next();
    house
        .rooms
        .engine()
        .writer
        .append(crate::writer::Run {
            session,
            first: next,
            last: next,
            body: r#"[{"at_ms":1,"fact":"from_the_future"}]"#.to_owned(),
            head: crate::writer::HeadChange::Nothing,
        })
        .await
        .unwrap();
    let number = agent.says("deux").await;
    assert_eq!(agent.hung_up().await, CloseCode::CommitFailed.number());
    agent.cut().await;
    agent.connect(&house).await;
    agent.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn a_damaged_day_is_set_aside_and_the_school_works_on() {
    let house = House::build(1).await;
    let session = house.open_session().await;
    let house = house.restart().await;
    house.rooms.stop().await;
    let file = house
        .folder()
        .join("days")
        .join(format!("{}.sqlite", session.day));
    std::fs::write(&file, "no database at all ".repeat(1_000)).unwrap();
    let house = house.restart().await;
    assert!(!file.exists());
    let aside = std::fs::read_dir(house.folder().join("days"))
        .unwrap()
        .any(|entry| {
            let name = entry.unwrap().file_name();
            name.to_str().unwrap().contains("unreadable")
        });
    assert!(aside, "the damaged file is kept");
    house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let number = agent.says("on continue").await;
    agent.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn a_page_that_does_not_read_costs_one_view_a_seat_and_nobody_else_waits() {
    let house = House::build(2).await;
    house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let mut slow = house.watch().await;
    let mut quick = house.watch().await;
    frame(&mut quick).await;
    let mut last = 0;
    for _ in 0..30 {
        last = agent.says("t'es un nullard").await;
        agent.acked(last).await;
        house.hand.advance(Span(250));
        frame(&mut quick).await;
    }
    // What waits for the slow page is bounded, and once it reads it has the whole truth.
    let mut waiting = 0;
    while let Ok(waits) = slow.frames.try_recv() {
        waiting += 1;
        drop(waits);
    }
    assert!(waiting <= crate::driver::FRAMES_MAX, "{waiting}");
    house.hand.advance(Span::seconds(1));
    let caught_up = frame(&mut slow).await;
    let room = house.room().await;
    let rev = room
        .look(|glimpse| glimpse.room.map(vigie_room::Room::rev))
        .await;
    let (LiveFrame::Delta { rev: seen, .. } | LiveFrame::Snapshot { rev: seen, .. }) = caught_up
    else {
        panic!("{caught_up:?}");
    };
    assert_eq!(Some(seen), rev.unwrap());
    assert!(last > 0);
}

#[actix_web::test]
async fn a_second_link_takes_over_from_one_whose_agent_does_not_answer() {
    let house = House::build(1).await;
    house.open_session().await;
    let mut first = Agent::at(&house, 1).await;
    let number = first.says("un").await;
    first.acked(number).await;
    // Nobody reads the first socket any more: its network is gone.
    let mut second = Agent::at(&house, 1).await;
    assert_eq!(first.hung_up().await, CloseCode::Replaced.number());
    assert_eq!(second.lease.clone().unwrap().through.0, number);
    second.end.restore(
        second.session.clone().unwrap(),
        vigie_protocol::Seq(number + 1),
        Vec::new(),
    );
    let number = second.says("deux").await;
    second.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn a_copy_that_comes_while_the_first_lives_is_refused_and_named() {
    let house = House::build(1).await;
    house.open_session().await;
    let mut first = Agent::at(&house, 1).await;
    let (mut copy, key) = (Agent::new(1), house.rooms.engine().store.clone());
    let refused = {
        let living = first.live();
        tokio::pin!(living);
        tokio::select! {
            code = copy.refused(&house) => code,
            () = &mut living => panic!("the first link ended"),
        }
    };
    assert_eq!(refused, CloseCode::Cloned.number());
    let known = key.known_in(&super::house::room_id()).await.unwrap();
    let cloned = known.first().unwrap().cloned.clone().unwrap();
    assert_eq!(cloned.how, crate::store::enrolment::How::Link);
    // The honest one did not notice.
    let number = first.says("je travaille").await;
    first.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn stopping_says_goodbye_to_agents_and_pages() {
    let house = House::build(1).await;
    house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let mut tablet = house.watch().await;
    frame(&mut tablet).await;
    within("the rooms stop", house.rooms.stop()).await;
    assert_eq!(agent.hung_up().await, CloseCode::GoingAway.number());
    let over = within("the page's frames end", tablet.frames.recv()).await;
    assert!(over.is_none(), "{over:?}");
}
