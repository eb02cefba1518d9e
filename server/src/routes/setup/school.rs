//! `GET /api/v1/schools`, `GET` and `POST /api/v1/schools/{school}`, `…/charter`: the school itself, and how far its set-up is.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_filters::{default_charter, read_charter};
use vigie_protocol::Digest;

use super::{clean, sure, write_down};
use crate::app::App;
use crate::audit::Act;
use crate::config::ZONE;
use crate::policy::{InSchool, Permission, ReaderLang, Signed};
use crate::problem::{Problem, ProblemBody};
use crate::setup::{self, Form};
use crate::store::setup::School;

/// A school that the reader may set up.
#[derive(Serialize, ToSchema)]
pub(crate) struct SchoolLine {
    school: String,
    name: String,
}

/// The schools that the reader may set up.
#[utoipa::path(get, path = "/api/v1/schools", tag = "set-up", responses(
    (status = 200, body = Vec<SchoolLine>),
    (status = 403, description = "No administrator anywhere", body = ProblemBody)))]
pub(crate) async fn list(app: web::Data<App>, signed: Signed) -> Result<HttpResponse, Problem> {
    let schools = app.store.schools().await?;
    let lines: Vec<SchoolLine> = schools
        .into_iter()
        .filter(|school| signed.may(&school.id, Permission::SetUp))
        .map(|school| SchoolLine {
            school: school.id.to_string(),
            name: school.name,
        })
        .collect();
    Ok(HttpResponse::Ok().json(lines))
}

/// A school, and how far its set-up is.
#[derive(Serialize, ToSchema)]
pub(crate) struct SchoolView {
    school: String,
    name: String,
    zone: String,
    /// Whether the server's setting decides the zone.
    zone_is_set: bool,
    rooms: usize,
    seats: usize,
    /// Seats with a machine.
    machines: usize,
    /// Machines that wait for a seat.
    waiting: usize,
    staff: usize,
    /// Adults who may open a session.
    openers: usize,
    pupils: usize,
    classes: usize,
    /// Whether a charter is in force: without one no session opens.
    charter: bool,
}

/// The school, in counts.
#[utoipa::path(get, path = "/api/v1/schools/{school}", tag = "set-up",
    params(("school" = String, Path, description = "Its UAI code")), responses(
    (status = 200, body = SchoolView),
    (status = 404, description = "No such school among the reader's", body = ProblemBody)))]
pub(crate) async fn view(app: web::Data<App>, at: InSchool) -> Result<HttpResponse, Problem> {
    let school = school_of(&app, &at).await?;
    let rooms = app.store.rooms_of(&at.school).await?;
    let seats = rooms.iter().flat_map(|room| &room.seats);
    let mut waiting = 0;
    for room in &rooms {
        let known = app.store.known_in(&room.id).await?;
        waiting += known.iter().filter(|one| one.seat.is_none()).count();
    }
    let colleagues = app.store.colleagues(&at.school).await?;
    let opens = |roles: &std::collections::BTreeSet<crate::policy::Role>| {
        roles
            .iter()
            .any(|role| role.may().contains(&Permission::OpenSession))
    };
    let pupils = app.store.known_pupils(&at.school).await?;
    let here = pupils.iter().filter(|one| !one.left);
    let classes: std::collections::BTreeSet<&str> =
        here.clone().map(|one| one.pupil.class.as_str()).collect();
    Ok(HttpResponse::Ok().json(SchoolView {
        school: school.id.to_string(),
        name: school.name,
        zone: app
            .config
            .zone
            .clone()
            .or(school.zone)
            .unwrap_or_else(|| ZONE.to_owned()),
        zone_is_set: app.config.zone.is_some(),
        rooms: rooms.len(),
        seats: seats.clone().count(),
        machines: seats.filter(|seat| seat.workstation.is_some()).count(),
        waiting,
        staff: colleagues.len(),
        openers: colleagues.iter().filter(|one| opens(&one.roles)).count(),
        pupils: here.count(),
        classes: classes.len(),
        charter: app
            .store
            .charter_in_force(&at.school, app.clock.now())
            .await?
            .is_some(),
    }))
}

