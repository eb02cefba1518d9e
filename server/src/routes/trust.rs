//! `GET /trust`: how to trust the server's certificate, for an adult with a tablet in hand. Works without a script and before
//! anybody has signed in.
//!
//! Owns the page and the two files that it offers, all of them public: a certificate is no secret. Never shows a key.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use vigie_protocol::Stamp;

use crate::app::App;
use crate::policy::ReaderLang;
use crate::problem::Problem;
use crate::texts::{Lang, find, say};
use crate::wire::certificates::Certificates;
use crate::wire::{Facts, fingerprint};

const PAGE: &str = include_str!("trust.html");
const OWN: &str = include_str!("trust-own.html");

/// The page.
pub(crate) async fn page(app: web::Data<App>, lang: ReaderLang) -> HttpResponse {
    let facts = app.certificates.as_ref().map(Certificates::facts);
    let main = match facts {
        None => paragraph(&say(lang.0, "trust-plain", &[])),
        Some(Facts {
            authority: Some((der, _)),
            ..
        }) => filled(OWN, lang.0, &[("fingerprint", &fingerprint(&der))]),
        Some(Facts { issuer, ends, .. }) => {
            let ends = day(&app, ends);
            let by = [("issuer", issuer.as_str().into()), ("ends", ends.into())];
            let by = say(lang.0, "trust-given-by", &by);
            paragraph(&say(lang.0, "trust-given", &[])) + &paragraph(&by)
        }
    };
    let other = match lang.0 {
        Lang::Fr => Lang::En,
        Lang::En => Lang::Fr,
    };
    let page = filled(
        PAGE,
        lang.0,
        &[
            ("lang", lang.0.code()),
            ("other-lang", other.code()),
            ("other-name", &say(lang.0, "trust-other-name", &[])),
        ],
    );
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .content_type("text/html; charset=utf-8")
        .body(page.replace("{main}", &main))
}

/// The authority's certificate as devices take it.
pub(crate) async fn certificate(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (der, _) = authority(&app)?;
    Ok(file("vigie-authority.crt", "application/x-x509-ca-cert").body(der))
}

/// The same in letters.
pub(crate) async fn pem(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (_, pem) = authority(&app)?;
    Ok(file("vigie-authority.pem", "application/x-pem-file").body(pem))
}

fn authority(app: &App) -> Result<(Vec<u8>, String), Problem> {
    let facts = app.certificates.as_ref().map(Certificates::facts);
    facts
        .and_then(|facts| facts.authority)
        .ok_or(Problem::NotFound)
}

fn file(name: &str, kind: &'static str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .content_type(kind);
    answer
}

fn day(app: &App, at: Stamp) -> String {
    app.clock.day(at).to_string()
}

fn paragraph(text: &str) -> String {
    format!("    <p class=\"lead\">{}</p>\n", escaped(text))
}

/// A template with every `{word}` in its place: first what is given, then the sentences of the catalogue.
fn filled(template: &str, lang: Lang, given: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        page.push_str(before);
        let Some((key, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        let known = given.iter().find(|(name, _)| *name == key);
        match known {
            Some((_, word)) => page.push_str(&escaped(word)),
            None if find(Lang::Fr, key).is_some() => page.push_str(&escaped(&say(lang, key, &[]))),
            None => {
                page.push('{');
                page.push_str(key);
                page.push('}');
            }
        }
        rest = after;
    }
    page.push_str(rest);
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_page_is_filled_in_both_languages() {
        for lang in [Lang::Fr, Lang::En] {
            for template in [OWN, PAGE] {
                let given = [
                    ("fingerprint", "AA:BB"),
                    ("lang", "fr"),
                    ("other-lang", "en"),
                    ("other-name", "English"),
                ];
                let page = filled(template, lang, &given).replace("{main}", "");
                assert!(!page.contains('{'), "{page}");
            }
        }
        assert_eq!(
            escaped("<a href=\"x\">&"),
            "&lt;a href=&quot;x&quot;&gt;&amp;"
        );
    }
}
