//! The document of the HTTP API, made from the handlers themselves; a test holds it against the table of routes.

use utoipa::OpenApi;

use crate::routes::{
    asks, audit, class, commands, enrolment, left, live, login, logins, phrases, prepare, rooms,
    session, setup, sheet, system,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vigie",
        description = "Supervision of pupils who work on their own at the school's computers. Answers that are not what was \
                       asked for are problem+json (RFC 9457). Writes and the tablet's socket demand our own Origin.",
        license(name = "EUPL-1.2")
    ),
    components(schemas(setup::roster::ScopeWord)),
    paths(
        system::healthz,
        system::metrics,
        system::openapi,
        system::texts,
        login::login,
        login::logout,
        login::me,
        login::password,
        logins::list,
        logins::end,
        logins::end_others,
        audit::list,
        rooms::list,
        rooms::snapshot,
        live::live,
        sheet::sheet,
        sheet::person,
        sheet::pupils,
        session::open,
        session::extend,
        session::end,
        commands::command,
        asks::take,
        asks::end,
        asks::acknowledge,
        asks::dismiss,
        asks::chat,
        class::class,
        prepare::prepare,
        prepare::keep,
        prepare::remove,
        prepare::plan,
        prepare::cancel,
        session::join,
        session::hand_over,
        session::sites,
        sheet::guest,
        left::left,
        phrases::phrases,
        phrases::put,
        asks::wait,
        asks::leave,
        asks::take_alert,
        asks::raise,
        asks::reopen,
        enrolment::picture,
        enrolment::make_token,
        enrolment::revoke_token,
        enrolment::seat,
        enrolment::refuse,
        enrolment::settle,
        setup::first::needed,
        setup::first::make,
        setup::school::list,
        setup::school::view,
        setup::school::change,
        setup::school::charter,
        setup::school::adopt,
        setup::rooms::list,
        setup::rooms::add,
        setup::rooms::change,
        setup::rooms::remove,
        setup::staff::list,
        setup::staff::add,
        setup::staff::change,
        setup::staff::reset,
        setup::staff::end,
        setup::roster::list,
        setup::roster::look,
        setup::roster::apply,
        live::agent,
        live::list,
    )
)]
struct Document;

/// The document.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
