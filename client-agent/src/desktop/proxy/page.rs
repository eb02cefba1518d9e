//! What a pupil reads when the proxy answers by itself: a page for a browser, a line for everything else.
//!
//! No script, no outside asset, a policy that allows nothing but the page's own style. Every text comes from the catalogue or the
//! charter and is escaped.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fluent_bundle::FluentValue;
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use sha2::{Digest as _, Sha256};
use vigie_filters::Verdict;
use vigie_protocol::Private;

use super::Shared;
use super::answer::Answered;
use super::target::Target;
use super::upstream::Failure;
use crate::clock::moment;
use crate::desk::InForce;
use crate::seat::Passes;
use crate::text::{Lang, say, say_with};

const STYLE: &str = include_str!("page.css");
const OCTAGON: &str = r#"<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" d="M8 1h8l7 7v8l-7 7H8l-7-7V8z"/><path class="in" d="M12 6.5v7" stroke-width="2.6" stroke-linecap="round"/><path class="in" d="M12 17.4v.01" stroke-width="3.2" stroke-linecap="round"/></svg>"#;
const BROKEN: &str = r#"<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" d="M3 9a13 13 0 0 1 18 0M6.5 13a8 8 0 0 1 11 0M10 17a3 3 0 0 1 4 0M3 3l18 18"/></svg>"#;

static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
});

/// Who asks, and how they can be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    lang: Lang,
    shape: Shape,
    panel: Option<SocketAddr>,
    passes: &'a Passes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Page,
    Line,
    /// A refused tunnel: no browser shows its body, but a log does.
    Tunnel,
}

impl<'a> Reader<'a> {
    pub(crate) fn of<B>(request: &Request<B>, shared: &'a Shared) -> Self {
        let text = |name| {
            let value = request.headers().get(name);
            value.and_then(|value| value.to_str().ok())
        };
        let shape = match text(header::ACCEPT) {
            _ if request.method() == Method::CONNECT => Shape::Tunnel,
            Some(accept) if !accept.contains("text/html") && !accept.starts_with("*/*") => {
                Shape::Line
            }
            _ => Shape::Page,
        };
        let lang = text(header::ACCEPT_LANGUAGE)
            .and_then(Lang::preferred)
            .unwrap_or(shared.lang);
        Self {
            lang,
            shape,
            panel: shared.panel,
            passes: &shared.passes,
        }
    }

    /// A rule said no.
    pub(crate) fn blocked(
        self,
        target: &Target,
        verdict: &Verdict,
        in_force: &InForce,
    ) -> Answered {
        let words = in_force
            .rule(&verdict.rule)
            .map_or("", |rule| rule.to_pupil.in_lang(self.lang.tag()));
        let title = in_force
            .article(&verdict.article)
            .map_or("", |article| article.title.in_lang(self.lang.tag()));
        let number = FluentValue::from(verdict.article.as_str());
        let reason = format!("Blocked by rule {}", verdict.rule);
        let mut answered = match self.shape {
            Shape::Page => {
                let cited = say_with(
                    self.lang,
                    "blocked-article-cited",
                    &[("number", number), ("title", title.into())],
                );
                let facts = [
                    ("blocked-article", cited.as_str()),
                    ("blocked-why", verdict.evidence.by.as_str()),
                ];
                let body = Body {
                    icon: OCTAGON,
                    tone: "stop",
                    over: "proxy-over-session",
                    title: "blocked-title",
                    site: &target.host,
                    words,
                    facts: &facts,
                    after: &["blocked-seen", "blocked-next"],
                };
                self.page(StatusCode::FORBIDDEN, &body)
            }
            Shape::Line | Shape::Tunnel => {
                let line = say_with(
                    self.lang,
                    "blocked-short",
                    &[
                        ("host", target.host.as_str().into()),
                        ("number", number),
                        ("words", words.into()),
                    ],
                );
                self.line(StatusCode::FORBIDDEN, line)
            }
        };
        if self.shape == Shape::Tunnel
            && let Ok(reason) = ReasonPhrase::try_from(reason)
        {
            answered.extensions_mut().insert(reason);
        }
        answered
    }

    /// Only what an adult has opened passes now.
    pub(crate) fn shut(self, target: &Target, in_force: &InForce) -> Answered {
        let words = say(self.lang, "shut-words");
        match self.shape {
            Shape::Page => {
                let sites = in_force.sites().join(", ");
                let facts = [("shut-sites", sites.as_str())];
                let body = Body {
                    icon: OCTAGON,
                    tone: "stop",
                    over: "proxy-over-session",
                    title: "shut-title",
                    site: &target.host,
                    words: &words,
                    facts: if sites.is_empty() { &[] } else { &facts },
                    after: &["blocked-next"],
                };
                self.page(StatusCode::FORBIDDEN, &body)
            }
            Shape::Line | Shape::Tunnel => self.line(StatusCode::FORBIDDEN, words),
        }
    }

