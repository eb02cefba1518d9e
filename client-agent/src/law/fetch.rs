//! The list's download: `GET /agent/v1/lists/{digest}` with the link's ticket, into a file beside the lists, then adopted.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use vigie_filters::lists::ListsError;
use vigie_protocol::{Digest, Private};

use super::Library;
use crate::line::dial::{DialError, Dialler};

/// Largest list file taken; the largest known is a tenth of it.
const LIST_BYTES_MAX: u64 = 1 << 30;
/// Longest silence of the server within a download.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Why a list could not be had. The one before stays in use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("list: no connection")]
    Dial(#[from] DialError),
    #[error("list: the connection broke")]
    Http(#[from] hyper::Error),
    #[error("list: the request cannot be made")]
    Request(#[from] hyper::http::Error),
    #[error("list: the server answered {0}")]
    Answer(StatusCode),
    #[error("list: the server fell silent")]
    Silent,
    #[error("list: larger than {LIST_BYTES_MAX} bytes")]
    TooLarge,
    #[error("list: cannot be written")]
    Write(#[source] io::Error),
    #[error("list: refused")]
    Damaged(#[from] ListsError),
    #[error("list: the server sent another one, {0}")]
    OtherDigest(Digest),
    #[error("list: the agent is stopping")]
    Stopping,
}

/// Downloads and adopts a list file.
pub(crate) async fn list(
    dialler: Arc<Dialler>,
    library: Library,
    ticket: Private<String>,
    digest: Digest,
) -> Result<(), FetchError> {
    let path = library.incoming();
    let downloaded = download(&dialler, &ticket, &digest, &path).await;
    let adopted = match downloaded {
        Ok(()) => {
            let (library, path) = (library.clone(), path.clone());
            let adopting = move || library.adopt(&path, &digest);
            tokio::task::spawn_blocking(adopting)
                .await
                .unwrap_or(Err(FetchError::Stopping))
        }
        Err(error) => Err(error),
    };
    // Adopted means copied: what was downloaded is of no use either way.
    let _never_made = tokio::fs::remove_file(&path).await;
    adopted
}

async fn download(
    dialler: &Dialler,
    ticket: &Private<String>,
    digest: &Digest,
    path: &std::path::Path,
) -> Result<(), FetchError> {
    let stream = dialler.beside().await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends when the sender is dropped; its error is also the request's.
    tokio::spawn(connection);
    let request = Request::get(format!("{}/lists/{digest}", dialler.path()))
        .header(HOST, dialler.authority())
        .header(AUTHORIZATION, format!("Bearer {}", ticket.reveal()))
        .body(Empty::<Bytes>::new())?;
    let answer = tokio::time::timeout(SILENCE_MAX, sender.send_request(request))
        .await
        .map_err(|_| FetchError::Silent)??;
    if answer.status() != StatusCode::OK {
        return Err(FetchError::Answer(answer.status()));
    }
    let mut file = tokio::fs::File::create(path)
        .await
        .map_err(FetchError::Write)?;
    let mut body = answer.into_body();
    let mut bytes = 0_u64;
    while let Some(frame) = tokio::time::timeout(SILENCE_MAX, body.frame())
        .await
        .map_err(|_| FetchError::Silent)?
    {
        let Ok(chunk) = frame?.into_data() else {
            continue;
        };
        bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if bytes > LIST_BYTES_MAX {
            return Err(FetchError::TooLarge);
        }
        file.write_all(&chunk).await.map_err(FetchError::Write)?;
    }
    file.flush().await.map_err(FetchError::Write)
}
