//! What the server does by itself from time to time. Takes no input and may run at any moment, twice or not at all: every task
//! here looks at what is and makes it what it should be.
//!
//! Owns the schedule. Never decides what is kept how long: [`crate::retention`].

use actix_web::web;
use vigie_protocol::{Day, SessionId, Span, Stamp};

use super::App;
use crate::bus::Notice;
use crate::problem::Problem;
use crate::retention;
use crate::routes::{prepare, session};
use crate::store::planned::{Fate, Plan};
use crate::wire::Looked;

/// Names are read again this often: another process (the command line) may have changed them.
const NAMES: Span = Span::seconds(20);
/// Planned sessions are looked for this often: none starts later than that.
const PLANS: Span = Span::seconds(5);
/// How long a planned session is tried when it cannot open, as while another one ends.
const PATIENCE: Span = Span::minutes(10);
/// Retention runs this often; what it erases is told by the day.
const RETENTION: Span = Span::minutes(60);
/// The audit log is proved this often, and at the start.
const PROOF: Span = Span::minutes(24 * 60);
/// Changes of rights that another process made are looked for this often; our own are seen at once.
const RIGHTS: Span = Span::seconds(1);

/// Runs until it is aborted.
pub(super) async fn run(app: web::Data<App>) {
    let start = app.clock.now();
    // At once: a server that was down for a month starts by erasing.
    let (mut retention_next, mut proof_next) = (start, start);
    let (mut names_next, mut rights_next) = (start + NAMES, start + RIGHTS);
    let mut rights_seen = app.store.rights_changes().await.unwrap_or_default();
    let mut complained = None;
    let mut plans_next = start;
    loop {
        if app.clock.now() >= retention_next {
            retention_next = app.clock.now() + RETENTION;
            erase(&app).await;
        }
        if app.clock.now() >= proof_next {
            proof_next = app.clock.now() + PROOF;
            prove(&app).await;
        }
        if app.clock.now() >= names_next {
            names_next = app.clock.now() + NAMES;
            refresh(&app).await;
            certificate(&app);
            complain(&app, &mut complained);
        }
        if app.clock.now() >= rights_next {
            rights_next = app.clock.now() + RIGHTS;
            rights_seen = look_at_rights(&app, rights_seen).await;
        }
        if app.clock.now() >= plans_next {
            plans_next = app.clock.now() + PLANS;
            begin_planned(&app).await;
        }
        let next = names_next
            .min(retention_next)
            .min(rights_next)
            .min(proof_next)
            .min(plans_next);
        tokio::select! {
            () = app.clock.until(next) => {}
            () = app.store.rights_changed() => {
                rights_seen = look_at_rights(&app, rights_seen).await;
            }
        }
    }
}

/// Tells whatever leans on rights to look at its own, when some changed.
async fn look_at_rights(app: &App, seen: i64) -> i64 {
    match app.store.rights_changes().await {
        Ok(now) => {
            if now != seen {
                app.rooms.bus().tell(Notice::RightsChanged);
            }
            now
        }
        Err(error) => {
            tracing::warn!(error = %error, cause = %error.source, "changes of rights cannot be seen");
            seen
        }
    }
}

/// Reads the audit log against its chain; a fault is for the operator and the DPO, and stops nothing.
async fn prove(app: &App) {
    match app.audit.verify(None).await {
        Ok(verified) => {
            for fault in &verified.faults {
                tracing::error!(%fault, "the audit log was tampered with; `vigie audit verify` says more");
            }
        }
        Err(error) => tracing::error!(
            error = crate::problem::cause(&error),
            "the audit log could not be proved"
        ),
    }
}

