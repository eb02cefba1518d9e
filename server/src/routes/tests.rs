//! The HTTP API as its clients meet it, friendly and hostile: a real server on a free port, files in a folder of the test's
//! own, and a clock that only the test moves.

mod attacks;
mod door;
mod enrolment;
mod erasure;
mod gate;
mod logins;
mod room;
mod school;
mod session;
mod setup;
mod sockets;
mod words;

use school::{Answer, Asked, School};
