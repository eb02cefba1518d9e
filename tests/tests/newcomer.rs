//! A newcomer's walk: from an empty directory to a first real session, by a tablet's browser and a real agent, as the README
//! tells it.
//!
//! Not part of the inner loop (`test = false`); `tests/all` runs it. Each screen is clean for axe on the way; `pages.rs` tries
//! them in both languages and schemes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::time::Duration;

use fantoccini::Locator;
use serde_json::json;
use vigie_tests::browser::{Browser, Wish};
use vigie_tests::patience::until;
use vigie_tests::school::{Desktop, PASSWORD, School, Workstation, account};

const WAIT: Duration = Duration::from_secs(20);

/// The tablet of the one who sets the school up.
struct Tablet(Browser);

impl Tablet {
    async fn write(&self, css: &str, text: &str) {
        self.0.write(css, text).await.unwrap();
    }

    async fn tap(&self, css: &str) {
        self.0.tap(css).await;
    }

    async fn clean(&self, page: &str) {
        self.0.picture(&format!("newcomer-{page}")).await.unwrap();
        let found = self.0.axe().await.unwrap();
        assert!(found.is_empty(), "{page}:\n  {}", found.join("\n  "));
    }

    /// Where a seat is on the board: its middle, and how wide a place is.
    async fn seat(&self, seat: u16) -> (f64, f64) {
        let script = format!(
            "const box = document.querySelector(\".board [data-seat='{seat}']\").getBoundingClientRect();\
             return [box.x + box.width / 2, box.y + box.height / 2]"
        );
        let at = self.0.run(&script).await.unwrap();
        (at[0].as_f64().unwrap(), at[1].as_f64().unwrap())
    }

