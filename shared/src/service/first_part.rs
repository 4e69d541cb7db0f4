//! A body whose parts leave as they are made.

use std::task::{Poll, ready};

use futures_util::{Stream, StreamExt as _, stream};

use super::nodelay;

/// What is next with the first part.
enum First {
    Make,
    Send,
    HoldNothingBack,
    Gone,
}

/// Hands the first part on, and lets the connection send it before the next is made. Then the connection is certain to
/// be there, and is set to hold nothing back; Linux sends what it has held back until then.
pub(super) fn leaves_at_once<S: Stream>(body: S) -> impl Stream<Item = S::Item> {
    let (mut body, mut first) = (Box::pin(body), First::Make);
    stream::poll_fn(move |cx| {
        match first {
            First::Make => {
                let part = ready!(body.poll_next_unpin(cx));
                first = First::Send;
                return Poll::Ready(part);
            }
            First::Send => {
                first = First::HoldNothingBack;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            First::HoldNothingBack => {
                nodelay::set_on_all_sockets();
                first = First::Gone;
            }
            First::Gone => {}
        }
        body.poll_next_unpin(cx)
    })
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_first_part_has_its_turn_before_the_next_is_made() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut body = Box::pin(leaves_at_once(stream::iter(1..=3)));
        assert_eq!(body.next().now_or_never(), Some(Some(1)));
        assert_eq!(body.next().now_or_never(), None);
        assert_eq!(body.next().await, Some(2));
        assert!(connection.nodelay().unwrap());
        assert_eq!(body.collect::<Vec<_>>().await, [3]);
    }
}
