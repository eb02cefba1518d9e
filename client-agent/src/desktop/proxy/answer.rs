//! One request: where it goes, whether a rule stops it, what the far end says.

use std::sync::Arc;

use http_body_util::{Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use tokio::sync::OwnedSemaphorePermit;
use vigie_protocol::Outcome;

use super::attempt::Attempt;
use super::stall::Flowing;
use super::target::{NoTarget, Target};
use super::upstream::Failure;
use super::{Shared, headers, page, tunnel};
use crate::desk::Gate;

/// A page of ours, or the far end's body as it streams.
pub(crate) type Answered = Response<Either<Full<Bytes>, Either<Flowing, Empty<Bytes>>>>;

/// Answers one request. `permit` is the connection's place; a tunnel keeps it for as long as it lives.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    permit: Arc<OwnedSemaphorePermit>,
    request: Request<Incoming>,
) -> Answered {
    let reader = page::Reader::of(&request, &shared);
    let target = match Target::of(&request) {
        Ok(target) if request.method() != Method::TRACE => target,
        Ok(_) => return reader.bad(StatusCode::METHOD_NOT_ALLOWED),
        Err(NoTarget::Scheme) => return reader.bad(StatusCode::NOT_IMPLEMENTED),
        Err(NoTarget::OriginForm | NoTarget::Host) => return reader.bad(StatusCode::BAD_REQUEST),
    };
    let in_force = shared.rules.in_force();
    let attempt = in_force
        .as_ref()
        .map(|_| Attempt::new(&target, shared.sight.clone()));
    let gate = in_force
        .as_ref()
        .map_or(Gate::Open, |in_force| in_force.gate(&target.host));
    if gate == Gate::Shut
        && let Some(in_force) = &in_force
    {
        if let Some(attempt) = attempt {
            attempt.settled(Outcome::Blocked);
        }
        return reader.shut(&target, in_force);
    }
    let judged = in_force.as_ref().filter(|_| gate == Gate::Charter);
    let blocked = judged.and_then(|in_force| {
        let url = target.url.as_deref();
        Some((in_force, in_force.blocks(&target.host, target.port, url)?))
    });
    if let Some((in_force, (verdict, block))) = blocked {
        if let Some(attempt) = attempt {
            attempt.blocked(block);
        }
        return reader.blocked(&target, &verdict, in_force);
    }
    let answered = if request.method() == Method::CONNECT {
        open_tunnel(&shared, permit, request, &target).await
    } else {
        forward(&shared, request, &target).await
    };
    if let Some(attempt) = attempt {
        attempt.settled(if answered.is_ok() {
            Outcome::Passed
        } else {
            Outcome::Failed
        });
    }
    answered.unwrap_or_else(|failure| {
        tracing::debug!(error = %failure, "the far end of a request failed");
        reader.failed(&target, &failure)
    })
}

async fn forward(
    shared: &Shared,
    mut request: Request<Incoming>,
    target: &Target,
) -> Result<Answered, Failure> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let uri = Uri::builder()
        .scheme("http")
        .authority(target.authority())
        .path_and_query(path)
        .build()
        .map_err(|error| Failure::Unreachable(error.into()))?;
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_11;
    headers::pass_on(request.headers_mut());
    // The request line wins over a Host that says otherwise (RFC 9112 §3.2.2), or a rule could be told one host and the far end another.
    let host = HeaderValue::try_from(target.authority())
        .map_err(|error| Failure::Unreachable(error.into()))?;
    request.headers_mut().insert(header::HOST, host);

    let mut response = shared.upstream.send(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Failure::Unreachable(
            "an upgrade that nobody asked for".into(),
        ));
    }
    *response.version_mut() = Version::HTTP_11;
    headers::pass_on(response.headers_mut());
    let wait = shared.waits.body;
    Ok(response.map(|body| Either::Right(Either::Left(Flowing::new(body, wait)))))
}

async fn open_tunnel(
    shared: &Shared,
    permit: Arc<OwnedSemaphorePermit>,
    mut request: Request<Incoming>,
    target: &Target,
) -> Result<Answered, Failure> {
    let far = shared.upstream.connect(&target.host, target.port).await?;
    let (stop, upgrade) = (shared.stop.clone(), hyper::upgrade::on(&mut request));
    let (rules, host) = (shared.rules.clone(), target.host.clone());
    tokio::spawn(async move {
        let _permit = permit;
        let relayed = async {
            match upgrade.await {
                Ok(near) => tunnel::relay(TokioIo::new(near), far, tunnel::SILENT_MAX).await,
                Err(error) => tracing::debug!(%error, "a tunnel was left before it opened"),
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = rules.shut(&host) => tracing::debug!("a tunnel is cut: only some sites pass now"),
            () = relayed => {}
        }
    });
    Ok(Response::new(Either::Right(Either::Right(Empty::new()))))
}
