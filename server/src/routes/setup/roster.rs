//! `…/pupils`, `…/roster/try`, `…/roster/apply`: the school's pupils, and a roster looked at before it is applied.
//!
//! What is applied is what was looked at: the answer to a try names its differences, and an application that would make others is
//! refused. Nobody is erased here: who left is marked, and retention erases them by its own rule.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_protocol::Private;

use super::write_down;
use crate::app::App;
use crate::audit::Act;
use crate::ids;
use crate::policy::{InSchool, ReaderLang};
use crate::problem::{Problem, ProblemBody};
use crate::retention;
use crate::roster::compare::full_name;
use crate::roster::{self, Change, Differences, Scope, Sheet};
use crate::store::people::Pupil;
use crate::texts::Lang;

/// The school's pupils.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pupils {
    pupils: Vec<PupilLine>,
}

/// A pupil of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct PupilLine {
    /// `BESSON Inès`.
    #[schema(value_type = String)]
    name: Private<String>,
    class: String,
    #[schema(value_type = Option<String>)]
    account: Option<Private<String>>,
    /// Set for one who left: when the name is erased.
    erased_ms: Option<i64>,
}

/// The school's pupils by class, those who left too until they are erased.
#[utoipa::path(get, path = "/api/v1/schools/{school}/pupils", tag = "set-up",
    params(("school" = String, Path)), responses((status = 200, body = Pupils)))]
pub(crate) async fn list(app: web::Data<App>, at: InSchool) -> Result<HttpResponse, Problem> {
    write_down(&app, &at, Act::LookPupils, (None, None)).await?;
    let kept = retention::left_span(app.config.retention);
    let pupils = app.store.pupils_of(&at.school).await?;
    let pupils = pupils
        .into_iter()
        .map(|one| PupilLine {
            name: full_name(&one.pupil),
            class: one.pupil.class,
            account: one.pupil.account,
            erased_ms: one.left.map(|at| (at + kept).0),
        })
        .collect();
    Ok(HttpResponse::Ok().json(Pupils { pupils }))
}

/// How a roster is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// `school`: the file holds all pupils. `classes`: all pupils of the classes that it names.
    scope: ScopeWord,
    /// For `apply`: the `seen` of the try that was looked at.
    #[serde(default)]
    seen: String,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScopeWord {
    School,
    Classes,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::School => Self::School,
            ScopeWord::Classes => Self::Classes,
        }
    }
}

/// What a roster would change, or what is wrong with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// At most 50; with any, nothing can be applied.
    faults: Vec<FaultLine>,
    /// `utf-8`, `windows-1252`, …; empty for a file with faults.
    encoding: String,
    /// `;`, `,` or a tab.
    separator: String,
    /// The file's head for each of `family`, `given`, `class`, `account`, `whole` that it has.
    heads: BTreeMap<&'static str, String>,
    rows: usize,
    added: Vec<Difference>,
    changed: Vec<Difference>,
    moved: Vec<Difference>,
    back: Vec<Difference>,
    missing: Vec<Difference>,
    same: usize,
    /// Names these differences, for `apply`.
    seen: String,
}

/// What is wrong at one place of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaultLine {
    line: u64,
    column: Option<usize>,
    words: String,
}

/// What happens to one pupil.
#[derive(Serialize, ToSchema)]
pub(crate) struct Difference {
    #[schema(value_type = String)]
    name: Private<String>,
    class: String,
    #[schema(value_type = Option<String>)]
    account: Option<Private<String>>,
    /// As it was: the class of one who moves, the name of one whose name changes.
    #[schema(value_type = Option<String>)]
    was: Option<Private<String>>,
}

/// Reads a roster and says what it would change; changes nothing.
#[utoipa::path(post, path = "/api/v1/schools/{school}/roster/try", tag = "set-up",
    params(("school" = String, Path), ("scope" = ScopeWord, Query), ("seen" = Option<String>, Query)), request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = Preview),
    (status = 413, description = "Longer than 2 MiB", body = ProblemBody)))]
pub(crate) async fn look(
    app: web::Data<App>,
    at: InSchool,
    how: web::Query<How>,
    file: web::Bytes,
    lang: ReaderLang,
) -> Result<HttpResponse, Problem> {
    let preview = match read(file).await? {
        Err(faults) => faulty(&faults, lang.0),
        Ok(sheet) => {
            write_down(&app, &at, Act::LookPupils, (None, None)).await?;
            let differences = differences(&app, &at, &sheet, how.scope.into()).await?;
            shown(sheet, differences)
        }
    };
    Ok(HttpResponse::Ok().json(preview))
}

