//! The benchmark's upstream leaves the wire as its rows say.

use std::time::Duration;

use tests::bench::upstream::{Answer, Upstream};

#[tokio::test]
async fn chunked_and_paced_answers_leave_each_frame_in_an_http_chunk_of_its_own() {
    let upstream = Upstream::plain().await;
    let url = format!("{}/model/m/converse-stream", upstream.url());
    for answer in [Answer::Chunked(3), Answer::Paced(3, Duration::from_millis(1))] {
        upstream.answers(answer.clone());
        let mut response = reqwest::Client::new().post(&url).send().await.expect("an answer");
        assert_eq!((response.status().as_u16(), response.content_length()), (200, None), "{answer:?}");
        let mut chunks = 0;
        while let Some(chunk) = response.chunk().await.expect("a chunk") {
            let frame = u32::from_be_bytes(*chunk.first_chunk().expect("a frame's length"));
            assert_eq!(chunk.len(), frame as usize, "{answer:?}, chunk {chunks}");
            chunks += 1;
        }
        // messageStart, the tokens, contentBlockStop, messageStop, metadata.
        assert_eq!(chunks, 1 + 3 + 3, "{answer:?}");
    }
}
