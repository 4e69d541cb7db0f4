//! The table's rows, made from what was measured of each contender.

use super::contender::Contender;

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// What is measured.
    pub figure: String,
    /// Ours and theirs, with their unit.
    pub values: String,
    /// Ours by theirs, or only ours.
    pub ratio: f64,
    /// What the ratio must not exceed.
    pub reach: f64,
}

/// What was measured of each contender, of `chat` among them.
#[derive(Debug)]
pub struct Results<T>(Vec<(Contender, T)>);

impl<T> Results<T> {
    /// In the contenders' order.
    pub fn new(contenders: Vec<Contender>, measured: impl IntoIterator<Item = T>) -> Self {
        Self(contenders.into_iter().zip(measured).collect())
    }

    /// A row against each of `peers`, with what must be reached, and one against the older build of `chat`, if it took
    /// part.
    pub fn against(&self, figure: &str, unit: &str, value: fn(&T) -> f64, peers: &[(Contender, f64)]) -> Vec<Row> {
        let before = self.of(Contender::Before).map(|_| (Contender::Before, f64::INFINITY));
        let row = |(peer, reach): (Contender, f64)| {
            let (ours, theirs) = (value(self.of(Contender::Ours)?), value(self.of(peer)?));
            let (figure, values) =
                (format!("{figure}, against {}", peer.name()), format!("{ours:.2} / {theirs:.2} {unit}"));
            Some(Row { figure, values, ratio: ours / theirs, reach })
        };
        peers.iter().copied().chain(before).filter_map(row).collect()
    }

    /// A row of only `chat`, with what must be reached.
    pub fn alone(&self, figure: &str, unit: &str, value: fn(&T) -> f64, reach: f64) -> Option<Row> {
        let ours = self.of(Contender::Ours).map(value)?;
        Some(Row { figure: figure.into(), values: format!("{ours:.2} {unit}"), ratio: ours, reach })
    }

    fn of(&self, contender: Contender) -> Option<&T> {
        self.0.iter().find(|(of, _)| *of == contender).map(|(_, measured)| measured)
    }
}