async fn school_of(app: &App, at: &InSchool) -> Result<School, Problem> {
    let schools = app.store.schools().await?;
    schools
        .into_iter()
        .find(|school| school.id == at.school)
        .ok_or(Problem::NotFound)
}

/// A school's name and zone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchoolForm {
    name: String,
    #[schema(example = "Europe/Paris")]
    zone: String,
}

/// Gives the school another name and zone. Its code is its key, and stays.
#[utoipa::path(post, path = "/api/v1/schools/{school}", tag = "set-up",
    params(("school" = String, Path)), request_body = SchoolForm, responses(
    (status = 204, description = "Written"),
    (status = 422, description = "Fields are wrong", body = ProblemBody)))]
pub(crate) async fn change(
    app: web::Data<App>,
    at: InSchool,
    body: web::Json<SchoolForm>,
) -> Result<HttpResponse, Problem> {
    let mut form = Form::default();
    let name = form.take("name", setup::name(&body.name));
    let zone = form.take("zone", setup::zone(&body.zone));
    clean(form)?;
    school_of(&app, &at).await?;
    write_down(&app, &at, Act::SetUpSchool, (None, None)).await?;
    app.store
        .put_school(&School {
            id: at.school.clone(),
            name: sure(name)?,
            zone,
        })
        .await?;
    app.tell_zone().await?;
    for room in app.store.rooms_of(&at.school).await? {
        app.rooms.changed(&room.id).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// The charter in force, and the one that ships.
#[derive(Serialize, ToSchema)]
pub(crate) struct CharterView {
    /// Title of the charter in force; none before one is adopted.
    in_force: Option<String>,
    /// Whether it is the one that ships.
    is_shipped: bool,
    /// Of the one that ships: what to send back to adopt it.
    digest: String,
    title: String,
    articles: Vec<ArticleLine>,
}

/// An article in plain words.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArticleLine {
    number: String,
    title: String,
    words: String,
}

/// The charter in force by its title, and the one that ships by its articles.
#[utoipa::path(get, path = "/api/v1/schools/{school}/charter", tag = "set-up",
    params(("school" = String, Path)), responses((status = 200, body = CharterView)))]
pub(crate) async fn charter(
    app: web::Data<App>,
    at: InSchool,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let lang = lang.0.code();
    let (shipped, _) = read_charter(default_charter());
    let in_force = app
        .store
        .charter_in_force(&at.school, app.clock.now())
        .await?;
    Ok(HttpResponse::Ok().json(CharterView {
        is_shipped: in_force
            .as_ref()
            .is_some_and(|(digest, _)| *digest == shipped.digest),
        in_force: in_force.map(|(_, text)| read_charter(&text).0.title.in_lang(lang).to_owned()),
        digest: shipped.digest.to_string(),
        title: shipped.title.in_lang(lang).to_owned(),
        articles: shipped
            .articles
            .iter()
            .map(|article| ArticleLine {
                number: article.number.clone(),
                title: article.title.in_lang(lang).to_owned(),
                words: article.words.in_lang(lang).to_owned(),
            })
            .collect(),
    }))
}

/// Which charter, by its digest.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adoption {
    #[schema(value_type = String)]
    digest: Digest,
}

/// Puts the charter that ships in force: the one that was shown, by its digest.
#[utoipa::path(post, path = "/api/v1/schools/{school}/charter", tag = "set-up",
    params(("school" = String, Path)), request_body = Adoption, responses(
    (status = 204, description = "In force; sessions that are open keep theirs"),
    (status = 404, description = "Not the charter that ships", body = ProblemBody)))]
pub(crate) async fn adopt(
    app: web::Data<App>,
    at: InSchool,
    body: web::Json<Adoption>,
) -> Result<HttpResponse, Problem> {
    let (shipped, _) = read_charter(default_charter());
    if body.digest != shipped.digest {
        return Err(Problem::NotFound);
    }
    let in_force = app
        .store
        .charter_in_force(&at.school, app.clock.now())
        .await?;
    if in_force.is_none_or(|(digest, _)| digest != shipped.digest) {
        let subject = Some(format!("charter/{}", shipped.digest));
        write_down(&app, &at, Act::AdoptCharter, (None, subject)).await?;
        app.store
            .adopt_charter(
                &at.school,
                (&shipped.digest, default_charter()),
                app.clock.now(),
            )
            .await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
