//! A backup that is taken while agents write, and the room that comes back from it.

use vigie_room::Room;

use super::house::room_id;
use super::{Agent, House, within};
use crate::backup;
use crate::bus::Bus;
use crate::driver::Engine;
use crate::rooms::Rooms;
use crate::store::Store;
use crate::texts::Lang;

/// Messages that agents send while the backup is taken.
const DURING: u64 = 200;

#[actix_web::test]
async fn a_backup_under_load_gives_back_equal_rooms() {
    let house = House::build(2).await;
    let session = house.open_session().await;
    let mut agents = [Agent::at(&house, 1).await, Agent::at(&house, 2).await];
    for agent in &mut agents {
        let number = agent.says("avant la sauvegarde").await;
        agent.acked(number).await;
    }
    let before = house
        .room()
        .await
        .look(|glimpse| glimpse.room.map(Room::rev))
        .await
        .unwrap()
        .unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    // Both agents write and are acknowledged while the copy is made.
    let load = async {
        for _ in 0..DURING {
            for agent in &mut agents {
                let number = agent.says("pendant la sauvegarde").await;
                agent.acked(number).await;
            }
        }
    };
    let taken = backup::take(house.folder(), elsewhere.path(), &house.clock);
    let (taken, ()) = tokio::join!(within("the backup", taken), load);
    let (folder, _) = taken.unwrap();
    house.assert_folds().await;

    let back = elsewhere.path().join("back");
    backup::restore(&folder, &back, house.clock.now()).unwrap();
    let store = Store::open(&back).await.unwrap();
    let engine = Engine::open(
        &back,
        house.clock.clone(),
        store,
        (Lang::Fr, crate::config::Retention::default()),
    )
    .unwrap();
    let records = engine.journal.read(&session).await.unwrap().unwrap();
    let rooms = Rooms::start(engine, Bus::default()).await.unwrap();
    let handle = rooms.room(&room_id()).await.unwrap().unwrap();
    let restored = handle
        .look(|glimpse| glimpse.room.cloned())
        .await
        .unwrap()
        .unwrap();
    // At least everything that was acknowledged before it began, and a true beginning of what the journal holds.
    assert!(
        restored.rev() >= before,
        "{:?} < {before:?}",
        restored.rev()
    );
    let all = house
        .rooms
        .engine()
        .journal
        .read(&session)
        .await
        .unwrap()
        .unwrap();
    assert!(records.len() < all.len() || records == all);
    assert_eq!(records, all[..records.len()]);
    let mut folded = Room::new(session.clone());
    for record in &all[..records.len()] {
        vigie_room::apply(&mut folded, record);
    }
    assert_eq!(folded.rev(), restored.rev());
    assert_eq!(folded, restored, "the room that came back is another");
    rooms.stop().await;
}
