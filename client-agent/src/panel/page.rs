//! The page and its files, embedded. The page's words are filled in from the catalogue: `{{key}}` stands for one.

use actix_web::HttpResponse;

use crate::text::{self, Lang};

const PAGE: &str = include_str!("../../panel/page.html");
const STYLE: &str = include_str!("../../panel/panel.css");
const SCRIPT: &str = include_str!("../../panel/panel.js");
const ICON: &str = include_str!("../../panel/icon.svg");

/// The page in a language.
pub(super) fn page(lang: Lang) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(fill(PAGE, lang))
}

pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .body(STYLE)
}

pub(super) async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(SCRIPT)
}

pub(super) async fn icon() -> HttpResponse {
    HttpResponse::Ok().content_type("image/svg+xml").body(ICON)
}

fn fill(page: &str, lang: Lang) -> String {
    let mut filled = String::with_capacity(page.len().saturating_mul(2));
    let tagged = page.replacen("lang=\"fr\"", &format!("lang=\"{}\"", lang.tag()), 1);
    let mut parts = tagged.split("{{");
    filled.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (key, rest) = part.split_once("}}").unwrap_or((part, ""));
        for letter in text::say(lang, key).chars() {
            match letter {
                '&' => filled.push_str("&amp;"),
                '<' => filled.push_str("&lt;"),
                '"' => filled.push_str("&quot;"),
                letter => filled.push(letter),
            }
        }
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_page_is_in_the_catalogue() {
        for key in PAGE.split("{{").skip(1) {
            let key = key.split("}}").next().unwrap();
            for lang in [Lang::Fr, Lang::En] {
                assert_ne!(text::say(lang, key), key);
            }
        }
        assert!(!fill(PAGE, Lang::Fr).contains("{{"));
        assert!(fill(PAGE, Lang::En).contains("<html lang=\"en\">"));
    }
}
