//! A growing list that is cheap to copy: full chunks are shared, only the last is copied on write.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

const CHUNK: usize = 64;

/// A list that grows at its end and shrinks at both; a clone costs one pointer per 64 items.
#[derive(Clone, Debug)]
pub struct Chunked<T> {
    chunks: Vec<Rc<Vec<T>>>,
    /// Items of the first chunk that are gone.
    skip: usize,
    len: usize,
}

impl<T> Default for Chunked<T> {
    fn default() -> Chunked<T> {
        Chunked { chunks: Vec::new(), skip: 0, len: 0 }
    }
}

impl<T: Clone> Chunked<T> {
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, item: T) {
        if (self.skip + self.len).is_multiple_of(CHUNK) {
            self.chunks.push(Rc::new(Vec::with_capacity(CHUNK)));
        }
        let last = self.chunks.last_mut().expect("a chunk was just made sure of");
        Rc::make_mut(last).push(item);
        self.len += 1;
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        let kept = self.skip + len;
        self.chunks.truncate(kept.div_ceil(CHUNK));
        if let Some(last) = self.chunks.last_mut()
            && !kept.is_multiple_of(CHUNK)
        {
            Rc::make_mut(last).truncate(kept % CHUNK);
        }
        self.len = len;
    }

    /// Lets go of the first `count` items.
    pub fn drop_front(&mut self, count: usize) {
        let count = count.min(self.len);
        self.skip += count;
        self.len -= count;
        self.chunks.drain(..self.skip / CHUNK);
        self.skip %= CHUNK;
    }

    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let index = self.skip + index;
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let index = self.skip + index;
        Rc::make_mut(self.chunks.get_mut(index / CHUNK)?).get_mut(index % CHUNK)
    }

    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.len.checked_sub(1).and_then(|index| self.get(index))
    }

    /// The items from index `from` on.
    pub fn iter_from(&self, from: usize) -> impl Iterator<Item = &T> {
        (from..self.len).map_while(|index| self.get(index))
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_from(0)
    }
}

impl<T: Clone> FromIterator<T> for Chunked<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Chunked<T> {
        let mut list = Chunked::default();
        for item in items {
            list.push(item);
        }
        list
    }
}

impl<T: Clone + Hash> Hash for Chunked<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.len as u64);
        for item in self.iter() {
            item.hash(state);
        }
    }
}

impl<T: Clone + PartialEq> PartialEq for Chunked<T> {
    fn eq(&self, other: &Chunked<T>) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<T: Clone + Eq> Eq for Chunked<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_the_original_loses() {
        for cut in [0, 1, 63, 64, 65, 128, 199] {
            let mut list: Chunked<usize> = (0..200).collect();
            let copy = list.clone();
            list.truncate(cut);
            list.push(1000);
            assert_eq!(list.len(), cut + 1);
            assert_eq!(list.last(), Some(&1000));
            assert!(list.iter().take(cut).copied().eq(0..cut));
            assert!(copy.iter().copied().eq(0..200));
        }
    }

    #[test]
    fn what_leaves_at_the_front_leaves_the_rest_in_its_order() {
        for gone in [0, 1, 63, 64, 65, 199, 200, 300] {
            let mut list: Chunked<usize> = (0..200).collect();
            list.drop_front(gone);
            assert!(list.iter().copied().eq(gone.min(200)..200), "{gone} gone");
            list.push(1000);
            assert_eq!(list.last(), Some(&1000));
            list.truncate(1);
            assert_eq!((list.len(), list.iter().count()), (1, 1));
        }
    }
}
