//! `GET /api/v1/first`, `POST /api/v1/first`: a server that nobody can sign in to yet gets its school and its administrator.
//!
//! The code that the terminal showed is the only proof there is, so it is tried last: a slip in another field costs no try.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{Private, StaffId};

use super::{clean, sure};
use crate::app::App;
use crate::audit::{Act, Entry};
use crate::auth::password::{PASSWORD_MAX, PASSWORD_MIN, Weak, hash_password, weakness};
use crate::config::ZONE;
use crate::ids;
use crate::problem::{Problem, ProblemBody};
use crate::setup::{self, Form, Why};
use crate::store::people::Staff;
use crate::store::setup::School;

/// Whether the server waits for its first administrator.
#[derive(Serialize, ToSchema)]
pub(crate) struct Needed {
    needed: bool,
    /// The time zone until a school says otherwise.
    zone: String,
}

/// Says whether the set-up has yet to begin.
#[utoipa::path(get, path = "/api/v1/first", tag = "set-up", responses((status = 200, body = Needed)))]
pub(crate) async fn needed(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(Needed {
        needed: !app.store.somebody_can_sign_in().await?,
        zone: app.config.zone.clone().unwrap_or_else(|| ZONE.to_owned()),
    }))
}

/// The school and its first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct First {
    /// As the terminal printed it.
    #[schema(value_type = String, example = "K7F4-A03B")]
    code: Private<String>,
    /// The school's UAI code, its letter checked.
    #[schema(example = "0310001H")]
    uai: String,
    school: String,
    #[schema(example = "Europe/Paris")]
    zone: String,
    /// The name to sign in with.
    login: String,
    /// The name that colleagues read.
    #[schema(value_type = String)]
    name: Private<String>,
    /// At least 12 characters.
    #[schema(value_type = String)]
    password: Private<String>,
}

/// The school that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Made {
    school: String,
}

/// Makes the first school and its administrator, who then signs in as anybody does.
#[utoipa::path(post, path = "/api/v1/first", tag = "set-up", request_body = First, responses(
    (status = 201, body = Made),
    (status = 404, description = "Somebody can sign in already", body = ProblemBody),
    (status = 422, description = "Fields are wrong: each has its words, the code too", body = ProblemBody)))]
pub(crate) async fn make(
    app: web::Data<App>,
    body: web::Json<First>,
) -> Result<HttpResponse, Problem> {
    if app.store.somebody_can_sign_in().await? {
        return Err(Problem::NotFound);
    }
    let body = body.into_inner();
    let mut form = Form::default();
    let uai = form.take("uai", setup::uai(&body.uai));
    let school = form.take("school", setup::name(&body.school));
    let zone = form.take("zone", setup::zone(&body.zone));
    let login = form.take("login", setup::login(&body.login));
    let name = form.take("name", setup::name(body.name.reveal()));
    let own = [&body.login, body.name.reveal(), &body.school].map(String::as_str);
    form.take("password", acceptable(&body.password, &own));
    if body.code.reveal().trim().is_empty() {
        form.fault("code", Why::Empty);
    }
    clean(form)?;
    let school = School {
        id: sure(uai)?,
        name: sure(school)?,
        zone: zone.clone(),
    };
    let now = app.clock.now();
    let code = app
        .store
        .try_first_code(now)
        .await?
        .ok_or_else(|| Problem::Fields(vec![Why::CodeOver.of("code")]))?;
    let (typed, hash, password) = (body.code, code.hash.clone(), body.password);
    // Two argon2id: off the threads that serve.
    let sealed = tokio::task::spawn_blocking(move || {
        setup::first::fits(typed.reveal(), &hash).then(|| hash_password(&password))
    })
    .await
    .map_err(|_| Problem::Internal)?;
    let Some(password) = sealed else {
        tracing::warn!(
            left = code.tries_left,
            "a wrong code of the first run was typed"
        );
        let why = match code.tries_left {
            0 => Why::CodeOver,
            left => Why::Code(left),
        };
        return Err(Problem::Fields(vec![why.of("code")]));
    };
    let admin = Staff {
        id: StaffId::new(ids::letters(12)),
        login: sure(login)?,
        name: sure(name)?.into(),
        password: sure(password)?,
        disabled: false,
        once: None,
    };
    app.write_down(Entry::new(now, &school.id, &admin.id, Act::SetUpSchool))
        .await?;
    if !app.store.put_first(&code.hash, &school, &admin).await? {
        return Err(Problem::NotFound);
    }
    app.tell_zone().await?;
    tracing::info!(school = %school.id, "the first administrator was made");
    Ok(HttpResponse::Created().json(Made {
        school: school.id.to_string(),
    }))
}

/// Whether this adult may choose this password.
fn acceptable(password: &Private<String>, own: &[&str]) -> Result<(), Why> {
    if password.reveal().is_empty() {
        return Err(Why::Empty);
    }
    match weakness(password, own) {
        None => Ok(()),
        Some(Weak::Short) => Err(Why::Short(PASSWORD_MIN)),
        Some(Weak::Long) => Err(Why::Long(PASSWORD_MAX)),
        Some(Weak::Common | Weak::Own) => Err(Why::Weak),
    }
}
