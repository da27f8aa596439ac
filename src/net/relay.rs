//! Passing what two programs say to each other.
//!
//! Owns a hop between two streams: bytes go on as they came, an end of one direction as an end, a reset as a reset; no more
//! is held than one chunk each way. Says what passes before it does. Does not own what becomes of that.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{AsyncRead, AsyncWrite};

use super::inbox::Over;
use super::stream::Stream;
use crate::ident::Direction;

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed<'a> {
    /// Some bytes.
    Bytes(&'a [u8]),
    /// The end of the direction; a reset is the end of both.
    End(Over),
}

/// How much is read at once.
const CHUNK: usize = 16 << 10;

/// One direction of a hop.
#[derive(Debug)]
struct Half {
    direction: Direction,
    chunk: Vec<u8>,
    filled: usize,
    written: usize,
    over: bool,
}

/// What became of one look at a direction.
enum Step {
    /// Nothing can be done now.
    Waits,
    /// It has ended.
    Over,
    /// The whole connection is gone.
    Reset,
}

/// Passes bytes both ways until both directions have ended, or one side is gone. `heard` is told of all before it is passed
/// on.
pub async fn relay(opener: Stream, acceptor: Stream, mut heard: impl FnMut(Direction, Passed<'_>)) {
    let (mut opener, mut acceptor) = (opener, acceptor);
    let mut there = Half::new(Direction::FromOpener);
    let mut back = Half::new(Direction::ToOpener);
    let reset = std::future::poll_fn(|cx| {
        let steps = [
            there.pass(cx, &mut opener, &mut acceptor, &mut heard),
            back.pass(cx, &mut acceptor, &mut opener, &mut heard),
        ];
        match steps {
            [Step::Over, Step::Over] => Poll::Ready(false),
            [Step::Reset, _] | [_, Step::Reset] => Poll::Ready(true),
            _ => Poll::Pending,
        }
    })
    .await;
    if reset {
        opener.reset();
        acceptor.reset();
    }
}

impl Half {
    fn new(direction: Direction) -> Self {
        Self {
            direction,
            chunk: vec![0; CHUNK],
            filled: 0,
            written: 0,
            over: false,
        }
    }

    /// Passes on what there is.
    fn pass(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Stream,
        to: &mut Stream,
        heard: &mut impl FnMut(Direction, Passed<'_>),
    ) -> Step {
        loop {
            if self.over {
                return Step::Over;
            }
            let moved: Poll<io::Result<usize>> = match self.written < self.filled {
                true => {
                    let rest = &self.chunk[self.written..self.filled];
                    let wrote = Pin::new(&mut *to).poll_write(cx, rest);
                    if let Poll::Ready(Ok(count)) = wrote {
                        self.written += count;
                    }
                    wrote
                }
                false => {
                    let read = Pin::new(&mut *from).poll_read(cx, &mut self.chunk);
                    match read {
                        Poll::Ready(Ok(0)) => {
                            heard(self.direction, Passed::End(Over::Eof));
                            self.over = true;
                            // That the other side is gone already is found out where it is read.
                            let _ = to.shutdown();
                        }
                        Poll::Ready(Ok(count)) => {
                            heard(self.direction, Passed::Bytes(&self.chunk[..count]));
                            (self.filled, self.written) = (count, 0);
                        }
                        Poll::Ready(Err(_)) => heard(self.direction, Passed::End(Over::Reset)),
                        Poll::Pending => {}
                    }
                    read
                }
            };
            match moved {
                Poll::Pending => return Step::Waits,
                Poll::Ready(Ok(_)) => {}
                // A write that fails says nothing yet: what the other side did is found out where it is read.
                Poll::Ready(Err(_)) if self.written < self.filled => self.written = self.filled,
                Poll::Ready(Err(_)) => return Step::Reset,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};

    use super::*;
    use crate::runtime;

    /// Two ends of a hop, and what it is told.
    fn hop() -> (TcpStream, TcpStream, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let pair = || {
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            (near, listener.accept().unwrap().0)
        };
        let ((client, opener), (server, acceptor)) = (pair(), pair());
        let told = std::thread::spawn(move || {
            let mut told = Vec::new();
            let stream = |stream: TcpStream| Stream::Tcp(runtime::TcpStream::from(stream));
            runtime::block_on(relay(stream(opener), stream(acceptor), |direction, passed| {
                let shown = match passed {
                    Passed::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    Passed::End(over) => format!("{over:?}"),
                };
                told.push(format!("{direction:?} {shown}"));
            }));
            told
        });
        (client, server, told)
    }

    fn rest(mut stream: &TcpStream) -> io::Result<String> {
        let mut text = String::new();
        stream.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn an_end_of_one_direction_passes_and_the_other_goes_on() {
        let (client, server, told) = hop();
        (&client).write_all(b"ask").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(rest(&server).unwrap(), "ask");
        (&server).write_all(b"answer").unwrap();
        drop(server);
        assert_eq!(rest(&client).unwrap(), "answer");
        let expected = ["FromOpener ask", "FromOpener Eof", "ToOpener answer", "ToOpener Eof"];
        assert_eq!(told.join().unwrap(), expected);
    }

    #[test]
    fn a_reset_passes_as_a_reset() {
        let (client, server, told) = hop();
        socket2::SockRef::from(&client)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
        drop(client);
        let error = rest(&server).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(told.join().unwrap(), ["FromOpener Reset"]);
    }

    #[test]
    fn a_side_that_does_not_read_holds_up_the_other_and_nothing_is_lost() {
        const SIZE: usize = 32 << 20;
        let (client, server, told) = hop();
        let writing = std::thread::spawn(move || {
            (&client).write_all(&vec![b'x'; SIZE]).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            rest(&client).unwrap()
        });
        assert_eq!(rest(&server).unwrap().len(), SIZE);
        drop(server);
        assert_eq!(writing.join().unwrap(), "");
        assert_eq!(told.join().unwrap().last().unwrap(), "ToOpener Eof");
    }
}
