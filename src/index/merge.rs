//! Which segments to merge after a batch. Pure.
//!
//! Each batch adds a segment, each segment costs every search a little, and each merge writes its documents again. So merges come only
//! when there are many segments, and take small ones with small ones: a document is written again a logarithmic number of times.

/// More segments than this are merged.
const MOST: usize = 8;
/// A larger segment takes part only if those before it, together, are not smaller than by this factor.
const RATIO: u32 = 4;

/// What counts of a segment: its documents, and those of them that were replaced or removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) n_live: u32,
    pub(super) n_deleted: u32,
}

/// Returns the places of the segments to merge into one; none if all may stay.
pub(super) fn due(sizes: &[Size]) -> Vec<usize> {
    let mut by_size: Vec<usize> = (0..sizes.len()).collect();
    by_size.sort_by_key(|which| sizes[*which].n_live);
    let is_dead_weight = |which: &usize| sizes[*which].n_deleted > sizes[*which].n_live / 2;
    // With the largest that is mostly dead go all that are smaller.
    if let Some(last) = by_size.iter().rposition(is_dead_weight) {
        return by_size[..=last].to_vec();
    }
    if sizes.len() <= MOST {
        return Vec::new();
    }
    let (mut n_taken, mut n_docs) = (0, 0);
    for which in &by_size {
        let next = sizes[*which].n_live;
        if n_taken >= 2 && next > n_docs * RATIO {
            break;
        }
        n_docs += next;
        n_taken += 1;
    }
    by_size[..n_taken].to_vec()
}

/// Returns the places of the segments to merge after a load, in lists that each become one segment, so that `n_shares` are left; none if all
/// may stay. Nothing else is to be done then, so each list is merged on a core of its own.
pub(super) fn shares(sizes: &[Size], n_shares: usize) -> Vec<Vec<usize>> {
    if sizes.len() <= MOST {
        return Vec::new();
    }
    let mut by_size: Vec<usize> = (0..sizes.len()).collect();
    by_size.sort_by_key(|which| std::cmp::Reverse(sizes[*which].n_live));
    let mut shares = vec![(0, Vec::new()); n_shares];
    for which in by_size {
        let (n_docs, share) = shares.iter_mut().min_by_key(|(n_docs, _)| *n_docs).expect("there is a worker");
        *n_docs += sizes[which].n_live;
        share.push(which);
    }
    shares.into_iter().map(|(_, share)| share).filter(|share| share.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(live_and_deleted: &[(u32, u32)], expected: &[usize]) {
        let sizes: Vec<Size> = live_and_deleted.iter().map(|(n_live, n_deleted)| Size { n_live: *n_live, n_deleted: *n_deleted }).collect();
        let mut found = due(&sizes);
        found.sort();
        assert_eq!(found, expected, "{live_and_deleted:?}");
    }

    #[test]
    fn few_segments_stay() {
        check(&[], &[]);
        check(&[(6000, 10), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0)], &[]);
    }

    #[test]
    fn a_load_leaves_as_many_segments_as_there_are_workers_of_about_one_size() {
        let sizes = |n_live: &[u32]| -> Vec<Size> { n_live.iter().map(|n_live| Size { n_live: *n_live, n_deleted: 0 }).collect() };
        assert!(shares(&sizes(&[9; 8]), 2).is_empty());
        assert_eq!(shares(&sizes(&[1, 9, 5, 5, 5, 5, 5, 5, 4]), 2), [vec![1, 4, 6, 8], vec![2, 3, 5, 7, 0]]);
        assert_eq!(shares(&sizes(&[1, 1, 1, 1, 1, 1, 1, 1, 9]), 2), [(0..8).collect::<Vec<_>>()]);
        assert_eq!(shares(&sizes(&[1; 9]), 1), [(0..9).collect::<Vec<_>>()]);
    }

    #[test]
    fn small_segments_are_merged_with_small_ones() {
        check(&[(6000, 0), (64, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0)], &[2, 3, 4, 5, 6, 7, 8]);
        check(&[(6000, 0), (64, 0), (19, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0)], &[1, 2, 3, 4, 5, 6, 7, 8]);
        check(&[(9, 0), (8, 0), (7, 0), (6, 0), (5, 0), (4, 0), (3, 0), (2, 0), (1, 0)], &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn what_is_mostly_dead_is_written_anew() {
        check(&[(60, 31), (1, 0), (100, 0)], &[0, 1]);
        check(&[(60, 30), (1, 0)], &[]);
    }

    #[test]
    fn a_year_of_single_saves_writes_each_document_a_few_times() {
        let (mut sizes, mut n_written) = (vec![Size { n_live: 6000, n_deleted: 0 }], 0);
        for _ in 0..5000 {
            sizes.push(Size { n_live: 1, n_deleted: 0 });
            let mut merged = due(&sizes);
            merged.sort_by(|a, b| b.cmp(a));
            let n_live: u32 = merged.iter().map(|which| sizes.remove(*which).n_live).sum();
            n_written += n_live;
            sizes.extend((n_live > 0).then_some(Size { n_live, n_deleted: 0 }));
            assert!(sizes.len() <= MOST);
        }
        assert!(n_written < 5000 * 12, "{n_written}");
    }
}
