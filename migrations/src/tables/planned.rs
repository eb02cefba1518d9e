//! What is prepared before a session: templates, planned sessions, guests named at a seat, a school's ready phrases.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, string_null, text};

/// What preparing a session needs.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "planned"
    }
}

const ALL: [&str; 4] = ["templates", "plans", "guests", "phrases"];

fn tables() -> Vec<TableCreateStatement> {
    let table = |name: &'static str, key: &[&'static str], columns: Vec<ColumnDef>| {
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
    };
    vec![
        table(
            "templates",
            &["id"],
            vec![
                string("id"),
                string("establishment"),
                string("owner"),
                string("name"),
                // What is asked for when a session opens, as JSON.
                text("body"),
                big_integer("changed_ms"),
            ],
        ),
        table(
            "plans",
            &["id"],
            vec![
                string("id"),
                // One word for all the weeks that were planned together.
                string("series"),
                string("establishment"),
                string("room"),
                string("owner"),
                big_integer("starts_ms"),
                big_integer("ends_ms"),
                text("body"),
                // `waiting`, `started`, `missed` or `cancelled`.
                string("state"),
                string_null("session"),
            ],
        ),
        table(
            "guests",
            &["pseudonym"],
            vec![
                string("pseudonym"),
                string("establishment"),
                string("name"),
                big_integer("since_ms"),
            ],
        ),
        table(
            "phrases",
            &["establishment"],
            // A list of texts, as JSON.
            vec![string("establishment"), text("texts")],
        ),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("plans_by_room")
                    .table("plans")
                    .col("room")
                    .col("starts_ms")
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
