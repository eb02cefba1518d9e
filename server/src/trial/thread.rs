//! The main job: what an agent saw becomes a card on a tablet, once it is durable, and survives.

use vigie_protocol::link::AgentOutput;
use vigie_protocol::view::{Card, LiveFrame};
use vigie_protocol::{Action, CommandId, EventKind, Private, SeatNo, Span, StaffId};
use vigie_room::fact::Opening;
use vigie_room::{Ask, Input};

use super::house::{account, frame};
use super::{Agent, House, STAFF};

/// The alert cards of a frame.
fn alerts(frame: &LiveFrame) -> Vec<String> {
    let item = |(key, card): (&String, Option<&Card>)| match card {
        Some(Card::Item(item)) if item.alert.is_some() => Some(format!("{key} {}", item.shape)),
        _ => None,
    };
    match frame {
        LiveFrame::Snapshot { cards, .. } => cards
            .iter()
            .filter_map(|(key, card)| item((key, Some(card))))
            .collect(),
        LiveFrame::Delta { cards, .. } => cards
            .iter()
            .filter_map(|(key, card)| item((key, card.as_ref())))
            .collect(),
        LiveFrame::Beat { .. } => Vec::new(),
    }
}

#[actix_web::test]
async fn an_event_is_acked_and_becomes_an_alert_on_the_tablet() {
    let house = House::build(2).await;
    let session = house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    assert_eq!(agent.session.as_ref(), Some(&session));
    agent.seated(&account(1)).await;
    let mut tablet = house.watch().await;
    let first = frame(&mut tablet).await;
    assert!(alerts(&first).is_empty(), "{first:?}");

    let number = agent.says("t'es un gros nullard").await;
    agent.acked(number).await;
    house.hand.advance(Span(250));
    let next = frame(&mut tablet).await;
    let LiveFrame::Delta { after, rev, .. } = &next else {
        panic!("a delta, not {next:?}");
    };
    let LiveFrame::Snapshot { rev: before, .. } = &first else {
        panic!("a snapshot, not {first:?}");
    };
    assert_eq!(after, before);
    assert!(rev > after);
    assert_eq!(alerts(&next).len(), 1, "{next:?}");
    house.assert_folds().await;
}

#[actix_web::test]
async fn nothing_acked_is_lost_and_nothing_doubled_over_restart_and_crash() {
    let mut house = House::build(1).await;
    house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    for round in 0..4 {
        let mut last = 0;
        for line in 0..10 {
            last = agent.says(&format!("phrase {round}.{line}")).await;
        }
        agent.acked(last).await;
        // These may or may not be durable when the server is lost.
        agent.says("sans réponse").await;
        agent.cut().await;
        house = if round % 2 == 0 {
            house.crash().await
        } else {
            house.restart().await
        };
        agent.connect(&house).await;
        agent
            .wait("the session is still on", |output| {
                matches!(output, AgentOutput::Session(_))
            })
            .await;
        agent.acked(last + 1).await;
        assert_eq!(agent.unacked(), 0);
        house.assert_folds().await;
    }
    let room = house.room().await;
    let workstation = agent.workstation.clone();
    let through = room
        .look(move |glimpse| glimpse.room.map(|room| room.through(&workstation)))
        .await
        .unwrap();
    assert_eq!(through.map(|seq| seq.0), Some(44));
}

