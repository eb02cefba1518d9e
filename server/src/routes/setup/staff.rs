//! `…/staff`: the adults of a school, what each may there, and their one-time passwords.
//!
//! A school answers for its own: a person who works elsewhere too keeps their name, their password and their other roles, whatever
//! is done here. One administrator is always left.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{EstablishmentId, Private, StaffId};

use super::{clean, sure, write_down};
use crate::app::App;
use crate::audit::Act;
use crate::auth;
use crate::bus::Notice;
use crate::ids;
use crate::policy::{InSchool, Role};
use crate::problem::{Problem, ProblemBody};
use crate::setup::{self, Form, Why};
use crate::store::people::Staff;
use crate::store::setup::Colleague;

/// Letters of a one-time password: five bits each, and it can be read aloud.
const ONCE_LETTERS: usize = 16;

/// An adult of the school.
#[derive(Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the screen shows"
)]
pub(crate) struct ColleagueView {
    staff: String,
    login: String,
    #[schema(value_type = String)]
    name: Private<String>,
    roles: Vec<&'static str>,
    /// Receives messages of distress.
    distress: bool,
    /// Has a role in another school too: name and password are not changed from here.
    elsewhere: bool,
    /// The reader.
    me: bool,
    /// Has a one-time password that was not used yet.
    once: bool,
}

/// The adults of the school, by name.
#[utoipa::path(get, path = "/api/v1/schools/{school}/staff", tag = "set-up",
    params(("school" = String, Path)), responses((status = 200, body = Vec<ColleagueView>)))]
pub(crate) async fn list(app: web::Data<App>, at: InSchool) -> Result<HttpResponse, Problem> {
    let colleagues = app.store.colleagues(&at.school).await?;
    let lines: Vec<ColleagueView> = colleagues
        .into_iter()
        .map(|one| ColleagueView {
            me: one.staff.id == at.signed.staff,
            once: one.staff.once.is_some(),
            staff: one.staff.id.to_string(),
            login: one.staff.login,
            name: one.staff.name,
            roles: one.roles.into_iter().map(Role::word).collect(),
            distress: one.distress,
            elsewhere: one.elsewhere,
        })
        .collect();
    Ok(HttpResponse::Ok().json(lines))
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdult {
    /// The name to sign in with.
    login: String,
    #[schema(value_type = String)]
    name: Private<String>,
    /// `assistant`, `teacher`, `documentalist`, `referent`, `head`, `dpo`, `admin`.
    roles: Vec<String>,
    distress: bool,
    /// Somebody of another school signs in by this name, and it is them.
    #[serde(default)]
    same: bool,
}

/// What an adult is to be in the school.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adult {
    #[schema(value_type = String)]
    name: Private<String>,
    roles: Vec<String>,
    distress: bool,
}

/// Who was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct Added {
    staff: String,
    /// The one-time password, shown once; none for somebody who has a password already.
    #[schema(value_type = Option<String>)]
    password: Option<Private<String>>,
}

/// A password that is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Once {
    #[schema(value_type = String)]
    password: Private<String>,
}

/// Adds an adult with roles here, and a one-time password.
#[utoipa::path(post, path = "/api/v1/schools/{school}/staff", tag = "set-up",
    params(("school" = String, Path)), request_body = NewAdult, responses(
    (status = 201, body = Added),
    (status = 422, description = "Fields are wrong", body = ProblemBody)))]