/// Opens every session whose time has come. One that cannot open is tried again for a while, and is then missed, with a word in the
/// log.
async fn begin_planned(app: &App) {
    let now = app.clock.now();
    let due = match app.store.plans_due(now).await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(
                error = crate::problem::cause(&error),
                "planned sessions could not be read; they are tried again"
            );
            return;
        }
    };
    for plan in due {
        let fate = match begin_one(app, &plan, now).await {
            Ok(session) => Fate::Started(session),
            Err(problem) if now < (plan.starts + PATIENCE).min(plan.ends) => {
                tracing::warn!(plan = plan.id, %problem, "a planned session could not open yet");
                continue;
            }
            Err(problem) => {
                tracing::error!(plan = plan.id, %problem, "a planned session is missed");
                Fate::Missed
            }
        };
        if let Err(error) = app.store.settle_plan(&plan.id, &fate).await {
            tracing::error!(
                plan = plan.id,
                error = crate::problem::cause(&error),
                "what became of a plan is not written"
            );
        }
    }
}

async fn begin_one(app: &App, plan: &Plan, now: Stamp) -> Result<SessionId, Problem> {
    let new =
        serde_json::from_str(&plan.body).map_err(|error| Problem::Malformed(error.to_string()))?;
    let mut checked = prepare::check(app, &plan.establishment, &plan.owner, new, now).await?;
    // However late it opens, it ends when it was to end.
    checked.ends = plan.ends;
    if plan.ends <= now {
        return Err(Problem::Limit("minutes"));
    }
    let place = (&plan.establishment, &plan.room);
    session::begin(app, place, &plan.owner, checked, Some(&plan.id)).await
}

async fn erase(app: &App) {
    let engine = app.rooms.engine();
    // Before the events go: what they owe the projection is drawn while they are there.
    if let Err(error) = engine.alerts.sweep(&engine.journal).await {
        tracing::error!(
            error = crate::problem::cause(&error),
            "alerts could not be projected; they are tried again"
        );
    }
    let kept = retention::Kept {
        journal: app.rooms.engine().journal.clone(),
        audit: app.audit.clone(),
        store: app.store.clone(),
        alerts: app.rooms.engine().alerts.clone(),
    };
    match retention::run(&kept, app.config.retention, &app.clock).await {
        Ok(gone) if gone.is_empty() => {}
        Ok(gone) => tracing::info!(
            days = gone.days,
            alerts = gone.alerts,
            months = gone.months,
            logins = gone.logins,
            pupils = gone.pupils,
            "retention erased what was due"
        ),
        Err(error) => tracing::error!(
            error = crate::problem::cause(&error),
            "retention could not erase what is due; it tries again"
        ),
    }
}

/// Takes up a certificate that was exchanged or has to be made anew.
pub(super) fn certificate(app: &App) {
    let Some(certificates) = &app.certificates else {
        return;
    };
    match certificates.look(app.clock.now()) {
        Ok(Looked::Same) => {}
        Ok(Looked::Taken) => tracing::info!("a new certificate is shown from now on"),
        Err(error) => tracing::error!(
            error = crate::problem::cause(&error),
            "the new certificate cannot be used; the one before stays"
        ),
    }
}

/// Says once a day that a certificate which only a person can exchange is about to end.
fn complain(app: &App, complained: &mut Option<Day>) {
    let now = app.clock.now();
    let soon = app
        .certificates
        .as_ref()
        .and_then(|certificates| certificates.ends_soon(now));
    let today = app.clock.day(now);
    if let Some(ends) = soon
        && *complained != Some(today)
    {
        *complained = Some(today);
        let days = (ends - now).0.div_euclid(Span::minutes(24 * 60).0);
        tracing::warn!(days, "the certificate ends soon: exchange its files");
    }
}

async fn refresh(app: &App) {
    if let Err(error) = app.auth.reload() {
        tracing::error!(
            error = crate::problem::cause(&error),
            "the signing keys could not be read again"
        );
    }
    match app.store.refresh_names().await {
        Ok(changed) => {
            for school in changed {
                for room in app.store.rooms_of(&school).await.unwrap_or_default() {
                    app.rooms.changed(&room.id).await;
                }
            }
        }
        Err(error) => {
            tracing::warn!(error = %error, cause = %error.source, "the names could not be read again");
        }
    }
}
