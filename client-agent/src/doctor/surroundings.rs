//! What is around the agent: the display, the proxy, the panel, the server and its clock.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use url::Url;
use vigie_protocol::Sensor;

use super::Health::{Broken, Mind, Works};
use super::{Patient, Report, account};
use crate::desktop;
use crate::known::Known;
use crate::line::dial::{Dialler, Trust};
use crate::seat::door::State;
use crate::text::say;

/// How long a port of this machine may take to answer.
const NEAR_WAIT: Duration = Duration::from_secs(3);
/// How long the server may take to let a link open.
const FAR_WAIT: Duration = Duration::from_secs(10);
/// A clock that is further from the server's than this puts false times on what a pupil reads.
const AHEAD_MAX_MS: i64 = 60_000;

pub(super) fn look(patient: &Patient, running: Option<&State>, report: &mut Report) {
    if running.is_none() {
        account(patient, report);
    }
    display(patient, report);
    if let Some(state) = running {
        port("proxy", state.proxy, report);
        port("panel", state.panel, report);
    }
}

fn display(patient: &Patient, report: &mut Report) {
    let able = desktop::probe(&desktop::Options {
        display: patient.display.clone(),
        lang: patient.lang.tag().to_owned(),
        ..desktop::Options::default()
    });
    match (&able.no_lock, able.desktop.as_str()) {
        (None, kind) => {
            report.find_with("display", Works, "doctor-display", &[("kind", kind.into())]);
        }
        (Some(why), _) => {
            report.find_with(
                "display",
                Broken,
                "doctor-display-none",
                &[("why", why.into())],
            );
        }
    }
    for (sensor, why) in &able.missing {
        let name = say(patient.lang, sensor_key(*sensor));
        report.find_with(
            "sensor",
            Broken,
            "doctor-sensor-missing",
            &[("sensor", name.into()), ("why", why.into())],
        );
    }
    if able.missing.is_empty() {
        report.find("sensor", Works, "doctor-sensors");
    }
}

fn sensor_key(sensor: Sensor) -> &'static str {
    match sensor {
        Sensor::Front => "doctor-sensor-front",
        Sensor::Titles => "doctor-sensor-titles",
        Sensor::Presence => "doctor-sensor-presence",
        _ => "doctor-sensor-other",
    }
}

/// Whether something that speaks HTTP answers there; a refusal is an answer, for the doctor may run in any account.
fn port(part: &'static str, address: Option<SocketAddr>, report: &mut Report) {
    let answers = address.is_some_and(|address| answers(address).is_some());
    let shown = address.map(|address| address.to_string());
    let (health, key) = if answers {
        (Works, "doctor-port")
    } else {
        (Broken, "doctor-port-silent")
    };
    let name = say(
        report.lang,
        if part == "proxy" {
            "doctor-proxy"
        } else {
            "doctor-panel"
        },
    );
    report.find_with(
        part,
        health,
        key,
        &[
            ("name", name.into()),
            ("address", shown.unwrap_or_default().into()),
        ],
    );
}

fn answers(address: SocketAddr) -> Option<()> {
    let mut stream = TcpStream::connect_timeout(&address, NEAR_WAIT).ok()?;
    stream.set_read_timeout(Some(NEAR_WAIT)).ok()?;
    let request = format!("HEAD / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = [0; 5];
    stream.read_exact(&mut head).ok()?;
    (&head == b"HTTP/").then_some(())
}

/// The server, over the network; then what only a link can tell.
pub(super) async fn look_far(patient: &Patient, running: Option<&State>, report: &mut Report) {
    if let Ok(server) = &patient.settings {
        let reached = reach(&server.address, server.authority.as_deref(), &patient.data).await;
        match reached {
            Ok(()) => report.find("server", Works, "doctor-server"),
            Err(why) => {
                report.find_with(
                    "server",
                    Broken,
                    "doctor-server-away",
                    &[("why", why.into())],
                );
            }
        }
    }
    let Some(state) = running else {
        return report.find("clock", Mind, "doctor-clock-unknown");
    };
    match state.link.as_str() {
        "up" => report.find("link", Works, "doctor-link"),
        "refused" => {
            let why = state.refused.clone();
            report.find_with(
                "link",
                Broken,
                "doctor-link-refused",
                &[("why", why.into())],
            );
        }
        _ => report.find("link", Broken, "doctor-link-none"),
    }
    match state.ahead_ms {
        None => report.find("clock", Mind, "doctor-clock-unknown"),
        Some(ahead) => {
            let seconds = ahead / 1_000;
            let (health, key) = if ahead.abs() > AHEAD_MAX_MS {
                (Broken, "doctor-clock-off")
            } else {
                (Works, "doctor-clock")
            };
            report.find_with("clock", health, key, &[("seconds", seconds.into())]);
        }
    }
}

/// Opens a link's socket and lets it go: the name, the network, the certificate and the server's own answer.
async fn reach(
    address: &str,
    authority: Option<&std::path::Path>,
    data: &std::path::Path,
) -> Result<(), String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    let known = Known::open(data, None).map_err(|error| error.to_string())?;
    let trust = Trust::of(&known, authority);
    let dialler = Dialler::new(&url, authority, trust).map_err(|error| crate::chain(&error))?;
    match tokio::time::timeout(FAR_WAIT, Box::pin(dialler.websocket())).await {
        Ok(Ok(_socket)) => Ok(()),
        Ok(Err(error)) => Err(crate::chain(&error)),
        Err(_) => Err("no answer in time".to_owned()),
    }
}