pub(crate) async fn add(
    app: web::Data<App>,
    at: InSchool,
    body: web::Json<NewAdult>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let mut form = Form::default();
    let login = form.take("login", setup::login(&body.login));
    let name = form.take("name", setup::name(body.name.reveal()));
    let roles = form.take("roles", roles_of(&body.roles));
    let known = match &login {
        Some(login) => app.store.staff_by_login(login).await?,
        None => None,
    };
    // Somebody whose access ended, wherever it was, is nobody's: they come back by a new one-time password.
    let mut ended = false;
    if let Some(known) = &known {
        let grants = app.store.grants_of(&known.id).await?;
        ended = grants.is_empty();
        if grants.contains_key(&at.school) {
            form.fault("login", Why::Taken);
        } else if !ended && (!body.same || known.disabled) {
            form.fault("login", Why::Elsewhere);
        }
    }
    clean(form)?;
    let roles = sure(roles)?;
    let (id, password) = match known {
        Some(known) if !ended => (known.id, None),
        Some(known) => {
            note(&app, &at, Act::AddStaff, &known.id).await?;
            app.store
                .rename_staff(&known.id, &Private::new(sure(name)?))
                .await?;
            let password = once(&app, &known.id).await?;
            app.store.disable_staff(&known.id, None).await?;
            (known.id, Some(password))
        }
        None => {
            let password = Private::new(ids::letters(ONCE_LETTERS));
            let sealed = app.auth.seal(password.clone()).await?;
            let new = Staff {
                id: StaffId::new(ids::letters(12)),
                login: sure(login)?,
                name: sure(name)?.into(),
                password: sealed,
                disabled: false,
                once: Some(app.clock.now() + auth::ONCE),
            };
            note(&app, &at, Act::AddStaff, &new.id).await?;
            app.store.add_staff(&new).await?;
            (new.id, Some(password))
        }
    };
    give(&app, &at, &id, (&BTreeSet::new(), &roles)).await?;
    set_distress(&app, &at, &id, (false, body.distress)).await?;
    Ok(HttpResponse::Created().json(Added {
        staff: id.to_string(),
        password,
    }))
}

/// Changes what an adult is here.
#[utoipa::path(post, path = "/api/v1/schools/{school}/staff/{staff}", tag = "set-up",
    params(("school" = String, Path), ("staff" = String, Path)), request_body = Adult, responses(
    (status = 204, description = "Changed; pages that leaned on a role that went close"),
    (status = 404, description = "Nobody of this school", body = ProblemBody),
    (status = 409, description = "The last administrator", body = ProblemBody),
    (status = 422, description = "Fields are wrong", body = ProblemBody)))]
pub(crate) async fn change(
    app: web::Data<App>,
    at: InSchool,
    path: web::Path<(EstablishmentId, StaffId)>,
    body: web::Json<Adult>,
) -> Result<HttpResponse, Problem> {
    let colleagues = colleagues(&app, &at).await?;
    let one = colleagues.get(&path.1).ok_or(Problem::NotFound)?;
    let mut form = Form::default();
    let name = form.take("name", setup::name(body.name.reveal()));
    let roles = form.take("roles", roles_of(&body.roles));
    clean(form)?;
    let (name, roles) = (Private::new(sure(name)?), sure(roles)?);
    let renamed = name != one.staff.name;
    if renamed && one.elsewhere {
        return Err(Problem::Elsewhere);
    }
    if !roles.contains(&Role::Admin) {
        spare_last_admin(&colleagues, &path.1)?;
    }
    if renamed {
        note(&app, &at, Act::ChangeStaff, &path.1).await?;
        app.store.rename_staff(&path.1, &name).await?;
    }
    give(&app, &at, &path.1, (&one.roles, &roles)).await?;
    set_distress(&app, &at, &path.1, (one.distress, body.distress)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives an adult a one-time password in place of the one they have; their logins end at once.
#[utoipa::path(post, path = "/api/v1/schools/{school}/staff/{staff}/password", tag = "set-up",
    params(("school" = String, Path), ("staff" = String, Path)), responses(
    (status = 200, body = Once),
    (status = 404, description = "Nobody of this school", body = ProblemBody),
    (status = 409, description = "They work in another school too", body = ProblemBody)))]
pub(crate) async fn reset(
    app: web::Data<App>,
    at: InSchool,
    path: web::Path<(EstablishmentId, StaffId)>,
) -> Result<HttpResponse, Problem> {
    let colleagues = colleagues(&app, &at).await?;
    let one = colleagues.get(&path.1).ok_or(Problem::NotFound)?;
    if one.elsewhere {
        return Err(Problem::Elsewhere);
    }
    note(&app, &at, Act::ResetPassword, &path.1).await?;
    let password = once(&app, &path.1).await?;
    end_logins(&app, &path.1).await?;
    Ok(HttpResponse::Ok().json(Once { password }))
}

