//! The first main tables. Moments are milliseconds since 1970 (`…_ms`), ids are text as the wire writes them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, small_integer, small_integer_null, string, string_null,
    text,
};

/// The first main tables.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const ALL: [&str; 15] = [
    "establishments",
    "rooms",
    "seats",
    "workstations",
    "links",
    "enrolment_tokens",
    "staff",
    "grants",
    "distress_receivers",
    "logins",
    "pupils",
    "charters",
    "lists",
    "sessions",
    "counts",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in places().into_iter().chain(people()).chain(rules()) {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("rooms_by_establishment", "rooms", vec!["establishment"]),
            ("workstations_by_seat", "workstations", vec!["room", "seat"]),
            ("pupils_by_establishment", "pupils", vec!["establishment"]),
            ("sessions_by_room", "sessions", vec!["room", "ended_ms"]),
            ("logins_by_staff", "logins", vec!["staff"]),
        ] {
            let mut index = Index::create().name(name).table(table).take();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        // One account is one pupil in a school; a pupil without an account is confirmed by hand.
        manager
            .create_index(
                Index::create()
                    .name("pupils_by_account")
                    .table("pupils")
                    .col("establishment")
                    .col("account")
                    .unique()
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ALL {
            manager
                .drop_table(Table::drop().table(table).if_exists().take())
                .await?;
        }
        Ok(())
    }
}

fn table(
    name: &'static str,
    key: &[&'static str],
    columns: Vec<ColumnDef>,
) -> TableCreateStatement {
    let mut create = Table::create().table(name).take();
    for mut column in columns {
        create.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    create.primary_key(&mut primary);
    create
}

fn places() -> Vec<TableCreateStatement> {
    vec![
        table(
            "establishments",
            &["id"],
            vec![string("id"), string("name")],
        ),
        table(
            "rooms",
            &["id"],
            vec![string("id"), string("establishment"), string("name")],
        ),
        table(
            "seats",
            &["room", "seat"],
            vec![
                string("room"),
                small_integer("seat"),
                small_integer_null("plan_column"),
                small_integer_null("plan_row"),
            ],
        ),
        table(
            "workstations",
            &["id"],
            vec![
                string("id"),
                string("establishment"),
                string("key"),
                string_null("room"),
                small_integer_null("seat"),
                big_integer("enrolled_ms"),
                big_integer_null("revoked_ms"),
            ],
        ),
        // What was last known of a workstation's link, for the room's page between sessions.
        table(
            "links",
            &["workstation"],
            vec![
                string("workstation"),
                string("state"),
                big_integer("since_ms"),
                text("can"),
            ],
        ),
        table(
            "enrolment_tokens",
            &["digest"],
            vec![
                string("digest"),
                string("room"),
                small_integer_null("seat"),
                integer("uses_left"),
                big_integer("ends_ms"),
            ],
        ),
    ]
}

fn people() -> Vec<TableCreateStatement> {
    vec![
        table(
            "staff",
            &["id"],
            vec![
                string("id"),
                {
                    // The name to sign in with; two adults cannot share one.
                    let mut login = string("login");
                    login.unique_key();
                    login
                },
                string("name"),
                string("password"),
                big_integer_null("disabled_ms"),
            ],
        ),
        table(
            "grants",
            &["staff", "establishment", "role"],
            vec![string("staff"), string("establishment"), string("role")],
        ),
        table(
            "distress_receivers",
            &["establishment", "staff"],
            vec![string("establishment"), string("staff")],
        ),
        table(
            "logins",
            &["id"],
            vec![
                string("id"),
                string("staff"),
                big_integer("started_ms"),
                big_integer("ends_ms"),
                big_integer_null("revoked_ms"),
            ],
        ),
        table(
            "pupils",
            &["pseudonym"],
            vec![
                string("pseudonym"),
                string("establishment"),
                string_null("account"),
                string("given"),
                string("family"),
                string("class"),
            ],
        ),
    ]
}

fn rules() -> Vec<TableCreateStatement> {
    vec![
        // Adopted versions, the newest in force. The text stays for as long as a session cites it.
        table(
            "charters",
            &["establishment", "adopted_ms"],
            vec![
                string("establishment"),
                big_integer("adopted_ms"),
                string("digest"),
                text("text"),
            ],
        ),
        table(
            "lists",
            &["establishment", "adopted_ms"],
            vec![
                string("establishment"),
                big_integer("adopted_ms"),
                string("digest"),
            ],
        ),
        table(
            "sessions",
            &["id"],
            vec![
                string("id"),
                string("establishment"),
                string("room"),
                string("owner"),
                big_integer("started_ms"),
                big_integer("ends_ms"),
                big_integer_null("ended_ms"),
            ],
        ),
        // Counts for the activity report: no seat, no person, no word.
        table(
            "counts",
            &["session", "what"],
            vec![
                string("session"),
                string("establishment"),
                string("room"),
                string("day"),
                string("what"),
                big_integer("times"),
            ],
        ),
    ]
}
