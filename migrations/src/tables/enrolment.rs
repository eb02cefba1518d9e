//! Enrolment by room: who made a token and whether it still holds, which computer a key was bound on, the code that a waiting
//! machine shows, and the copy of a key that was refused.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, string_null};

/// What enrolment by room needs.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "enrolment"
    }
}

const KEYS: &str = "workstations_by_key";

/// The columns that this adds, by table.
fn added() -> Vec<(&'static str, ColumnDef)> {
    let zero = |mut column: ColumnDef| {
        column.default(0);
        column
    };
    let mut in_order = boolean("in_order");
    in_order.default(false);
    vec![
        ("enrolment_tokens", zero(integer("uses"))),
        ("enrolment_tokens", zero(big_integer("made_ms"))),
        ("enrolment_tokens", string_null("made_by")),
        ("enrolment_tokens", big_integer_null("revoked_ms")),
        // Whether each newcomer takes the first free seat, instead of waiting for an adult.
        ("enrolment_tokens", in_order),
        // Digest of the computer's own id, and the name that its owner gave it.
        ("workstations", string_null("machine")),
        ("workstations", string_null("host")),
        ("workstations", string_null("code")),
        ("workstations", big_integer_null("cloned_ms")),
        ("workstations", string_null("cloned_how")),
        ("workstations", string_null("cloned_host")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for (table, mut column) in added() {
            manager
                .alter_table(Table::alter().table(table).add_column(&mut column).take())
                .await?;
        }
        manager
            .execute(
                Query::update()
                    .table("enrolment_tokens")
                    .value("uses", Expr::col("uses_left"))
                    .take(),
            )
            .await?;
        // One key is one workstation, whatever two machines say at the same moment.
        manager
            .create_index(
                Index::create()
                    .name(KEYS)
                    .table("workstations")
                    .col("key")
                    .unique()
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name(KEYS).table("workstations").to_owned())
            .await?;
        for (table, column) in added() {
            let name = column.get_column_name();
            manager
                .alter_table(
                    Table::alter()
                        .table(table)
                        .drop_column(Alias::new(name))
                        .take(),
                )
                .await?;
        }
        Ok(())
    }
}