    /// The far end gave nothing.
    pub(crate) fn failed(self, target: &Target, failure: &Failure) -> Answered {
        let (status, title, words) = match failure {
            Failure::Own => (StatusCode::FORBIDDEN, "own-title", "own-words"),
            Failure::Local => (StatusCode::FORBIDDEN, "local-title", "local-words"),
            Failure::Late => (StatusCode::GATEWAY_TIMEOUT, "late-title", "late-words"),
            Failure::Unreachable(_) => (StatusCode::BAD_GATEWAY, "failed-title", "failed-words"),
        };
        self.plain(status, title, words, &target.host)
    }

    /// A request that this proxy does not serve.
    pub(crate) fn bad(self, status: StatusCode) -> Answered {
        self.plain(status, "bad-title", "bad-words", "")
    }

    fn plain(self, status: StatusCode, title: &str, words: &str, site: &str) -> Answered {
        let words = say(self.lang, words);
        match self.shape {
            Shape::Page => self.page(
                status,
                &Body {
                    icon: BROKEN,
                    tone: "calm",
                    over: "proxy-over",
                    title,
                    site,
                    words: &words,
                    facts: &[],
                    after: &[],
                },
            ),
            Shape::Line | Shape::Tunnel => self.line(status, words),
        }
    }

    fn line(self, status: StatusCode, line: String) -> Answered {
        self.respond(status, "text/plain; charset=utf-8", line)
    }

    fn page(self, status: StatusCode, body: &Body<'_>) -> Answered {
        self.respond(status, "text/html; charset=utf-8", body.html(self))
    }

    fn respond(self, status: StatusCode, kind: &'static str, text: String) -> Answered {
        let mut answered = Response::new(Either::Left(Full::new(Bytes::from(text))));
        *answered.status_mut() = status;
        let headers = answered.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_LANGUAGE, self.lang.tag()),
            (header::VARY, "accept, accept-language"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Some(policy) = POLICY.clone() {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        answered
    }
}

/// One page: keys of the catalogue, and texts that are someone's own words.
struct Body<'a> {
    icon: &'static str,
    tone: &'static str,
    over: &'a str,
    title: &'a str,
    site: &'a str,
    words: &'a str,
    /// Key of a label, and what it labels.
    facts: &'a [(&'a str, &'a str)],
    after: &'a [&'a str],
}

impl Body<'_> {
    fn html(&self, reader: Reader<'_>) -> String {
        let lang = reader.lang;
        let title = escape(&say(lang, self.title));
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><title>{title} · Vigie</title><style>{STYLE}</style></head>\n\
             <body><main class=\"{}\">\n<p class=\"over\">{}<span>{}</span></p>\n<h1>{title}</h1>\n",
            lang.tag(),
            self.tone,
            self.icon,
            escape(&say(lang, self.over)),
        );
        if !self.site.is_empty() {
            put(&mut html, "p class=\"site\"", self.site);
        }
        if !self.words.is_empty() {
            put(&mut html, "p class=\"words\"", self.words);
        }
        if !self.facts.is_empty() {
            html.push_str("<dl>");
            for (label, fact) in self.facts.iter().filter(|(_, fact)| !fact.is_empty()) {
                put(&mut html, "dt", &say(lang, label));
                put(&mut html, "dd", fact);
            }
            html.push_str("</dl>\n");
        }
        for key in self.after {
            put(&mut html, "p", &say(lang, key));
        }
        if let Some(panel) = reader.panel {
            let link = escape(&say(lang, "blocked-panel"));
            // Only the seat's own account is ever shown this page. Without a ticket the panel says how it is opened.
            let ticket = reader.passes.ticket(moment()).map(Private::into_revealed);
            let ticket = ticket.unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(
                html,
                "<p><a class=\"go\" href=\"http://{panel}/#{ticket}\">{link}</a></p>"
            );
        }
        html.push_str("</main></body></html>\n");
        html
    }
}

/// One element with a text; `tag` may carry attributes.
fn put(html: &mut String, tag: &str, text: &str) {
    let name = tag.split(' ').next().unwrap_or(tag);
    // Writing to a string cannot fail.
    let _ = writeln!(html, "<{tag}>{}</{name}>", escape(text));
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
