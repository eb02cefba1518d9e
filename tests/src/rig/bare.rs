//! The floor: an actix-ws server that reads a frame and acknowledges it, and does nothing else. Served by the rig's own program
//! in a process of its own, so that its CPU time can be told from the clients'.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_ws::Message;
use futures_util::StreamExt as _;
use tokio::process::Command;

use super::load::{Link, Wire};
use super::websocket::Socket;
use crate::processes::Running;

/// The word with which the rig's program becomes the server.
pub const SERVE: &str = "serve-bare";
const SESSION: &str = "2026-11-24.k3v9q2m7xa";

/// The server's process.
#[derive(Debug)]
pub struct Bare {
    pub process: Running,
    address: SocketAddr,
}

impl Bare {
    /// Starts it.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(SERVE);
        let mut process = Running::start(command)?;
        let address = process
            .line("ready ", Duration::from_secs(10))
            .await
            .parse()?;
        Ok(Self { process, address })
    }

    /// Links so many clients.
    ///
    /// # Errors
    /// One is refused.
    pub async fn link_all(&self, many: usize) -> anyhow::Result<Vec<Link>> {
        let mut links = Vec::with_capacity(many);
        for number in 0..many {
            links.push(Link {
                number,
                socket: Socket::open(self.address, "/", &[]).await?,
                wire: Wire::Vigie {
                    session: SESSION.to_owned(),
                    next: 1,
                },
            });
        }
        Ok(links)
    }
}

/// Serves until it is killed.
///
/// # Errors
/// The port cannot be had.
pub fn serve() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/", web::get().to(link)))
            .workers(2)
            .bind("127.0.0.1:0")?;
        for address in server.addrs() {
            #[expect(
                clippy::print_stdout,
                reason = "whoever started it reads where it listens"
            )]
            {
                println!("ready {address}");
            }
        }
        server.run().await?;
        Ok(())
    })
}

async fn link(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, actix_web::Error> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(async move {
        let mut through = 0_u64;
        while let Some(Ok(message)) = messages.next().await {
            if let Message::Text(text) = message {
                through += u64::try_from(text.matches("\"n\":").count()).unwrap_or(0);
                let ack = format!(
                    r#"{{"t":"ack","session":"{SESSION}","through":{through},"credit":256}}"#
                );
                if session.text(ack).await.is_err() {
                    return;
                }
            }
        }
    });
    Ok(response)
}
