//! A set of the documents of one segment.

use tantivy::DocId;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Docs {
    bits: Vec<u64>,
    n_docs: u32,
}

impl Docs {
    pub(super) fn none(n_docs: u32) -> Self {
        Self { bits: vec![0; n_docs.div_ceil(64) as usize], n_docs }
    }

    pub(super) fn all(n_docs: u32) -> Self {
        let mut docs = Self { bits: vec![u64::MAX; n_docs.div_ceil(64) as usize], n_docs };
        docs.cut();
        docs
    }

    pub(super) fn insert(&mut self, doc: DocId) {
        self.bits[doc as usize / 64] |= 1 << (doc % 64);
    }

    pub(super) fn contains(&self, doc: DocId) -> bool {
        self.bits[doc as usize / 64] & 1 << (doc % 64) != 0
    }

    pub(super) fn remove(&mut self, doc: DocId) {
        self.bits[doc as usize / 64] &= !(1 << (doc % 64));
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(bits, other)| *bits &= other);
    }

    pub(super) fn unite(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(bits, other)| *bits |= other);
    }

    pub(super) fn complement(&mut self) {
        self.bits.iter_mut().for_each(|bits| *bits = !*bits);
        self.cut();
    }

    pub(super) fn len(&self) -> usize {
        self.bits.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = DocId> + '_ {
        (0..).step_by(64).zip(&self.bits).flat_map(|(first, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let lowest = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (lowest < 64).then_some(first + lowest)
            })
        })
    }

    /// Clears the bits beyond the last document.
    fn cut(&mut self) {
        if let (Some(last), 1..) = (self.bits.last_mut(), self.n_docs % 64) {
            *last &= (1 << (self.n_docs % 64)) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_never_holds_what_the_segment_has_not() {
        for n_docs in [0, 1, 63, 64, 65, 130] {
            assert_eq!(Docs::all(n_docs).iter().collect::<Vec<_>>(), (0..n_docs).collect::<Vec<_>>());
            let mut none = Docs::all(n_docs);
            none.complement();
            assert_eq!(none, Docs::none(n_docs));
            none.complement();
            assert_eq!(none, Docs::all(n_docs));
        }
    }

    #[test]
    fn sets_are_combined() {
        let of = |docs: &[DocId]| {
            let mut set = Docs::none(100);
            docs.iter().for_each(|doc| set.insert(*doc));
            set
        };
        let (mut both, mut either) = (of(&[1, 70, 99]), of(&[1, 70, 99]));
        both.intersect(&of(&[70, 2]));
        either.unite(&of(&[70, 2]));
        assert_eq!((both, either), (of(&[70]), of(&[1, 2, 70, 99])));
    }
}
