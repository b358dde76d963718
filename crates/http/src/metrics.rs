//! Figures for Prometheus, labelled by route pattern so that their number stays bounded.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    core::{Collector, Desc},
    proto::MetricFamily,
};

/// The figures of one server.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    in_flight: IntGauge,
}

impl Metrics {
    /// Figures that start at nothing.
    ///
    /// # Errors
    /// Only when two figures carry one name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("madang_http_requests_total", "Requests answered, by method, route and status."),
            &["method", "route", "status"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "madang_http_request_duration_seconds",
                "Time from request to answer, in seconds.",
            )
            .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]),
            &["method", "route"],
        )?;
        let in_flight = IntGauge::new("madang_http_requests_in_flight", "Requests being served right now.")?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        Ok(Self { registry, requests, durations, in_flight })
    }

    /// Shows a count that is kept elsewhere, asking for it whenever the figures are asked for.
    ///
    /// # Errors
    /// When a figure of this name is shown already.
    pub fn show_count(
        &self,
        name: &str,
        help: &str,
        count: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Result<(), prometheus::Error> {
        let counter = IntCounter::new(name, help)?;
        self.registry.register(Box::new(Shown { counter, count }))
    }

    /// Where further figures are registered.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A request has come in.
    pub(crate) fn begin(&self) {
        self.in_flight.inc();
    }

    /// A request has been answered.
    pub(crate) fn end(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.in_flight.dec();
        self.requests.with_label_values(&[method, route, status_label(status)]).inc();
        self.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// All figures in the text format of Prometheus.
    pub fn text(&self) -> String {
        let mut buffer = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut buffer) {
            tracing::error!(%error, "the metrics could not be written");
        }
        String::from_utf8(buffer).unwrap_or_default()
    }
}

/// A counter that catches up with a count when it is collected.
struct Shown<F> {
    counter: IntCounter,
    count: F,
}

impl<F: Fn() -> u64 + Send + Sync> Collector for Shown<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.counter.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.counter.reset();
        self.counter.inc_by((self.count)());
        self.counter.collect()
    }
}

fn status_label(status: u16) -> &'static str {
    match status {
        200 => "200",
        201 => "201",
        202 => "202",
        204 => "204",
        207 => "207",
        304 => "304",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        409 => "409",
        412 => "412",
        413 => "413",
        415 => "415",
        422 => "422",
        429 => "429",
        500 => "500",
        503 => "503",
        _ => "other",
    }
}
