//! The journal's two tables as sea-orm sees them; `migrations/src/days.rs` owns their shape.

pub(crate) mod run {
    //! A run of records of one session: the fence is its key.
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "runs")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub session: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub first_rev: i64,
        pub last_rev: i64,
        #[sea_orm(column_type = "Text")]
        pub body: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod head {
    //! Which sessions a day holds.
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "heads")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub session: String,
        pub establishment: String,
        pub room: String,
        pub opened_ms: i64,
        pub closed_ms: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
