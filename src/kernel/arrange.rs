//! Sorting with little code. The standard library's sorts are made anew for every type, three
//! kilobytes each; here the merging is made once, for places, and a type adds next to nothing.
//!
//! Stable, like `sort_by`. Refuses to be the fastest: lists here are short.

use std::cmp::Ordering;

/// Up to here elements are moved one by one, without a list of places.
const SHORT: usize = 16;

pub trait Arrange<T> {
    /// As `sort_by`: what is equal stays in its order.
    fn arrange_by(&mut self, by: impl FnMut(&T, &T) -> Ordering);

    fn arrange_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.arrange_by(|one, other| key(one).cmp(&key(other)));
    }

    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }
}

impl<T> Arrange<T> for [T] {
    fn arrange_by(&mut self, mut by: impl FnMut(&T, &T) -> Ordering) {
        if self.len() <= SHORT {
            for end in 1..self.len() {
                let mut at = end;
                while at > 0 && by(&self[at - 1], &self[at]) == Ordering::Greater {
                    self.swap(at - 1, at);
                    at -= 1;
                }
            }
            return;
        }
        let mut places = places(self.len(), &mut |a, b| by(&self[a], &self[b]));
        for start in 0..self.len() {
            let mut at = start;
            // Round a circle of places, each of which gets its own from the next.
            while places[at] != start {
                let from = std::mem::replace(&mut places[at], at);
                self.swap(at, from);
                at = from;
            }
            places[at] = at;
        }
    }
}

/// Which element belongs at each place, by merging runs of one, two, four and more.
fn places(len: usize, by: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    let mut merged = places.clone();
    let mut width = 1;
    while width < len {
        for (pair, merged) in places.chunks(2 * width).zip(merged.chunks_mut(2 * width)) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            for place in merged {
                let first = match (left, right) {
                    ([one, ..], [other, ..]) => by(*one, *other) != Ordering::Greater,
                    _ => right.is_empty(),
                };
                let from = if first { &mut left } else { &mut right };
                if let [next, rest @ ..] = *from {
                    (*place, *from) = (*next, rest);
                }
            }
        }
        std::mem::swap(&mut places, &mut merged);
        width *= 2;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::Arrange;

    /// Numbers without order, always the same.
    fn numbers(count: u64) -> Vec<(u64, u64)> {
        (0..count).map(|n| (n * 7_919 % 61, n)).collect()
    }

    #[test]
    fn lists_of_any_length_come_out_as_the_library_would_have_them() {
        for count in [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 100, 1_000] {
            let (mut own, mut library) = (numbers(count), numbers(count));
            own.arrange_by_key(|(key, _)| *key);
            library.sort_by_key(|(key, _)| *key);
            assert_eq!(own, library, "{count}");
            own.arrange_by(|a, b| b.cmp(a));
            library.sort_by(|a, b| b.cmp(a));
            assert_eq!(own, library, "{count}");
            own.arrange();
            library.sort();
            assert_eq!(own, library, "{count}");
        }
    }
}
