//! One day of alerts as a SQLite file. Owns its rows; `migrations/src/alerts.rs` owns their shape.

use std::collections::BTreeMap;
use std::path::Path;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DatabaseConnection, DbErr, EntityTrait, TransactionTrait};
use vigie_filters::{Evidence, Severity};
use vigie_migrations::{Alerts as Tables, MigratorTrait};
use vigie_protocol::{Day, Rev, SessionId};
use vigie_room::picture::{Alert, AlertState};

use super::{AlertsError, Drawing};
use crate::store::open_sqlite;

mod alert {
    #![allow(
        unreachable_pub,
        reason = "what the derive makes is public inside this private module"
    )]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "alerts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub rev: i64,
        pub establishment: String,
        pub room: String,
        pub seat: i16,
        pub pupil: Option<String>,
        pub opened_ms: i64,
        pub last_ms: i64,
        pub times: i32,
        pub blocked: bool,
        pub state: String,
        pub rule: String,
        pub article: String,
        pub severity: String,
        #[sea_orm(column_type = "Text")]
        pub evidence: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod projected {
    #![allow(
        unreachable_pub,
        reason = "what the derive makes is public inside this private module"
    )]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "projected")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session: String,
        pub rev: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A day's connection.
pub(super) struct Open {
    db: DatabaseConnection,
}

impl Open {
    pub(super) async fn open(file: &Path, day: Day) -> Result<Self, AlertsError> {
        let db = open_sqlite(file, 1).await.map_err(failed(day, "open"))?;
        Tables::up(&db, None).await.map_err(failed(day, "open"))?;
        Ok(Self { db })
    }

    pub(super) async fn close(self) {
        if let Err(error) = self.db.close().await {
            tracing::warn!(%error, "a day of alerts was not closed in order");
        }
    }

    /// Writes drawings in one transaction; the newest drawing of an alert counts.
    pub(super) async fn write(&self, day: Day, drawings: &[Drawing]) -> Result<(), AlertsError> {
        self.write_all(drawings).await.map_err(failed(day, "write"))
    }

    async fn write_all(&self, drawings: &[Drawing]) -> Result<(), DbErr> {
        let all = self.db.begin().await?;
        let rows: Vec<alert::ActiveModel> = drawings
            .iter()
            .flat_map(|drawing| drawing.alerts.iter().map(|alert| row(drawing, alert)))
            .collect();
        // Well under SQLite's 32,766 binds.
        for some in rows.chunks(500) {
            alert::Entity::insert_many(some.to_vec())
                .on_conflict(
                    OnConflict::columns([alert::Column::Session, alert::Column::Rev])
                        .update_columns([
                            alert::Column::LastMs,
                            alert::Column::Times,
                            alert::Column::Blocked,
                            alert::Column::State,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(&all)
                .await?;
        }
        for drawing in drawings {
            let Some(whole) = &drawing.whole else {
                continue;
            };
            projected::Entity::insert(projected::ActiveModel {
                session: Set(drawing.session.to_string()),
                rev: Set(i64::try_from(whole.rev.0).unwrap_or(i64::MAX)),
            })
            .on_conflict(
                OnConflict::column(projected::Column::Session)
                    .update_column(projected::Column::Rev)
                    .to_owned(),
            )
            .exec_without_returning(&all)
            .await?;
        }
        all.commit().await
    }

    /// Up to where each closed session is drawn.
    pub(super) async fn swept(&self, day: Day) -> Result<BTreeMap<SessionId, Rev>, AlertsError> {
        let rows = projected::Entity::find()
            .all(&self.db)
            .await
            .map_err(failed(day, "read"))?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let rev = Rev(u64::try_from(row.rev).ok()?);
                Some((row.session.parse().ok()?, rev))
            })
            .collect())
    }
}

fn failed(day: Day, doing: &'static str) -> impl FnOnce(DbErr) -> AlertsError {
    move |source| AlertsError::Database { day, doing, source }
}

fn row(drawing: &Drawing, alert: &Alert) -> alert::ActiveModel {
    alert::ActiveModel {
        session: Set(drawing.session.to_string()),
        rev: Set(i64::try_from(alert.alert.0).unwrap_or(i64::MAX)),
        establishment: Set(drawing.establishment.to_string()),
        room: Set(drawing.room.to_string()),
        seat: Set(i16::try_from(alert.seat.0).unwrap_or(i16::MAX)),
        pupil: Set(alert.pupil.as_ref().map(ToString::to_string)),
        opened_ms: Set(alert.opened.0),
        last_ms: Set(alert.last.0),
        times: Set(i32::try_from(alert.times).unwrap_or(i32::MAX)),
        blocked: Set(alert.blocked),
        state: Set(state(alert.state).to_owned()),
        rule: Set(alert.verdict.rule.to_string()),
        article: Set(alert.verdict.article.clone()),
        severity: Set(severity(alert.verdict.severity).to_owned()),
        evidence: Set(evidence(&alert.verdict.evidence)),
    }
}

fn state(state: AlertState) -> &'static str {
    match state {
        AlertState::Open => "open",
        AlertState::Acknowledged => "acknowledged",
        AlertState::Dismissed => "dismissed",
        AlertState::Contested => "contested",
        AlertState::Raised => "raised",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Distress => "distress",
    }
}

/// The words that matched and no more of the message; of a threshold, its count.
fn evidence(evidence: &Evidence) -> String {
    let text = evidence.text.reveal();
    let matched: Vec<&str> = evidence
        .spans
        .iter()
        .filter_map(|&(from, to)| text.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?))
        .collect();
    if matched.is_empty() {
        evidence.by.clone()
    } else {
        matched.join(" … ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matched_is_kept() {
        let said = Evidence {
            text: "hier Tom m'a traité de bouffon devant tous"
                .to_owned()
                .into(),
            spans: vec![(24, 31)],
            by: "bouffon".to_owned(),
            ..Evidence::default()
        };
        assert_eq!(evidence(&said), "bouffon");
        let count = Evidence {
            by: "5 en 10 min".to_owned(),
            ..Evidence::default()
        };
        assert_eq!(evidence(&count), "5 en 10 min");
    }
}
