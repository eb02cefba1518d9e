//! Machines that come by a room's token: they wait, are matched, come again, or are copies.

use vigie_protocol::link::AgentOutput;
use vigie_protocol::{CloseCode, SeatNo, Span, WorkstationId};

use super::{Agent, House};
use crate::agents::digest;
use crate::store::enrolment::{How, Instead, NewToken, Newcomers};

const TOKEN: &str = "room-token";

/// A room's token of `uses`, for an hour.
async fn token(house: &House, uses: u16) -> String {
    let room = super::house::room_id();
    let token = format!("{TOKEN}-{uses}");
    house
        .rooms
        .engine()
        .store
        .put_enrolment_token(NewToken {
            digest: &digest(&token),
            room: &room,
            seat: None,
            uses,
            made: house.clock.now(),
            by: None,
            ends: house.clock.now() + Span::minutes(60),
            newcomers: Newcomers::Wait,
        })
        .await
        .unwrap();
    // As it is given out: the server's key stands behind a dot.
    format!("{token}.of-this-server")
}

fn id(name: &str) -> WorkstationId {
    WorkstationId::new(name)
}

/// What it is told first.
async fn told(agent: &mut Agent, house: &House) -> AgentOutput {
    agent.connect(house).await;
    agent
        .wait("it is told what is on", |output| {
            matches!(
                output,
                AgentOutput::Session(_) | AgentOutput::NoSession { .. }
            )
        })
        .await
}

async fn put(house: &House, name: &str, seat: u16) {
    let room = super::house::room_id();
    house
        .rooms
        .engine()
        .store
        .put_on_seat(
            (&room, &id(name)),
            SeatNo(seat),
            Instead::No,
            house.clock.now(),
        )
        .await
        .unwrap();
    house.rooms.changed(&room).await;
    house.rooms.links().placed(&id(name));
}

async fn how(house: &House) -> Option<How> {
    let room = super::house::room_id();
    let known = house.rooms.engine().store.known_in(&room).await.unwrap();
    known
        .iter()
        .find_map(|one| one.cloned.as_ref())
        .map(|cloned| cloned.how)
}

#[actix_web::test]
async fn a_waiting_machine_shows_its_code_and_is_told_of_its_seat_on_the_same_link() {
    let house = House::build(2).await;
    house.open_session().await;
    let token = token(&house, 1).await;
    let mut agent = Agent::of(id("new"), 7, (Some("a"), token));
    let AgentOutput::NoSession { why, code } = told(&mut agent, &house).await else {
        panic!("it has no seat yet");
    };
    let room = super::house::room_id();
    let known = house.rooms.engine().store.known_in(&room).await.unwrap();
    let waiting = known.first().unwrap();
    assert_eq!((why.as_str(), code), ("waiting", waiting.code.clone()));
    assert_eq!(waiting.host.as_deref(), Some("CDI-PC-a"));
    put(&house, "new", 2).await;
    let on = |output: &AgentOutput| matches!(output, AgentOutput::Session(lease) if lease.seat == SeatNo(2));
    agent.wait("it is told of its seat", on).await;
    let number = agent.says("bonjour").await;
    agent.acked(number).await;
    house.assert_folds().await;
}

#[actix_web::test]
async fn one_key_from_two_computers_or_under_two_names_is_a_copy() {
    let house = House::build(2).await;
    let token = token(&house, 2).await;
    let mut first = Agent::of(id("w"), 7, (Some("a"), token.clone()));
    told(&mut first, &house).await;
    put(&house, "w", 1).await;
    first.cut().await;
    let mut elsewhere = Agent::of(id("w"), 7, (Some("b"), String::new()));
    assert_eq!(elsewhere.refused(&house).await, CloseCode::Cloned.number());
    assert_eq!(how(&house).await, Some(How::Machine));
    for token in [String::new(), token.clone()] {
        let mut renamed = Agent::of(id("w2"), 7, (Some("a"), token));
        assert_eq!(renamed.refused(&house).await, CloseCode::Cloned.number());
        assert_eq!(how(&house).await, Some(How::Key));
    }
    // With a token an adult vouches for the other computer, and the seat is kept.
    let mut moved = Agent::of(id("w"), 7, (Some("b"), token));
    told(&mut moved, &house).await;
    let known = house
        .rooms
        .engine()
        .store
        .workstation(&id("w"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.place.unwrap().1, SeatNo(1));
}

#[actix_web::test]
async fn a_token_that_is_used_up_taken_back_or_over_lets_nobody_in() {
    let house = House::build(2).await;
    let used = token(&house, 1).await;
    told(&mut Agent::of(id("w1"), 1, (None, used.clone())), &house).await;
    let mut late = Agent::of(id("w2"), 2, (None, used));
    assert_eq!(late.refused(&house).await, CloseCode::NotEnrolled.number());
    let open = token(&house, 2).await;
    let store = &house.rooms.engine().store;
    let room = super::house::room_id();
    let tokens = store.enrolment_tokens(&room).await.unwrap();
    let listed = tokens.iter().find(|token| token.uses == 2).unwrap();
    store
        .revoke_enrolment_token(&room, &listed.id, house.clock.now())
        .await
        .unwrap();
    let mut refused = Agent::of(id("w3"), 3, (None, open));
    assert_eq!(
        refused.refused(&house).await,
        CloseCode::NotEnrolled.number()
    );
    let over = token(&house, 3).await;
    house.hand.advance(Span::minutes(61));
    let mut late = Agent::of(id("w4"), 4, (None, over));
    assert_eq!(late.refused(&house).await, CloseCode::NotEnrolled.number());
}
