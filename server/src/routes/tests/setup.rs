//! A school from an empty directory, and what an administrator may and may not do to it.
//! Long because each screen of the set-up is walked through in one place.

use serde_json::{Value, json};
use vigie_protocol::{EstablishmentId, Span};

use super::school::{HERE, MORNING, ROOM, THERE};
use super::{Answer, Asked, School};
use crate::policy::Role;

async fn post(school: &School, path: &str, body: &Value) -> Answer {
    school
        .as_role(Role::Admin, "POST", path, &body.to_string())
        .await
}

async fn get(school: &School, path: &str) -> Value {
    let answer = school.as_role(Role::Admin, "GET", path, "").await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

/// Lines of the audit log that a school's DPO reads, oldest first.
async fn acts(school: &School) -> Vec<String> {
    school.hand.advance(Span::seconds(1));
    let answer = school
        .as_role(Role::Dpo, "GET", "/api/v1/audit", "")
        .await
        .json();
    let lines = answer.as_array().unwrap();
    lines
        .iter()
        .rev()
        .map(|line| line["act"].as_str().unwrap().to_owned())
        .collect()
}

fn first(code: &str) -> Value {
    json!({
        "code": code, "uai": "0310001h", "school": "Collège Jean-Moulin", "zone": "Indian/Reunion",
        "login": "martin", "name": "Mme Martin", "password": "une phrase assez longue",
    })
}

async fn try_first(school: &School, body: &Value) -> Answer {
    let asked = Asked {
        body: Some(body.to_string()),
        ..Asked::default()
    };
    school.ask("POST", "/api/v1/first", asked).await
}

#[actix_web::test]
async fn the_code_of_the_first_run_makes_one_administrator_and_is_spent() {
    let school = School::empty().await;
    let needed = school.ask("GET", "/api/v1/first", Asked::default()).await;
    assert_eq!(needed.json()["needed"], true);
    let code = school.running.first_code().await.unwrap().unwrap();
    let code = code.reveal();
    // Every field is told at once, and costs no try.
    let mut wrong = first(code);
    wrong["uai"] = "0310001A".into();
    wrong["password"] = "court".into();
    wrong["zone"] = "Mars/Base".into();
    wrong["name"] = " ".into();
    let answer = try_first(&school, &wrong).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let fields = answer.json()["fields"].as_object().unwrap().clone();
    let named: Vec<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(named, ["name", "password", "uai", "zone"]);
    assert!(fields["uai"].as_str().unwrap().contains('H'));
    let made = try_first(&school, &first(&code.to_lowercase().replace('-', " "))).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["school"], "0310001H");
    // Days are told in the school's zone from now on.
    let zone = school.app().clock.zone();
    assert_eq!(zone.iana_name(), Some("Indian/Reunion"));
    let again = try_first(&school, &first(code)).await;
    assert_eq!(again.status, 404, "{again:?}");
    assert!(school.running.first_code().await.unwrap().is_none());
    let login = json!({ "name": "martin", "password": "une phrase assez longue" });
    let asked = Asked {
        body: Some(login.to_string()),
        ..Asked::default()
    };
    assert_eq!(school.ask("POST", "/api/v1/login", asked).await.status, 204);
    let read = school
        .app()
        .audit
        .read(
            vec![EstablishmentId::new("0310001H")],
            MORNING + Span::minutes(1),
        )
        .await
        .unwrap();
    assert!(read.iter().any(|entry| entry.act == "set-up-school"));
    school.running.stop().await;
}

