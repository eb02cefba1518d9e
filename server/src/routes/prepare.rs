//! `GET …/prepare`, `POST …/templates`, `POST …/plans`: everything that is asked for before a session opens.
//!
//! Owns the limits of each field, the same for a session that opens now, a template and a plan. Never opens a session:
//! [`super::session::begin`]. A plan is checked when it is made, and again when its time has come.
//!
//! Long because a session, a template and a plan are one form with one set of limits.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vigie_filters::{SESSION_KINDS, read_charter};
use vigie_protocol::{EstablishmentId, Private, Pseudonym, RoomId, Span, StaffId, Stamp};
use vigie_room::limit::{ADULTS_MAX, SITES_MAX};

use super::session::{is_a_length, minutes_of};
use crate::app::App;
use crate::audit::{Act, Entry};
use crate::ids;
use crate::policy::{InRoom, Permission, ReaderLang};
use crate::problem::{Problem, ProblemBody};
use crate::store::planned::{Fate, Plan, Template};

/// Longest task, characters.
const TASK_MAX: usize = 200;
/// Longest label of a class and longest name of a template, characters.
const LABEL_MAX: usize = 40;
/// Most pupils on a free list.
const PUPILS_MAX: usize = 200;
/// Most weeks that are planned together: a school year.
const WEEKS_MAX: u16 = 40;
/// How far ahead a session may be planned.
const AHEAD_MAX: Span = Span::minutes(370 * 24 * 60);

/// A session to open.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSession {
    /// What pupils are to do, in the adult's words; at most 200 characters, no pupil's name.
    task: String,
    /// Until it ends by itself: 1 to 240. Either this or `until`.
    #[serde(default)]
    minutes: Option<u16>,
    /// The time on the school's clock at which it ends by itself: `14:55`.
    #[serde(default)]
    until: Option<String>,
    /// Whether the room's chat is open from the start.
    #[serde(default)]
    chat: bool,
    /// The class, as the roster writes it; empty for none.
    #[serde(default)]
    class: String,
    /// `lesson`, `study`, `library`, `exam` or `club`, or empty. In an exam only the listed sites pass.
    #[serde(default)]
    kind: String,
    /// Hosts that pass whatever the charter says, or addresses of pages on them.
    #[serde(default)]
    sites: Vec<String>,
    /// Adults beside the one who opens it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    adults: Vec<StaffId>,
    /// Who is expected, when that is not a whole class.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pupils: Vec<Pseudonym>,
}

/// The same, every field within its limits.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) task: String,
    pub(crate) ends: Stamp,
    pub(crate) chat: bool,
    pub(crate) class: String,
    pub(crate) kind: String,
    pub(crate) sites: Vec<String>,
    pub(crate) sites_only: bool,
    /// The owner first.
    pub(crate) adults: Vec<StaffId>,
    pub(crate) pupils: Vec<Pseudonym>,
}

/// Whether every field is within its limits; the problem names the first that is not.
pub(crate) async fn check(
    app: &App,
    school: &EstablishmentId,
    owner: &StaffId,
    new: NewSession,
    starts: Stamp,
) -> Result<Checked, Problem> {
    let task = label(&new.task, TASK_MAX).ok_or(Problem::Limit("task"))?;
    let class = label(&new.class, LABEL_MAX).ok_or(Problem::Limit("class"))?;
    if !new.kind.is_empty() && !SESSION_KINDS.contains(&new.kind.as_str()) {
        return Err(Problem::Limit("kind"));
    }
    let ends = match (new.minutes, new.until) {
        (Some(minutes), None) => starts + minutes_of(minutes)?,
        (None, Some(until)) => {
            let ends = next_time(app, starts, &until).ok_or(Problem::Limit("minutes"))?;
            if !is_a_length(starts, ends) {
                return Err(Problem::Limit("minutes"));
            }
            ends
        }
        _ => return Err(Problem::Limit("minutes")),
    };
    let mut sites = Vec::new();
    for site in new.sites.iter().filter(|site| !site.trim().is_empty()) {
        let site = site_of(site).ok_or(Problem::Limit("sites"))?;
        if !sites.contains(&site) {
            sites.push(site);
        }
    }
    if sites.len() > SITES_MAX {
        return Err(Problem::Limit("sites"));
    }
    let may = app.store.staff_who(school, Permission::Act).await?;
    let mut adults = vec![owner.clone()];
    for staff in new.adults {
        if !may.contains(&staff) {
            return Err(Problem::Limit("adults"));
        }
        if !adults.contains(&staff) {
            adults.push(staff);
        }
    }
    if adults.len() > ADULTS_MAX {
        return Err(Problem::Limit("adults"));
    }
    let names = app.store.names(school);
    let mut pupils = new.pupils;
    pupils.sort();
    pupils.dedup();
    if pupils.len() > PUPILS_MAX || !pupils.iter().all(|one| names.pupils.contains_key(one)) {
        return Err(Problem::Limit("pupils"));
    }
    Ok(Checked {
        task,
        ends,
        chat: new.chat,
        sites_only: new.kind == "exam",
        class,
        kind: new.kind,
        sites,
        adults,
        pupils,
    })
}

