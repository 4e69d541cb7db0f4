//! The properties that hold for any bytes, over mutations of a corpus. `make fuzz` looks for more, by coverage.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tests::corpus::seeds;
use tests::properties::ALL;

/// What bytes are hostile.
const TOKENS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\ud83d",
    ",",
    ":",
    "null",
    "-1",
    "1e999",
    "0.1e-400",
    "true",
    "\0",
    "\r\n",
    "\u{e9}",
    "\"text\"",
    "\"toolUse\"",
    "\"maxTokens\":0",
    "{\"type\":\"server_tool_use\"}",
    "\"p\"",
    "\u{7f}\u{7f}\u{7f}\u{7f}",
    " ",
];

#[derive(Debug, Clone)]
enum Mutation {
    Flip(u8),
    Delete(usize),
    Repeat(usize),
    Insert(usize),
    Splice(usize, usize),
}

fn mutation() -> impl Strategy<Value = (usize, Mutation)> {
    let kind = prop_oneof![
        any::<u8>().prop_map(Mutation::Flip),
        (0_usize..40).prop_map(Mutation::Delete),
        (0_usize..40).prop_map(Mutation::Repeat),
        (0..TOKENS.len()).prop_map(Mutation::Insert),
        (any::<usize>(), any::<usize>()).prop_map(|(seed, at)| Mutation::Splice(seed, at)),
    ];
    (any::<usize>(), kind)
}

fn mutate(seeds: &[Vec<u8>], seed: usize, mutations: &[(usize, Mutation)]) -> Vec<u8> {
    let mut data = seeds[seed % seeds.len()].clone();
    for (at, mutation) in mutations {
        let at = at % (data.len() + 1);
        match mutation {
            Mutation::Flip(bits) => data.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits),
            Mutation::Delete(length) => drop(data.drain(at..(at + length).min(data.len()))),
            Mutation::Repeat(length) => {
                let piece = data[at..(at + length).min(data.len())].to_vec();
                data.splice(at..at, piece);
            }
            Mutation::Insert(token) => drop(data.splice(at..at, TOKENS[*token].bytes())),
            Mutation::Splice(seed, from) => {
                let other = &seeds[seed % seeds.len()];
                data.truncate(at);
                data.extend_from_slice(&other[from % (other.len() + 1)..]);
            }
        }
    }
    data
}

#[test]
fn the_properties_hold_for_the_corpus_and_for_what_is_near_it() {
    for (name, property) in ALL {
        let seeds = seeds(name);
        seeds.iter().for_each(|seed| property(seed));
        let strategy = (any::<usize>(), proptest::collection::vec(mutation(), 1..6));
        // PROPTEST_CASES makes it longer.
        let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
        let result = runner.run(&strategy, |(seed, mutations)| {
            property(&mutate(&seeds, seed, &mutations));
            Ok(())
        });
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}
