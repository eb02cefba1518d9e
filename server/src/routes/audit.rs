//! `GET /api/v1/audit`: the log of adult acts on pupils' data, for the DPO. Reading it is an act too.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::{EstablishmentId, Private, Stamp};

use crate::app::App;
use crate::audit::{Act, Entry};
use crate::policy::{Permission, ReaderLang, Signed};
use crate::problem::{Problem, ProblemBody};
use crate::texts::{Lang, say};

/// Which page of the log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Acts before this moment; now when absent. `lang` is read by the gate.
    before_ms: Option<i64>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// One act.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    at_ms: i64,
    establishment: String,
    /// Who did it.
    #[schema(value_type = String)]
    who: Private<String>,
    /// The code word of the act: `look-sheet`, `command`, …
    act: String,
    /// The act in words.
    words: String,
    room: Option<String>,
    session: Option<String>,
    seat: Option<u16>,
    /// Whose data: empty when nobody was known at the seat, or when the person is erased.
    #[schema(value_type = String)]
    pupil: Private<String>,
    /// Which alert, help request or command.
    subject: Option<String>,
}

/// The newest acts first, at most 500; ask again with the last one's `at_ms` for those before.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit",
    params(("before_ms" = Option<i64>, Query, description = "Acts before this moment")),
    responses((status = 200, body = Vec<Line>), (status = 403, description = "Only a DPO", body = ProblemBody)))]
pub(crate) async fn list(
    app: web::Data<App>,
    signed: Signed,
    lang: ReaderLang,
    page: web::Query<Page>,
) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let schools = signed.where_may(Permission::ReadAudit);
    for school in &schools {
        app.write_down(Entry::new(now, school, &signed.staff, Act::ReadAudit))
            .await?;
    }
    let before = page.before_ms.map_or(now, Stamp);
    let entries = app.audit.read(schools, before).await.map_err(|error| {
        tracing::error!(
            error = crate::problem::cause(&error),
            "the audit log could not be read"
        );
        Problem::Unavailable
    })?;
    let lines: Vec<Line> = entries
        .into_iter()
        .map(|entry| line(&app, lang.0, entry))
        .collect();
    Ok(HttpResponse::Ok().json(lines))
}

fn line(app: &App, lang: Lang, entry: Entry) -> Line {
    let names = app.store.names(&entry.establishment);
    let pupil = entry.pupil.as_ref().and_then(|id| names.pupils.get(id));
    Line {
        at_ms: entry.at.0,
        establishment: EstablishmentId::to_string(&entry.establishment),
        who: names
            .staff
            .get(&entry.staff)
            .cloned()
            // Somebody whose grants were taken away is still answerable by their id.
            .unwrap_or_else(|| Private::new(entry.staff.to_string())),
        words: say(lang, &format!("audit-{}", entry.act), &[]),
        act: entry.act,
        room: entry.room.map(|id| id.to_string()),
        session: entry.session.map(|id| id.to_string()),
        seat: entry.seat.map(|seat| seat.0),
        pupil: pupil.map(|name| name.full.clone()).unwrap_or_default(),
        subject: entry.subject,
    }
}