/// Words of one line within a limit; none when they are not.
fn label(text: &str, max: usize) -> Option<String> {
    let text = text.trim();
    let fine = text.chars().count() <= max && !text.chars().any(char::is_control);
    fine.then(|| text.to_owned())
}

/// The next moment after `from` at which the school's clock says this.
fn next_time(app: &App, from: Stamp, said: &str) -> Option<Stamp> {
    let (hour, minute) = said.split_once(':')?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    let zone = app.clock.zone();
    let here = Timestamp::from_millisecond(from.0)
        .ok()?
        .to_zoned_datetime(zone.clone());
    let today = here
        .date()
        .to_datetime(time)
        .to_zoned_datetime(zone.clone())
        .ok()?;
    let next = if today > here {
        today
    } else {
        here.date()
            .tomorrow()
            .ok()?
            .to_datetime(time)
            .to_zoned_datetime(zone)
            .ok()?
    };
    Some(Stamp(next.timestamp().as_millisecond()))
}

/// A day and a time on the school's clock.
fn local(app: &App, said: &str) -> Option<Stamp> {
    let said: jiff::civil::DateTime = said.parse().ok()?;
    let then = said.to_zoned_datetime(app.clock.zone()).ok()?;
    Some(Stamp(then.timestamp().as_millisecond()))
}

/// The same hour of the school's clock so many weeks later.
fn weeks_later(app: &App, at: Stamp, weeks: u16) -> Option<Stamp> {
    let zone = app.clock.zone();
    let here = Timestamp::from_millisecond(at.0)
        .ok()?
        .to_zoned_datetime(zone);
    let then = here
        .checked_add(jiff::Span::new().weeks(i64::from(weeks)))
        .ok()?;
    Some(Stamp(then.timestamp().as_millisecond()))
}

/// The host of what an adult wrote: a host, or the address of a page. A leading `www.` is dropped, so that the site passes as a
/// whole.
pub(crate) fn site_of(text: &str) -> Option<String> {
    let text = text.trim();
    let address = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = url::Url::parse(&address).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
        return None;
    }
    let host = url.host_str()?.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let whole = host.contains('.') || host.starts_with('[') || host == "localhost";
    (whole && host.len() <= 253).then(|| host.to_owned())
}

/// Whether nothing is planned in the room between now and then; a session never runs into the next one.
pub(crate) async fn clear_until(
    app: &App,
    room: &RoomId,
    (now, ends): (Stamp, Stamp),
    except: Option<&str>,
) -> Result<(), Problem> {
    let plans = app.store.plans_of(room, now).await?;
    let next = plans
        .iter()
        .find(|plan| except != Some(plan.id.as_str()) && plan.starts < ends);
    match next {
        Some(next) => Err(Problem::Overrun(time_of(app, next.starts))),
        None => Ok(()),
    }
}

/// `14:25` on the school's clock.
fn time_of(app: &App, at: Stamp) -> String {
    let zoned = Timestamp::from_millisecond(at.0)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned_datetime(app.clock.zone());
    format!("{:02}:{:02}", zoned.hour(), zoned.minute())
}

/// What the form offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Prepare {
    /// The charter in force; none when the school has adopted none.
    charter: Option<CharterWords>,
    /// Adults who may be of the session, the reader left out.
    adults: Vec<AdultChoice>,
    /// Classes of the roster, each with how many pupils.
    classes: Vec<(String, u32)>,
    templates: Vec<Kept>,
    /// What is planned in this room, the next first.
    plans: Vec<Planned>,
}

/// The charter in force.
#[derive(Serialize, ToSchema)]
struct CharterWords {
    title: String,
    /// The first letters of its digest: enough to tell two versions apart.
    version: String,
}

/// An adult to choose.
#[derive(Serialize, ToSchema)]
struct AdultChoice {
    #[schema(value_type = String)]
    staff: StaffId,
    #[schema(value_type = String)]
    name: Private<String>,
}

/// A template.
#[derive(Serialize, ToSchema)]
struct Kept {
    template: String,
    name: String,
    /// Whether it is the reader's own.
    mine: bool,
    session: NewSession,
}

/// A planned session.
#[derive(Serialize, ToSchema)]
struct Planned {
    plan: String,
    /// How many are planned together with it, itself included.
    together: u32,
    starts_ms: i64,
    ends_ms: i64,
    task: String,
    class: String,
    #[schema(value_type = String)]
    by: Private<String>,
}