#[actix_web::test]
async fn the_code_is_guessed_ten_times_and_lasts_an_hour() {
    let school = School::empty().await;
    assert_eq!(try_first(&school, &first("AAAA-AAAA")).await.status, 422);
    let code = school.running.first_code().await.unwrap().unwrap();
    for left in (0..10).rev() {
        let answer = try_first(&school, &first("AAAA-AAAA")).await;
        assert_eq!(answer.status, 422);
        let words = answer.json()["fields"]["code"].as_str().unwrap().to_owned();
        assert!(
            left == 0 || left == 1 || words.contains(&left.to_string()),
            "{words}"
        );
    }
    // Spent by guesses: the right one counts no more.
    let spent = try_first(&school, &first(code.reveal())).await;
    assert_eq!(spent.status, 422, "{spent:?}");
    let fresh = school.running.first_code().await.unwrap().unwrap();
    assert_ne!(fresh, code);
    school.hand.advance(Span::minutes(60));
    let late = try_first(&school, &first(fresh.reveal())).await;
    assert_eq!(late.status, 422, "{late:?}");
    let latest = school.running.first_code().await.unwrap().unwrap();
    assert_eq!(
        try_first(&school, &first(latest.reveal())).await.status,
        201
    );
    // Only its hash was ever in the files.
    let data = school.data.path().join("data");
    let files = [data.join("vigie.sqlite"), data.join("vigie.sqlite-wal")];
    for code in [code, fresh, latest] {
        let plain = code.reveal().replace('-', "");
        for file in &files {
            let bytes = std::fs::read(file).unwrap_or_default();
            let found = bytes
                .windows(plain.len())
                .any(|some| some == plain.as_bytes());
            assert!(!found, "a code is in {}", file.display());
        }
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn a_school_and_its_charter_are_its_administrators() {
    let school = School::open().await;
    let path = format!("/api/v1/schools/{HERE}");
    let schools = get(&school, "/api/v1/schools").await;
    assert_eq!(schools.as_array().unwrap().len(), 1, "not {THERE}");
    let view = get(&school, &path).await;
    assert_eq!((&view["rooms"], &view["seats"]), (&json!(1), &json!(4)));
    assert_eq!(
        (&view["pupils"], &view["charter"]),
        (&json!(2), &json!(false))
    );
    let refused = post(&school, &path, &json!({ "name": "", "zone": "x" })).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let changed = post(
        &school,
        &path,
        &json!({ "name": "Lycée", "zone": "Pacific/Tahiti" }),
    )
    .await;
    assert_eq!(changed.status, 204, "{changed:?}");
    let view = get(&school, &path).await;
    assert_eq!(
        (&view["name"], &view["zone"]),
        (&json!("Lycée"), &json!("Pacific/Tahiti"))
    );
    let charter = format!("{path}/charter");
    let shipped = get(&school, &charter).await;
    assert_eq!(shipped["in_force"], Value::Null);
    assert!(shipped["articles"].as_array().unwrap().len() > 3);
    let other = post(&school, &charter, &json!({ "digest": "a".repeat(64) })).await;
    assert_eq!(other.status, 404);
    for _ in 0..2 {
        let body = json!({ "digest": shipped["digest"] });
        assert_eq!(post(&school, &charter, &body).await.status, 204);
    }
    assert_eq!(get(&school, &charter).await["is_shipped"], true);
    let acts = acts(&school).await;
    let ours: Vec<&str> = acts
        .iter()
        .map(String::as_str)
        .filter(|act| *act != "read-audit")
        .collect();
    assert_eq!(ours, ["set-up-school", "adopt-charter"]);
    school.running.stop().await;
}

#[actix_web::test]
async fn rooms_are_drawn_and_a_seat_with_a_machine_stays() {
    let school = School::open().await;
    let rooms = format!("/api/v1/schools/{HERE}/rooms");
    let plan = format!("/api/v1/rooms/{ROOM}/plan");
    let seats = |count: u16| -> Vec<Value> {
        (1..=count)
            .map(|seat| json!({ "seat": seat, "at": [seat, 2] }))
            .collect()
    };
    let made = post(
        &school,
        &rooms,
        &json!({ "name": "Salle 12", "seats": seats(6) }),
    )
    .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["room"], "0310001A-salle-12");
    let twin = post(
        &school,
        &rooms,
        &json!({ "name": "salle-12", "seats": seats(1) }),
    )
    .await;
    assert_eq!(twin.json()["room"], "0310001A-salle-12-2");
    for (body, field) in [
        (json!({ "name": "CDI", "seats": seats(1) }), "name"),
        (json!({ "name": "S", "seats": [] }), "seats"),
        (
            json!({ "name": "S", "seats": [{ "seat": 1, "at": [99, 0] }] }),
            "seats",
        ),
    ] {
        let answer = post(&school, &rooms, &body).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.json()["fields"][field].is_string(), "{answer:?}");
    }
    // A machine on seat 3.
    let token = post(
        &school,
        &format!("/api/v1/rooms/{ROOM}/enrolment/tokens"),
        &json!({ "uses": 1, "hours": 1, "seat": 3 }),
    )
    .await;
    let token = token.json()["token"].as_str().unwrap().to_owned();
    super::enrolment::come(&school, &token, "w1").await;
    let lost = post(&school, &plan, &json!({ "name": "CDI", "seats": seats(2) })).await;
    assert_eq!(
        (lost.status, lost.code().as_str()),
        (409, "seat-has-machine")
    );
    assert_eq!(
        post(&school, &format!("/api/v1/rooms/{ROOM}/remove"), &json!({}))
            .await
            .status,
        409
    );
    let moved = post(
        &school,
        &plan,
        &json!({ "name": "Le CDI", "seats": seats(5) }),
    )
    .await;
    assert_eq!(moved.status, 204, "{moved:?}");
    let listed = get(&school, &rooms).await;
    let cdi = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|room| room["room"] == ROOM)
        .unwrap();
    assert_eq!(cdi["name"], "Le CDI");
    assert_eq!(
        cdi["seats"][2],
        json!({ "seat": 3, "at": [3, 2], "machine": true })
    );
    assert_eq!(cdi["seats"].as_array().unwrap().len(), 5);
    let gone = post(
        &school,
        "/api/v1/rooms/0310001A-salle-12/remove",
        &json!({}),
    )
    .await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(get(&school, &rooms).await.as_array().unwrap().len(), 2);
    let acts = acts(&school).await;
    assert!(acts.contains(&"remove-room".to_owned()), "{acts:?}");
    school.running.stop().await;
}

