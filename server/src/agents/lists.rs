//! The list files that agents download: `GET /agent/v1/lists/{digest}`, with the ticket of a link that is up.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream;
use tokio::io::AsyncReadExt;
use vigie_protocol::{Digest, WorkstationId};

use crate::rooms::Rooms;

/// Bytes read and sent at a time: a list file is far larger than what we want to hold of it.
const CHUNK: usize = 64 * 1024;

/// Answers with the file, or says no: without a ticket of a live link nothing is said about what exists.
pub(crate) async fn list(request: &HttpRequest, digest: &str, rooms: &Rooms) -> HttpResponse {
    if !holds_ticket(request, rooms) {
        return HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, "Bearer"))
            .body("the ticket of a link that is up is needed\n");
    }
    let file = rooms.engine().rules.list_file(&Digest::new(digest));
    let opened = tokio::fs::File::open(&file).await;
    let file = match opened {
        Ok(file) => file,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                tracing::error!(file = %file.display(), %error, "a list file cannot be read");
            }
            return HttpResponse::NotFound().body("there is no such list\n");
        }
    };
    let length = file.metadata().await.map_or(0, |about| about.len());
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = (&mut file)
            .take(u64::try_from(CHUNK).unwrap_or(u64::MAX))
            .read_to_end(&mut chunk)
            .await?;
        let more = (read > 0).then(|| (actix_web::web::Bytes::from(chunk), file));
        Ok::<_, std::io::Error>(more)
    });
    HttpResponse::Ok()
        .content_type("application/octet-stream")
        // A digest names one content for ever.
        .insert_header((
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        ))
        .no_chunking(length)
        .streaming(chunks)
}

fn holds_ticket(request: &HttpRequest, rooms: &Rooms) -> bool {
    let ticket = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|ticket| ticket.split_once(':'));
    let Some((workstation, secret)) = ticket else {
        return false;
    };
    URL_SAFE_NO_PAD.decode(secret).is_ok_and(|secret| {
        rooms
            .links()
            .holds_ticket(&WorkstationId::new(workstation), &secret)
    })
}