/// What a session can be prepared from.
#[utoipa::path(get, path = "/api/v1/rooms/{room}/prepare", tag = "session",
    params(("room" = String, Path)), responses((status = 200, body = Prepare)))]
pub(crate) async fn prepare(
    app: web::Data<App>,
    at: InRoom,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let school = &at.room.establishment;
    let names = app.store.names(school);
    let charter = app.store.charter_in_force(school, app.clock.now()).await?;
    let mut adults: Vec<AdultChoice> = app
        .store
        .staff_who(school, Permission::Act)
        .await?
        .into_iter()
        .filter(|staff| *staff != at.signed.staff)
        .filter_map(|staff| {
            let name = names.staff.get(&staff)?.clone();
            Some(AdultChoice { staff, name })
        })
        .collect();
    adults.sort_by(|one, other| one.name.cmp(&other.name));
    let mut classes: BTreeMap<String, u32> = BTreeMap::new();
    for pupil in names
        .pupils
        .values()
        .filter(|pupil| !pupil.class.is_empty())
    {
        let count = classes.entry(pupil.class.clone()).or_default();
        *count = count.saturating_add(1);
    }
    let plans = app.store.plans_of(&at.room.id, app.clock.now()).await?;
    let together = |series: &str| plans.iter().filter(|plan| plan.series == series).count();
    let planned = plans
        .iter()
        .map(|plan| {
            let body: NewSession = serde_json::from_str(&plan.body).unwrap_or_default();
            Planned {
                plan: plan.id.clone(),
                together: together(&plan.series).try_into().unwrap_or(u32::MAX),
                starts_ms: plan.starts.0,
                ends_ms: plan.ends.0,
                task: body.task,
                class: body.class,
                by: names.staff.get(&plan.owner).cloned().unwrap_or_default(),
            }
        })
        .collect();
    let templates = app
        .store
        .templates_of(school)
        .await?
        .into_iter()
        .map(|kept| Kept {
            mine: kept.owner == at.signed.staff,
            template: kept.id,
            name: kept.name,
            session: serde_json::from_str(&kept.body).unwrap_or_default(),
        })
        .collect();
    Ok(HttpResponse::Ok().json(Prepare {
        charter: charter.map(|(digest, text)| CharterWords {
            title: read_charter(&text)
                .0
                .title
                .in_lang(lang.0.code())
                .to_owned(),
            version: digest.as_str().chars().take(8).collect(),
        }),
        adults,
        classes: classes.into_iter().collect(),
        templates,
        plans: planned,
    }))
}

/// A session to keep under a name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTemplate {
    /// At most 40 characters.
    name: String,
    session: NewSession,
}

/// What was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Made {
    id: String,
}

/// Keeps a session as a template of the school.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/templates", tag = "session",
    params(("room" = String, Path)), request_body = NewTemplate, responses(
    (status = 201, body = Made), (status = 422, description = "A field is out of its limits", body = ProblemBody)))]
pub(crate) async fn keep(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<NewTemplate>,
) -> Result<HttpResponse, Problem> {
    let NewTemplate { name, session } = body.into_inner();
    let name = label(&name, LABEL_MAX)
        .filter(|name| !name.is_empty())
        .ok_or(Problem::Limit("name"))?;
    let school = &at.room.establishment;
    let now = app.clock.now();
    check(&app, school, &at.signed.staff, session.clone(), now).await?;
    let new = Template {
        id: ids::letters(12),
        owner: at.signed.staff.clone(),
        name,
        body: serde_json::to_string(&session).unwrap_or_default(),
    };
    written(&app, &at, Act::Template, format!("template/{}", new.id)).await?;
    app.store.put_template(school, &new, now).await?;
    Ok(HttpResponse::Created().json(Made { id: new.id }))
}

/// Forgets a template.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/templates/{template}/remove", tag = "session",
    params(("room" = String, Path), ("template" = String, Path)), responses(
    (status = 204, description = "Forgotten"), (status = 404, description = "No such template", body = ProblemBody)))]
pub(crate) async fn remove(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, String)>,
) -> Result<HttpResponse, Problem> {
    let id = &path.1;
    written(&app, &at, Act::Template, format!("template/{id}")).await?;
    if app
        .store
        .remove_template(&at.room.establishment, id)
        .await?
    {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::NotFound)
    }
}

/// A session to open later, by itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlan {
    /// When the first one starts, on the school's clock: `2026-11-25T14:00`.
    starts: String,
    /// How many weeks in a row, at the same hour of the school's clock; 1 for once.
    #[serde(default = "once")]
    weeks: u16,
    session: NewSession,
}

fn once() -> u16 {
    1
}

/// Plans a session, once or every week: it opens and ends by itself.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/plans", tag = "session",
    params(("room" = String, Path)), request_body = NewPlan, responses(
    (status = 201, body = Made),
    (status = 409, description = "Something else is planned then", body = ProblemBody)))]
