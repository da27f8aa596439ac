//! A connection as a stream of bytes.
//!
//! Owns `AsyncRead` and `AsyncWrite`. Does not own where messages end (`incoming`, `outgoing`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};

use super::connection::Connection;
use super::error::{StageError, Stopped};
use super::part::Part;
use crate::net::outbox::SendError;

/// How much is taken at once of what is written.
const CHUNK: usize = 64 << 10;

impl AsyncRead for &Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let part = stage()?;
        let mut op = std::mem::take(&mut self.0.own().reading);
        let polled = self.0.poll_ear(cx, &part, &mut op, None, |ear, cx| ear.read(cx, into));
        self.0.own().reading = op;
        Poll::Ready(match ready!(polled) {
            Ok(read) => read,
            // Nobody is left who could send: for the code it is the end.
            Err(Stopped::Quiet) => Ok(0),
            Err(stopped) => Err(self.0.unread(stopped).into()),
        })
    }
}

impl AsyncWrite for &Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let taken = &bytes[..bytes.len().min(CHUNK)];
        ready!(self.poll_written(cx, |own, line| {
            // What was whole before goes first; without room for it, nothing is added.
            own.outgoing.send(line, false)?;
            match own.outgoing.write(line, taken) {
                // It is taken all the same: the next write waits for room.
                Err(SendError::Full) => Ok(()),
                done => done,
            }
        }))?;
        if self.0.own().outgoing.is_begun()
            && let Some(part) = Part::current()
        {
            part.holds(Arc::downgrade(&self.0));
        }
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self
            .0
            .own()
            .held
            .as_ref()
            .is_none_or(|held| held.outbox.as_ref().is_none_or(|out| out.is_ended()))
        {
            return Poll::Ready(Ok(()));
        }
        self.poll_written(cx, |own, line| own.outgoing.send(line, false))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.poll_written(cx, |own, line| own.finish(line))) {
            // It has ended before.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Poll::Ready(Ok(())),
            done => Poll::Ready(done),
        }
    }
}

impl Connection {
    fn poll_written(
        &self,
        cx: &mut Context<'_>,
        mut act: impl FnMut(&mut super::inner::Own, &mut super::outgoing::Line<'_>) -> Result<(), SendError>,
    ) -> Poll<io::Result<()>> {
        let part = stage()?;
        let mut op = std::mem::take(&mut self.0.own().writing);
        let polled = self
            .0
            .poll_line(self.0.room(), cx, &part, &mut op, |own, line, _| act(own, line));
        self.0.own().writing = op;
        Poll::Ready(match ready!(polled) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(io::Error::new(io::ErrorKind::BrokenPipe, error)),
            Err(stopped) => Err(self.0.unwritten(stopped).into()),
        })
    }
}

/// The strand whose code asks.
fn stage() -> io::Result<Arc<Part>> {
    Part::current().ok_or_else(|| StageError::stopped(Stopped::Offstage, "bytes", "send").into())
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_read(cx, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_close(cx)
    }
}