const AUTUMN: &[u8] = b"\xef\xbb\xbfNom;Pr\xc3\xa9nom;Classe;Identifiant\r\nBertrand;In\xc3\xa8s;4e B;ines\r\nLeroy;Tom;4e C;tom\r\nRoux;L\xc3\xa9a;4e B;\r\n";

async fn roster(school: &School, what: &str, file: &[u8], seen: &str) -> Answer {
    let path = format!("/api/v1/schools/{HERE}/roster/{what}?scope=school&seen={seen}");
    let asked = Asked {
        cookie: Some(school.cookie(Role::Admin, HERE).await),
        body: Some(String::from_utf8(file.to_vec()).unwrap()),
        ..Asked::default()
    };
    school.ask("POST", &path, asked).await
}

#[actix_web::test]
async fn a_roster_is_looked_at_then_applied_and_the_same_file_twice_changes_nothing() {
    let school = School::open().await;
    let seen = roster(&school, "try", AUTUMN, "").await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let preview = seen.json();
    assert_eq!(preview["added"][0]["name"], "Roux Léa");
    assert_eq!(preview["moved"][0]["was"], "4e B");
    assert_eq!(preview["same"], 1);
    // Nothing has changed by looking.
    assert_eq!(
        get(&school, &format!("/api/v1/schools/{HERE}")).await["pupils"],
        2
    );
    let blind = roster(&school, "apply", AUTUMN, "").await;
    assert_eq!(
        (blind.status, blind.code().as_str()),
        (409, "roster-changed")
    );
    let name = preview["seen"].as_str().unwrap();
    let applied = roster(&school, "apply", AUTUMN, name).await;
    assert_eq!(applied.status, 204, "{applied:?}");
    let again = roster(&school, "try", AUTUMN, "").await.json();
    assert_eq!((&again["same"], &again["rows"]), (&json!(3), &json!(3)));
    for list in ["added", "changed", "moved", "back", "missing"] {
        assert_eq!(again[list], json!([]), "{list}");
    }
    // Tom keeps his pseudonym in his new class: what is filed under him stays his.
    let names = school.app().store.names(&EstablishmentId::new(HERE));
    let tom = names
        .pupils
        .iter()
        .find(|(_, name)| name.full.reveal() == "Tom Leroy")
        .unwrap();
    assert_eq!(
        (tom.0.as_str(), tom.1.class.as_str()),
        ("p-tom-0310001A", "4e C")
    );
    let acts = acts(&school).await;
    assert!(acts.contains(&"apply-roster".to_owned()), "{acts:?}");
    school.running.stop().await;
}