/// Takes every role here away. Whoever has none elsewhere cannot sign in any more.
#[utoipa::path(post, path = "/api/v1/schools/{school}/staff/{staff}/end", tag = "set-up",
    params(("school" = String, Path), ("staff" = String, Path)), responses(
    (status = 204, description = "Ended; their pages close"),
    (status = 404, description = "Nobody of this school", body = ProblemBody),
    (status = 409, description = "The last administrator", body = ProblemBody)))]
pub(crate) async fn end(
    app: web::Data<App>,
    at: InSchool,
    path: web::Path<(EstablishmentId, StaffId)>,
) -> Result<HttpResponse, Problem> {
    let colleagues = colleagues(&app, &at).await?;
    let one = colleagues.get(&path.1).ok_or(Problem::NotFound)?;
    spare_last_admin(&colleagues, &path.1)?;
    note(&app, &at, Act::EndStaff, &path.1).await?;
    set_distress(&app, &at, &path.1, (one.distress, false)).await?;
    for role in &one.roles {
        app.store.ungrant(&path.1, &at.school, *role).await?;
    }
    if !one.elsewhere {
        app.store
            .disable_staff(&path.1, Some(app.clock.now()))
            .await?;
        end_logins(&app, &path.1).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

async fn colleagues(app: &App, at: &InSchool) -> Result<BTreeMap<StaffId, Colleague>, Problem> {
    let all = app.store.colleagues(&at.school).await?;
    Ok(all
        .into_iter()
        .map(|one| (one.staff.id.clone(), one))
        .collect())
}

fn roles_of(words: &[String]) -> Result<BTreeSet<Role>, Why> {
    let roles: Result<BTreeSet<Role>, _> = words.iter().map(|word| word.parse()).collect();
    roles
        .ok()
        .filter(|roles| !roles.is_empty())
        .ok_or(Why::NoRole)
}

/// Refuses what would leave a school that nobody can set up.
fn spare_last_admin(
    colleagues: &BTreeMap<StaffId, Colleague>,
    but: &StaffId,
) -> Result<(), Problem> {
    let was = colleagues
        .get(but)
        .is_some_and(|one| one.roles.contains(&Role::Admin));
    let others = colleagues
        .iter()
        .any(|(id, one)| id != but && !one.staff.disabled && one.roles.contains(&Role::Admin));
    if was && !others {
        return Err(Problem::LastAdmin);
    }
    Ok(())
}

/// Grants what is new, and takes away what is not there any more.
async fn give(
    app: &App,
    at: &InSchool,
    id: &StaffId,
    (before, now): (&BTreeSet<Role>, &BTreeSet<Role>),
) -> Result<(), Problem> {
    for role in now.difference(before) {
        note(app, at, Act::Grant, id).await?;
        app.store.grant(id, &at.school, *role).await?;
    }
    for role in before.difference(now) {
        note(app, at, Act::Ungrant, id).await?;
        app.store.ungrant(id, &at.school, *role).await?;
    }
    Ok(())
}

/// Gives an adult a one-time password in place of the one they have.
async fn once(app: &App, id: &StaffId) -> Result<Private<String>, Problem> {
    let password = Private::new(ids::letters(ONCE_LETTERS));
    let sealed = app.auth.seal(password.clone()).await?;
    let ends = app.clock.now() + auth::ONCE;
    app.store.set_password(id, &sealed, Some(ends)).await?;
    Ok(password)
}

async fn set_distress(
    app: &App,
    at: &InSchool,
    id: &StaffId,
    (before, now): (bool, bool),
) -> Result<(), Problem> {
    if before == now {
        return Ok(());
    }
    note(app, at, Act::ChangeStaff, id).await?;
    if now {
        app.store.name_distress_receiver(&at.school, id).await?;
    } else {
        app.store.spare_distress_receiver(&at.school, id).await?;
    }
    Ok(())
}

async fn end_logins(app: &App, id: &StaffId) -> Result<(), Problem> {
    let ended = app
        .store
        .revoke_logins_of(id, None, app.clock.now())
        .await?;
    for login in ended {
        app.rooms.bus().tell(Notice::LoginEnded { login });
    }
    Ok(())
}

/// Writes down what is done to an adult: by their id, never by their name.
async fn note(app: &App, at: &InSchool, act: Act, on: &StaffId) -> Result<(), Problem> {
    write_down(app, at, act, (None, Some(format!("staff/{on}")))).await
}
