//! Every migrator on SQLite: up, again, down, and up once more.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use vigie_migrations::{Alerts, Audit, Days, Tables};

async fn names(db: &DatabaseConnection) -> Vec<String> {
    let rows = db
        .query_all_raw(Statement::from_string(
            DbBackend::Sqlite,
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
        ))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index::<String>(0).unwrap())
        .filter(|name| !name.contains("migrations") && !name.starts_with("sqlite_"))
        .collect()
}

async fn try_out<M: MigratorTrait>(expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("some.sqlite").display()
    );
    let db = Database::connect(url).await.unwrap();
    M::up(&db, None).await.unwrap();
    M::up(&db, None).await.unwrap();
    assert_eq!(names(&db).await, expected);
    M::down(&db, None).await.unwrap();
    assert!(names(&db).await.is_empty());
    M::up(&db, None).await.unwrap();
    assert_eq!(names(&db).await, expected);
}

#[tokio::test]
async fn each_migrator_makes_its_tables_and_takes_them_away() {
    try_out::<Tables>(&[
        "audit_heads",
        "changes",
        "charters",
        "counts",
        "distress_receivers",
        "enrolment_tokens",
        "establishments",
        "first_codes",
        "grants",
        "guests",
        "links",
        "lists",
        "logins",
        "phrases",
        "plans",
        "pupils",
        "rooms",
        "seats",
        "sessions",
        "staff",
        "templates",
        "workstations",
    ])
    .await;
    try_out::<Days>(&["heads", "runs"]).await;
    try_out::<Alerts>(&["alerts", "projected"]).await;
    try_out::<Audit>(&["audit"]).await;
}