#[actix_web::test]
async fn a_pupil_who_left_is_marked_then_erased_by_retention() {
    let school = School::open().await;
    let store = &school.app().store;
    let file = b"Nom;Prenom;Classe;Login\nBertrand;Ines;4e B;ines\n";
    let preview = roster(&school, "try", file, "").await.json();
    assert_eq!(preview["missing"][0]["name"], "Leroy Tom");
    let seen = preview["seen"].as_str().unwrap().to_owned();
    assert_eq!(roster(&school, "apply", file, &seen).await.status, 204);
    let here = EstablishmentId::new(HERE);
    assert!(
        store
            .pupil_of_account(&here, &"tom".to_owned().into())
            .is_none()
    );
    let choices = school
        .as_role(
            Role::Assistant,
            "GET",
            &format!("/api/v1/rooms/{ROOM}/pupils"),
            "",
        )
        .await;
    assert!(!choices.body.contains("Leroy"), "{}", choices.body);
    let listed = get(&school, &format!("/api/v1/schools/{HERE}/pupils")).await;
    let tom = listed["pupils"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "Leroy Tom")
        .unwrap();
    let erased = (MORNING + Span::minutes(30 * 24 * 60)).0;
    assert!(tom["erased_ms"].as_i64().unwrap() >= erased, "{tom}");
    // Back from a mistaken export: the same pupil.
    let back = b"Nom;Prenom;Classe;Login\nBertrand;Ines;4e B;ines\nLeroy;Tom;4e B;tom\n";
    let preview = roster(&school, "try", back, "").await.json();
    assert_eq!(preview["back"][0]["name"], "Leroy Tom");
    let now = school.app().clock.now();
    assert_eq!(
        store.forget_pupils(now).await.unwrap(),
        0,
        "not before it is due"
    );
    assert_eq!(
        store.forget_pupils(now + Span::seconds(1)).await.unwrap(),
        1
    );
    assert!(
        !store
            .names(&here)
            .pupils
            .values()
            .any(|it| it.full.reveal() == "Tom Leroy")
    );
    school.running.stop().await;
}

#[actix_web::test]
async fn a_bomb_is_refused_and_a_fault_says_where() {
    let school = School::open().await;
    let long = vec![b'a'; crate::roster::FILE_MAX + 2];
    assert_eq!(roster(&school, "try", &long, "").await.status, 413);
    let zip = "PK\u{3}\u{4}\0\0".as_bytes();
    let preview = roster(&school, "try", zip, "").await.json();
    assert_eq!(preview["faults"][0]["line"], 1);
    let faulty = "Nom;Prénom;Classe\nRoux;;4e B\n=1+1;Léa;4e B\n".as_bytes();
    let preview = roster(&school, "try", faulty, "").await.json();
    assert_eq!(
        (
            &preview["faults"][0]["line"],
            &preview["faults"][0]["column"]
        ),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        preview["faults"].as_array().unwrap().len(),
        1,
        "a formula is text"
    );
    assert_eq!(roster(&school, "apply", faulty, "").await.status, 409);
    school.running.stop().await;
}

fn adult(login: &str, roles: &[&str]) -> Value {
    json!({ "login": login, "name": "Mme Diallo", "roles": roles, "distress": true })
}

async fn sign_in(school: &School, name: &str, password: &str) -> Answer {
    let asked = Asked {
        body: Some(json!({ "name": name, "password": password }).to_string()),
        ..Asked::default()
    };
    school.ask("POST", "/api/v1/login", asked).await
}

