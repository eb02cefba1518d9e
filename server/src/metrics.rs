//! `GET /metrics` in the text format of OpenMetrics.
//!
//! Owns the registry and the counts of requests. No school, room or person ever becomes a label: a request's label is its
//! route in the table and the class of its answer.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// A request's labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    /// The pattern of the route, as in the table: `/api/v1/rooms/{room}`.
    route: &'static str,
    /// `2xx`, `4xx`, …
    class: &'static str,
}

/// What the server counts about itself.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
}

impl Metrics {
    /// Starts with the requests' counts; `more` registers what others count.
    pub(crate) fn new(more: impl FnOnce(&mut Registry)) -> Self {
        let mut registry = Registry::with_prefix("vigie");
        let requests = Family::<Answered, Counter>::default();
        registry.register("requests", "Requests answered", requests.clone());
        more(&mut registry);
        Self { registry, requests }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, route: &'static str, status: u16) {
        let class = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests
            .get_or_create(&Answered { route, class })
            .inc();
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