#[actix_web::test]
async fn a_command_reaches_its_seat_once_and_again_after_a_cut_while_it_is_owed() {
    let house = House::build(2).await;
    house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let lock = Ask::Command {
        command: CommandId::new("lock-1"),
        seats: vec![SeatNo(1)],
        action: Action::Lock {
            text: Private::new("On écoute".to_owned()),
        },
        holds: Span::minutes(5),
    };
    let by = StaffId::new(STAFF);
    let room = house.room().await;
    let told = room.ask(by.clone(), lock.clone()).await.unwrap();
    let is_lock = |output: &AgentOutput| matches!(output, AgentOutput::Command(lease) if lease.id.as_str() == "lock-1");
    let output = agent.wait("the lock comes", is_lock).await;
    let AgentOutput::Command(lease) = output else {
        panic!("{output:?}");
    };
    assert_eq!(lease.remaining, Span::minutes(5));
    // A retry of the same tap changes nothing.
    assert_eq!(room.ask(by, lock).await.unwrap().rev, told.rev);

    house.hand.advance(Span::minutes(1));
    agent.cut().await;
    agent.connect(&house).await;
    let output = agent.wait("the lock comes again", is_lock).await;
    let AgentOutput::Command(lease) = output else {
        panic!("{output:?}");
    };
    assert_eq!(lease.remaining, Span::minutes(4));
    let number = agent
        .sees(EventKind::Receipt {
            command: lease.id,
            state: vigie_protocol::ReceiptState::Done {},
        })
        .await;
    agent.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn leases_are_renewed_and_end_with_the_session() {
    let house = House::build(1).await;
    let room = house.room().await;
    let opening = Opening {
        ends: house.clock.now() + Span::seconds(100),
        ..house.opening()
    };
    room.open(opening).await.unwrap();
    let mut agent = Agent::at(&house, 1).await;
    let lease = agent.lease.clone().unwrap();
    assert_eq!(lease.remaining_ms, Span::seconds(90));
    house.hand.advance(Span::seconds(30));
    agent.beat(house.clock.now()).await;
    let number = agent.says("je suis là").await;
    agent
        .wait("the renewal, shorter as the end is near", |output| {
            matches!(output, AgentOutput::Session(lease) if lease.remaining_ms == Span::seconds(70))
        })
        .await;
    agent.acked(number).await;
    // The session ends by itself, with nobody asking.
    house.hand.advance(Span::seconds(30));
    agent.beat(house.clock.now()).await;
    // Heard by the server before time goes on, or it would call the agent silent.
    let number = agent.says("toujours là").await;
    agent.acked(number).await;
    house.hand.advance(Span::seconds(40));
    agent
        .wait(
            "the end",
            |output| matches!(output, AgentOutput::NoSession { why, .. } if why == "ended"),
        )
        .await;
    assert!(room.look(|glimpse| glimpse.room.is_none()).await.unwrap());
}

#[actix_web::test]
async fn events_that_come_after_the_session_are_filed_in_its_day() {
    let house = House::build(1).await;
    let session = house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let number = agent.says("avant").await;
    agent.acked(number).await;
    agent.cut().await;
    agent.session = Some(session.clone());
    let late = agent.says("t'es un nullard, dit hors ligne").await;
    let room = house.room().await;
    room.tell(Input::Adult {
        by: StaffId::new(STAFF),
        ask: Ask::Close,
    })
    .await
    .unwrap();
    agent.connect(&house).await;
    agent.acked(late).await;
    let journal = &house.rooms.engine().journal;
    let folded = journal.fold(&session).await.unwrap().unwrap();
    assert_eq!(folded.through(&agent.workstation).0, late);
    assert!(!folded.is_open());
}

#[actix_web::test]
async fn events_of_an_erased_day_are_dropped_and_say_so() {
    let house = House::build(1).await;
    let session = house.open_session().await;
    let mut agent = Agent::at(&house, 1).await;
    let number = agent.says("avant").await;
    agent.acked(number).await;
    agent.cut().await;
    agent.session = Some(session.clone());
    let late = agent.says("trop tard").await;
    let room = house.room().await;
    room.ask(StaffId::new(STAFF), Ask::Close).await.unwrap();
    let house = house.restart().await;
    assert!(house.rooms.engine().journal.erase(session.day).unwrap());
    agent.connect(&house).await;
    agent.acked(late).await;
    assert_eq!(house.rooms.engine().gauges.too_late.get(), 1);
    assert_eq!(
        house.rooms.engine().journal.read(&session).await.unwrap(),
        None
    );
}

#[actix_web::test]
async fn between_sessions_the_page_says_what_is_known_of_the_links() {
    let house = House::build(2).await;
    let mut tablet = house.watch().await;
    let states = |frame: &LiveFrame| match frame {
        LiveFrame::Snapshot { cards, session, .. } => {
            assert!(session.is_none());
            let mut states = Vec::new();
            for card in cards.values() {
                if let Card::Seat(seat) = card {
                    states.push(format!("{:?}", seat.state));
                }
            }
            states
        }
        other => panic!("a snapshot, not {other:?}"),
    };
    assert_eq!(
        states(&frame(&mut tablet).await),
        ["NotEnrolled", "NotEnrolled"]
    );
    let mut agent = Agent::at(&house, 1).await;
    house.hand.advance(Span(250));
    assert_eq!(
        states(&frame(&mut tablet).await),
        ["NoSession", "NotEnrolled"]
    );
    agent.cut().await;
    // The server sees the end of the socket when it does; its room then has something new to draw.
    let left = house.rooms.links().clone();
    super::within("the link is gone", async {
        while left.count() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.hand.advance(Span(250));
    assert_eq!(states(&frame(&mut tablet).await), ["Link", "NotEnrolled"]);
}
