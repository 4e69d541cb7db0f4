use futures_util::FutureExt as _;

use super::*;

/// A line an event.
struct Lines;

impl Encoder for Lines {
    fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }

    fn model_event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        event.payload().into_iter().for_each(|part| out.extend_from_slice(part));
        out.extend_from_slice(b"\n");
    }

    fn tool_result(&mut self, answer: &ToolAnswer, out: &mut BytesMut) {
        out.extend_from_slice(answer.name.as_bytes());
    }

    fn heartbeat(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(b"ping\n");
    }

    fn done(&mut self, _: &TurnDone, out: &mut BytesMut) {
        out.extend_from_slice(b"done\n");
    }

    fn error(&mut self, error: &AppError, _: &TurnSummary, request_id: &str, out: &mut BytesMut) {
        out.extend_from_slice(format!("error {} {request_id}\n", error.code().row().code).as_bytes());
    }
}

fn body(turn: impl Stream<Item = TurnEvent> + Send + 'static) -> TurnBody<Lines> {
    TurnBody::new(Box::pin(turn), Lines, Observer::begin("req", Instant::now()), false)
}

async fn text(turn: impl Stream<Item = TurnEvent> + Send + 'static) -> String {
    let chunks: Vec<_> = body(turn).collect().await;
    chunks.into_iter().map(|Ok(chunk)| String::from_utf8(chunk.to_vec()).unwrap()).collect()
}

fn event(name: &str, payload: String) -> TurnEvent {
    TurnEvent::Model(StreamEvent::parse(name, payload.into()).unwrap())
}

fn delta(index: usize) -> TurnEvent {
    event("contentBlockDelta", format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{index:040}"}}}}"#))
}

fn lines(chunk: &Bytes) -> usize {
    chunk.iter().filter(|byte| **byte == b'\n').count()
}

#[tokio::test]
async fn what_is_ready_leaves_together_after_the_others_had_one_turn() {
    let mut body = body(stream::iter((0..3).map(delta)).chain(stream::pending()));
    let first = body.next().now_or_never().flatten().unwrap().unwrap();
    assert_eq!(lines(&first), 1, "the first chunk waits for nothing");
    assert!(body.next().now_or_never().is_none(), "the others have their turn");
    assert_eq!(lines(&body.next().now_or_never().flatten().unwrap().unwrap()), 2);
    assert!(body.next().now_or_never().is_none());
}

#[tokio::test]
async fn events_that_come_one_a_turn_leave_in_one_chunk() {
    // As a connection hands them over: one, and then the other tasks have their turn.
    let mut ready = false;
    let mut events = (0..50).map(delta);
    let handed_over = stream::poll_fn(move |cx| {
        ready = !ready;
        if ready {
            return Poll::Ready(events.next());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    let chunks: Vec<_> = body(handed_over).collect().await;
    let sizes: Vec<usize> = chunks.into_iter().map(|Ok(chunk)| lines(&chunk)).collect();
    assert_eq!(sizes, [1, 50], "the first, and the rest with the end");
}

#[tokio::test]
async fn a_burst_leaves_in_order_in_chunks_of_bounded_size() {
    let chunks: Vec<_> = body(stream::iter((0..2000).map(delta))).collect().await;
    let chunks: Vec<Bytes> = chunks.into_iter().map(|Ok(chunk)| chunk).collect();
    assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() < CHUNK_BYTES + 512));
    let text = String::from_utf8(chunks.concat()).unwrap();
    let indices = text.lines().filter_map(|line| line.split_once(r#""text":""#)?.1.strip_suffix(r#""}}"#));
    assert!(indices.map(|index| index.parse::<usize>().unwrap()).eq(0..2000), "{text}");
    assert!(chunks.len() < 20 && text.matches("error internal").count() == 1);
}

#[tokio::test]
async fn a_panic_inside_the_turn_is_reported_and_ends_it() {
    let broken = stream::poll_fn(|_| panic!("a bug"));
    let start = event("messageStart", r#"{"role":"assistant"}"#.to_owned());
    let text = text(stream::iter([start]).chain(broken)).await;
    assert_eq!(text, "{\"role\":\"assistant\"}\nerror internal req\n");
}

#[tokio::test]
async fn a_turn_without_an_end_is_an_error() {
    assert_eq!(text(stream::empty()).await, "error internal req\n");
}

#[tokio::test(start_paused = true)]
async fn a_silence_is_filled_with_heartbeats_ten_seconds_after_the_last_event() {
    let began = Instant::now();
    let late = stream::once(async {
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        delta(0)
    });
    let turn = stream::iter([delta(1)]).chain(late).chain(stream::pending());
    let mut body = body(turn);
    let mut told = Vec::new();
    for _ in 0..4 {
        let Ok(chunk) = body.next().await.unwrap();
        told.push((began.elapsed().as_secs(), chunk.starts_with(b"ping")));
    }
    assert_eq!(told, [(0, false), (4, false), (14, true), (24, true)]);
}