pub(crate) async fn plan(
    app: web::Data<App>,
    at: InRoom,
    body: web::Json<NewPlan>,
) -> Result<HttpResponse, Problem> {
    let NewPlan {
        starts,
        weeks,
        session,
    } = body.into_inner();
    let now = app.clock.now();
    let first = local(&app, &starts).ok_or(Problem::Limit("starts"))?;
    if first <= now || first - now > AHEAD_MAX {
        return Err(Problem::Limit("starts"));
    }
    if !(1..=WEEKS_MAX).contains(&weeks) {
        return Err(Problem::Limit("weeks"));
    }
    let school = &at.room.establishment;
    let checked = check(&app, school, &at.signed.staff, session.clone(), first).await?;
    let span = checked.ends - first;
    let series = ids::letters(12);
    let body = serde_json::to_string(&session).unwrap_or_default();
    let mut plans = Vec::new();
    for week in 0..weeks {
        let starts = weeks_later(&app, first, week).ok_or(Problem::Limit("weeks"))?;
        plans.push(Plan {
            id: ids::letters(12),
            series: series.clone(),
            establishment: school.clone(),
            room: at.room.id.clone(),
            owner: at.signed.staff.clone(),
            starts,
            ends: starts + span,
            body: body.clone(),
        });
    }
    free(&app, &at.room.id, &plans).await?;
    written(&app, &at, Act::Plan, format!("plan/{series}")).await?;
    app.store.add_plans(&plans).await?;
    Ok(HttpResponse::Created().json(Made { id: series }))
}

/// Whether no other plan, and no session that is on, lies across these.
async fn free(app: &App, room: &RoomId, plans: &[Plan]) -> Result<(), Problem> {
    let others = app.store.plans_of(room, app.clock.now()).await?;
    let handle = app.room(room).await?;
    let busy = handle
        .look(|glimpse| glimpse.room.and_then(vigie_room::Room::ends))
        .await?;
    for plan in plans {
        let across = others
            .iter()
            .find(|other| other.starts < plan.ends && plan.starts < other.ends);
        if let Some(across) = across {
            return Err(Problem::Overrun(time_of(app, across.starts)));
        }
        if busy.is_some_and(|ends| plan.starts < ends) {
            return Err(Problem::Limit("starts"));
        }
    }
    Ok(())
}

/// Which of the weeks are cancelled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancelling {
    /// Whether those that were planned together with it go too.
    #[serde(default)]
    together: bool,
}

/// Cancels a planned session.
#[utoipa::path(post, path = "/api/v1/rooms/{room}/plans/{plan}/cancel", tag = "session",
    params(("room" = String, Path), ("plan" = String, Path)), request_body = Cancelling, responses(
    (status = 204, description = "Cancelled"), (status = 404, description = "No such plan", body = ProblemBody)))]
pub(crate) async fn cancel(
    app: web::Data<App>,
    at: InRoom,
    path: web::Path<(RoomId, String)>,
    body: web::Json<Cancelling>,
) -> Result<HttpResponse, Problem> {
    let plans = app.store.plans_of(&at.room.id, app.clock.now()).await?;
    let chosen = plans
        .iter()
        .find(|plan| plan.id == path.1)
        .ok_or(Problem::NotFound)?;
    written(&app, &at, Act::CancelPlan, format!("plan/{}", chosen.id)).await?;
    for plan in &plans {
        if plan.id == chosen.id || (body.together && plan.series == chosen.series) {
            app.store.settle_plan(&plan.id, &Fate::Cancelled).await?;
        }
    }
    Ok(HttpResponse::NoContent().finish())
}

async fn written(app: &App, at: &InRoom, act: Act, subject: String) -> Result<(), Problem> {
    let school = &at.room.establishment;
    let mut entry = Entry::new(app.clock.now(), school, &at.signed.staff, act);
    entry.room = Some(at.room.id.clone());
    entry.subject = Some(subject);
    app.write_down(entry).await
}

#[cfg(test)]
mod tests {
    use super::site_of;

    #[test]
    fn a_site_is_the_host_of_what_was_written() {
        for (written, site) in [
            ("wikipedia.org", "wikipedia.org"),
            (" https://www.Vikidia.org/wiki/Volcan?x#y ", "vikidia.org"),
            ("écoles.example", "xn--coles-9ra.example"),
            ("10.0.0.7:8080/notes", "10.0.0.7"),
        ] {
            assert_eq!(site_of(written).as_deref(), Some(site), "{written}");
        }
        for written in [
            "",
            "volcan",
            "javascript:alert(1)",
            "ftp://a.example",
            "a b.example",
            "https://x:y@a.example",
        ] {
            assert_eq!(site_of(written), None, "{written}");
        }
    }
}