    /// Drags what is at one point of the page to another, as a finger or a mouse does.
    async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let half = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        for (kind, (x, y), buttons) in [
            ("mousePressed", from, 1),
            ("mouseMoved", half, 1),
            ("mouseMoved", to, 1),
            ("mouseReleased", to, 0),
        ] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
            self.0
                .devtools("Input.dispatchMouseEvent", event)
                .await
                .unwrap();
        }
    }

    /// Gives a file to the page's file field, which people see as the words around it.
    async fn give(&self, file: &std::path::Path) {
        let field = self
            .0
            .client
            .find(Locator::Css("#roster-file"))
            .await
            .unwrap();
        field.send_keys(&file.display().to_string()).await.unwrap();
    }

    async fn sign_in(&self, name: &str, password: &str) {
        self.0.find("[data-do=sign-in]").await;
        self.write("input[name=name]", name).await;
        self.write("input[name=password]", password).await;
        self.tap("[data-do=sign-in]").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_directory_to_a_first_session() {
    let (school, code) = School::empty().await.unwrap();
    let tablet = Tablet(Browser::start(Wish::tablet()).await.unwrap());
    tablet.0.go(&school.url()).await.unwrap();

    first_run(&tablet, &code).await;
    draw_a_room(&tablet).await;
    let once = add_an_adult(&tablet).await;
    read_a_roster(&tablet).await;
    let workstation = bring_a_machine(&tablet).await;

    // The documentalist takes over: their own password first, then the room.
    tablet.tap("[data-do=sign-out]").await;
    tablet.sign_in("diallo", &once).await;
    tablet.0.find("first-password [data-do=change]").await;
    tablet
        .write("input[name=new]", "bertrand promène un âne bleu")
        .await;
    tablet.tap("[data-do=change]").await;
    tablet.tap("[data-do=open]").await;
    tablet.0.find("live-room[data-link=live]").await;
    // The plan is the one that was drawn: seat 4 stands where it was dragged, across an aisle.
    let script = "const at = (seat) => document.querySelector(`seat-plan [data-seat='${seat}']`).getBoundingClientRect();\
                  return [at(4).left - at(3).right, at(2).left - at(1).right]";
    let gaps = tablet.0.run(script).await.unwrap();
    assert!(
        gaps[0].as_f64().unwrap() > gaps[1].as_f64().unwrap() + 5.0,
        "{gaps}"
    );
    tablet.0.find(".session-form").await;
    tablet.tap(".session-form [data-do=start]").await;
    tablet.0.find("[data-seat='1'][data-reachable=yes]").await;

    // A pupil raises a hand at the seat, and it is seen under their name.
    let seat = Browser::start(Wish {
        proxy: Some(workstation.proxy),
        ..Wish::tablet()
    })
    .await
    .unwrap();
    seat.go(&workstation.ticket().await.unwrap()).await.unwrap();
    seat.write("#help-text", "Je n’arrive pas à imprimer.")
        .await
        .unwrap();
    seat.tap("#help-form button").await;
    tablet.0.find("[data-shape=hand]").await;
    tablet
        .0
        .text_with("work-queue", "Je n’arrive pas à imprimer.")
        .await;
    tablet.0.text_with("work-queue", "Zoé").await;
}

/// The code of the terminal, the school, its first administrator, and its charter.
async fn first_run(tablet: &Tablet, code: &str) {
    tablet.0.find("[data-do=make]").await;
    for (name, value) in [
        ("code", code),
        ("uai", "0310001A"),
        ("school", "Collège Jean-Moulin"),
        ("name", "Mme Martin"),
        ("login", "martin"),
        ("password", PASSWORD),
    ] {
        tablet.write(&format!("input[name={name}]"), value).await;
    }
    tablet.tap("[data-do=make]").await;
    // A slip in the code of the school is told beside it, and nothing that was typed is lost.
    tablet.0.text_with("[data-field=uai] .fault", "H").await;
    tablet.clean("first-run").await;
    let kept = "return [...document.querySelectorAll('first-run input')].map(input => input.value).join('|')";
    let kept = tablet.0.run(kept).await.unwrap();
    assert!(kept.as_str().unwrap().contains(PASSWORD), "{kept}");
    tablet.write("input[name=uai]", "0310001h").await;
    tablet.tap("[data-do=make]").await;
    tablet.0.find("[data-do=adopt]").await;
    tablet.clean("school").await;
    tablet.tap("[data-do=adopt]").await;
    tablet.0.find(".charter .state-line").await;
}

/// Four seats in a row; the last is dragged across an aisle, the first moved by the keyboard.
async fn draw_a_room(tablet: &Tablet) {
    tablet.tap("nav [data-part=rooms]").await;
    tablet.0.find(".board").await;
    tablet.write("#part input[name=name]", "CDI").await;
    tablet.write("input[name=seats]", "4").await;
    tablet.write("input[name=wide]", "4").await;
    tablet.tap("[data-do=rows]").await;
    tablet.0.find(".board [data-seat='4']").await;
    let (three, four) = (tablet.seat(3).await, tablet.seat(4).await);
    let wide = four.0 - three.0;
    tablet.drag(four, (four.0 + wide, four.1)).await;
    let moved = tablet.seat(4).await;
    assert!((moved.0 - four.0 - wide).abs() < 1.0, "{four:?} {moved:?}");
    let one = tablet.0.find(".board [data-seat='1']").await;
    one.send_keys("\u{e015}").await.unwrap();
    let label = "return document.querySelector(\".board [data-seat='1']\").ariaLabel";
    let label = tablet.0.run(label).await.unwrap();
    assert!(label.as_str().unwrap().contains("rangée 2"), "{label}");
    tablet.clean("room").await;
    tablet.tap("[data-do=save]").await;
    tablet.0.find("[data-room='0310001H-cdi']").await;
    tablet
        .0
        .text_with("nav [data-part=rooms]", "4 postes")
        .await;
}

/// A documentalist who receives distress; gives the one-time password.
async fn add_an_adult(tablet: &Tablet) -> String {
    tablet.tap("nav [data-part=staff]").await;
    tablet.tap("[data-do=add-adult]").await;
    tablet
        .write("form.adult input[name=name]", "Mme Diallo")
        .await;
    tablet.write("form.adult input[name=login]", "diallo").await;
    tablet.tap("form.adult [data-do=save]").await;
    tablet
        .0
        .text_with("[data-field=roles] .fault", "rôle")
        .await;
    tablet.clean("adult").await;
    let tick = "document.querySelector('form.adult input[value=documentalist]').click();\
                document.querySelector('form.adult input[name=distress]').click()";
    tablet.0.run(tick).await.unwrap();
    tablet.tap("form.adult [data-do=save]").await;
    tablet.0.find("[data-login=diallo]").await;
    tablet.clean("adults").await;
    tablet.0.text("code.once").await.unwrap()
}

/// An export in Windows-1252 with semicolons, faulty first; the pupil who has the account of this machine is Zoé.
async fn read_a_roster(tablet: &Tablet) {
    let account = account().await.unwrap();
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("eleves.csv");
    let latin = |text: &str| -> Vec<u8> {
        text.chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect()
    };
    let head = "Nom;Prénom;Classe;Identifiant\r\n";
    let zoe = format!("N'GUYEN;Zoé;4e B;{account}\r\n");
    tablet.tap("nav [data-part=pupils]").await;
    tablet.0.find(".drop").await;
    std::fs::write(&file, latin(&format!("{head}{zoe}ROUX;;4e B;l.roux\r\n"))).unwrap();
    tablet.give(&file).await;
    tablet.0.text_with(".faults", "Prénom").await;
    tablet.clean("roster-faults").await;
    std::fs::write(
        &file,
        latin(&format!("{head}{zoe}ROUX;Léa;4e B;l.roux\r\n")),
    )
    .unwrap();
    tablet.give(&file).await;
    tablet.0.text_with("[data-list=added]", "N'GUYEN Zoé").await;
    tablet.clean("roster").await;
    tablet.tap("[data-do=apply]").await;
    tablet.0.find("[data-class='4e B']").await;
    // The same file again changes nothing.
    tablet.give(&file).await;
    tablet.0.find(".preview .calm").await;
    let apply = tablet.0.client.find(Locator::Css("[data-do=apply]")).await;
    assert!(apply.is_err(), "nothing to apply");
    tablet.clean("pupils").await;
}

/// A command for the room, run on this machine, which waits with its code until it is put at seat 1.
async fn bring_a_machine(tablet: &Tablet) -> Workstation {
    tablet.tap("nav [data-part=machines]").await;
    tablet.tap("[data-do=make-token]").await;
    tablet.0.find("code.once").await;
    tablet.clean("token").await;
    let command = tablet.0.text("code.once").await.unwrap();
    let after = |word: &str| {
        let mut words = command.split_whitespace().skip_while(|one| *one != word);
        words.nth(1).unwrap().to_owned()
    };
    let (server, token) = (after("--server"), after("--token"));
    let workstation = Workstation::enrol(&server, &token, Desktop::default())
        .await
        .unwrap();
    tablet.0.find("[data-waiting] .code").await;
    tablet.clean("waiting").await;
    tablet.tap("[data-waiting] [data-do=seat]").await;
    tablet.0.find("[data-machine-seat='1'].up").await;
    let waits = until("nobody to wait", WAIT, async || {
        let left = "return document.querySelectorAll('[data-waiting]').length";
        let left = tablet.0.run(left).await.ok()?;
        (left == 0).then_some(())
    });
    waits.await;
    tablet.clean("machines").await;
    workstation
}
