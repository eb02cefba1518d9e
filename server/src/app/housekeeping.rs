//! What the server does by itself from time to time. Takes no input and may run at any moment, twice or not at all: every task
//! here looks at what is and makes it what it should be.
//!
//! Owns the schedule. Never decides what is kept how long: [`crate::retention`].

use actix_web::web;
use vigie_protocol::Span;

use super::App;
use crate::retention;

/// Names are read again this often: another process (the command line) may have changed them.
const NAMES: Span = Span::seconds(20);
/// Retention runs this often; what it erases is told by the day.
const RETENTION: Span = Span::minutes(60);

/// Runs until it is aborted.
pub(super) async fn run(app: web::Data<App>) {
    let mut names_next = app.clock.now() + NAMES;
    // At once: a server that was down for a month starts by erasing.
    let mut retention_next = app.clock.now();
    loop {
        if app.clock.now() >= retention_next {
            retention_next = app.clock.now() + RETENTION;
            erase(&app).await;
        }
        if app.clock.now() >= names_next {
            names_next = app.clock.now() + NAMES;
            refresh(&app).await;
        }
        app.clock.until(names_next.min(retention_next)).await;
    }
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
            "retention erased what was due"
        ),
        Err(error) => tracing::error!(
            error = crate::problem::cause(&error),
            "retention could not erase what is due; it tries again"
        ),
    }
}

async fn refresh(app: &App) {
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