/// Applies a roster whose differences were looked at.
#[utoipa::path(post, path = "/api/v1/schools/{school}/roster/apply", tag = "set-up",
    params(("school" = String, Path), ("scope" = ScopeWord, Query), ("seen" = Option<String>, Query)), request_body(content = String, content_type = "text/csv"), responses(
    (status = 204, description = "Applied"),
    (status = 409, description = "The differences are not those that were looked at", body = ProblemBody),
    (status = 413, description = "Longer than 2 MiB", body = ProblemBody)))]
pub(crate) async fn apply(
    app: web::Data<App>,
    at: InSchool,
    how: web::Query<How>,
    file: web::Bytes,
) -> Result<HttpResponse, Problem> {
    // A file with faults never had differences to look at.
    let sheet = read(file).await?.map_err(|_| Problem::RosterChanged)?;
    let differences = differences(&app, &at, &sheet, how.scope.into()).await?;
    if differences.seen() != how.seen {
        return Err(Problem::RosterChanged);
    }
    let subject = Some(format!(
        "roster/{}-{}",
        differences.put.len(),
        differences.missing.len()
    ));
    write_down(&app, &at, Act::ApplyRoster, (None, subject)).await?;
    let put = with_pseudonyms(differences.put);
    app.store
        .apply_roster(&put, &differences.missing, app.clock.now())
        .await?;
    for room in app.store.rooms_of(&at.school).await? {
        app.rooms.changed(&room.id).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Gives each new pupil a pseudonym.
pub(crate) fn with_pseudonyms(put: Vec<(Pupil, Change)>) -> Vec<Pupil> {
    put.into_iter()
        .map(|(mut pupil, change)| {
            if change == Change::Added {
                pupil.pseudonym = ids::pseudonym();
            }
            pupil
        })
        .collect()
}

/// Reading two megabytes takes a while: off the threads that serve.
async fn read(file: web::Bytes) -> Result<Result<Sheet, Vec<roster::Fault>>, Problem> {
    tokio::task::spawn_blocking(move || roster::read(&file))
        .await
        .map_err(|_| Problem::Internal)
}

async fn differences(
    app: &App,
    at: &InSchool,
    sheet: &Sheet,
    scope: Scope,
) -> Result<Differences, Problem> {
    let known = app.store.known_pupils(&at.school).await?;
    Ok(roster::compare(&at.school, &known, &sheet.lines, scope))
}

fn faulty(faults: &[roster::Fault], lang: Lang) -> Preview {
    Preview {
        faults: faults
            .iter()
            .map(|fault| FaultLine {
                line: fault.line,
                column: fault.column,
                words: fault.why.words(lang),
            })
            .collect(),
        ..empty()
    }
}

fn empty() -> Preview {
    Preview {
        faults: Vec::new(),
        encoding: String::new(),
        separator: String::new(),
        heads: BTreeMap::new(),
        rows: 0,
        added: Vec::new(),
        changed: Vec::new(),
        moved: Vec::new(),
        back: Vec::new(),
        missing: Vec::new(),
        same: 0,
        seen: String::new(),
    }
}

fn shown(sheet: Sheet, differences: Differences) -> Preview {
    let mut preview = Preview {
        encoding: sheet.encoding,
        separator: sheet.separator.to_string(),
        heads: sheet
            .heads
            .into_iter()
            .map(|(field, head)| (field.word(), head))
            .collect(),
        rows: sheet.lines.len(),
        same: differences.same,
        seen: differences.seen(),
        ..empty()
    };
    let line = |pupil: &Pupil, was| Difference {
        name: full_name(pupil),
        class: pupil.class.clone(),
        account: pupil.account.clone(),
        was,
    };
    for (pupil, change) in &differences.put {
        match change {
            Change::Added => preview.added.push(line(pupil, None)),
            Change::Back => preview.back.push(line(pupil, None)),
            Change::Moved { from } => {
                preview.moved.push(line(pupil, Some(from.clone().into())));
            }
            Change::Changed { name, .. } => {
                let was = (*name != full_name(pupil)).then(|| name.clone());
                preview.changed.push(line(pupil, was));
            }
        }
    }
    preview.missing = differences
        .missing
        .iter()
        .map(|pupil| line(pupil, None))
        .collect();
    preview
}