#[actix_web::test]
async fn an_adult_is_added_by_a_one_time_password_changed_and_ended() {
    let school = School::open().await;
    let path = format!("/api/v1/schools/{HERE}/staff");
    let wrong = post(&school, &path, &adult(" ", &["king"])).await;
    let fields = wrong.json()["fields"].as_object().unwrap().clone();
    assert_eq!(
        fields.keys().collect::<Vec<_>>(),
        ["login", "roles"],
        "{wrong:?}"
    );
    let added = post(&school, &path, &adult("diallo", &["documentalist"])).await;
    assert_eq!(added.status, 201, "{added:?}");
    let added = added.json();
    let (id, password) = (
        added["staff"].as_str().unwrap().to_owned(),
        added["password"].as_str().unwrap().to_owned(),
    );
    let twice = post(&school, &path, &adult("diallo", &["teacher"])).await;
    assert!(twice.json()["fields"]["login"].is_string(), "{twice:?}");
    let listed = get(&school, &path).await;
    assert!(!listed.to_string().contains(&password), "shown once");
    let line = |listed: &Value| {
        let all = listed.as_array().unwrap().clone();
        all.into_iter().find(|one| one["staff"] == id)
    };
    let one = line(&listed).unwrap();
    assert_eq!(
        (&one["once"], &one["distress"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(sign_in(&school, "diallo", &password).await.status, 204);
    assert_eq!(
        sign_in(&school, "diallo", &password).await.status,
        401,
        "once"
    );
    let body = json!({ "name": "Mme Diallo-Roux", "roles": ["teacher", "dpo"], "distress": false });
    let changed = post(&school, &format!("{path}/{id}"), &body).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    let one = line(&get(&school, &path).await).unwrap();
    assert_eq!(one["name"], "Mme Diallo-Roux");
    assert_eq!(one["roles"], json!(["teacher", "dpo"]));
    assert_eq!(one["distress"], false);
    let reset = post(&school, &format!("{path}/{id}/password"), &json!({})).await;
    let fresh = reset.json()["password"].as_str().unwrap().to_owned();
    assert_ne!(fresh, password);
    assert_eq!(
        post(&school, &format!("{path}/{id}/end"), &json!({}))
            .await
            .status,
        204
    );
    assert_eq!(
        sign_in(&school, "diallo", &fresh).await.status,
        401,
        "ended"
    );
    assert!(line(&get(&school, &path).await).is_none());
    assert_eq!(
        post(&school, &format!("{path}/{id}/end"), &json!({}))
            .await
            .status,
        404
    );
    let acts = acts(&school).await;
    for act in [
        "add-staff",
        "grant",
        "ungrant",
        "change-staff",
        "reset-password",
        "end-staff",
    ] {
        assert!(acts.contains(&act.to_owned()), "{act} in {acts:?}");
    }
    school.running.stop().await;
}

#[actix_web::test]
async fn one_administrator_is_left_and_another_schools_adult_keeps_their_password() {
    let school = School::open().await;
    let path = format!("/api/v1/schools/{HERE}/staff");
    let me = School::staff(Role::Admin, HERE);
    for (what, body) in [
        ("/end", json!({})),
        (
            "",
            json!({ "name": "M. admin", "roles": ["teacher"], "distress": false }),
        ),
    ] {
        let refused = post(&school, &format!("{path}/{me}{what}"), &body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "last-admin")
        );
    }
    // An assistant of two schools: only by saying that it is the same person, and without a new password.
    let login = format!("assistant-{THERE}");
    let refused = post(&school, &path, &adult(&login, &["assistant"])).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let mut same = adult(&login, &["assistant"]);
    same["same"] = true.into();
    let added = post(&school, &path, &same).await;
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(added.json()["password"], Value::Null);
    let id = added.json()["staff"].as_str().unwrap().to_owned();
    let reset = post(&school, &format!("{path}/{id}/password"), &json!({})).await;
    assert_eq!((reset.status, reset.code().as_str()), (409, "elsewhere"));
    let renamed = json!({ "name": "X", "roles": ["assistant"], "distress": false });
    let renamed = post(&school, &format!("{path}/{id}"), &renamed).await;
    assert_eq!(renamed.code(), "elsewhere");
    assert_eq!(
        post(&school, &format!("{path}/{id}/end"), &json!({}))
            .await
            .status,
        204
    );
    let entered = sign_in(&school, &login, super::school::PASSWORD).await;
    assert_eq!(entered.status, 204, "their own school still lets them in");
    school.running.stop().await;
}
