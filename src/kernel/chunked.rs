//! A growing list that is cheap to copy: what is full is shared, only the end is copied on write.
//!
//! It is a tree of two levels. Keyframes are copies, so what a copy costs later (a pointer for each
//! block, and the last leaf with its block once more) is what a long history costs in memory.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Items in a leaf, and leaves in a block.
const LEAF: usize = 32;
const BLOCK: usize = 64;
const ITEMS: usize = LEAF * BLOCK;

type Leaf<T> = Rc<Vec<T>>;

/// A list that grows at its end and shrinks at both.
#[derive(Clone, Debug)]
pub struct Chunked<T> {
    blocks: Vec<Rc<Vec<Leaf<T>>>>,
    /// Items of the first block that are gone.
    skip: usize,
    len: usize,
}

impl<T> Default for Chunked<T> {
    fn default() -> Chunked<T> {
        Chunked { blocks: Vec::new(), skip: 0, len: 0 }
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
        let place = self.skip + self.len;
        if place.is_multiple_of(ITEMS) {
            self.blocks.push(Rc::default());
        }
        let block = Rc::make_mut(self.blocks.last_mut().expect("a block was just made sure of"));
        if place.is_multiple_of(LEAF) {
            block.push(Rc::new(Vec::with_capacity(LEAF)));
        }
        let leaf = block.last_mut().expect("a leaf was just made sure of");
        Rc::make_mut(leaf).push(item);
        self.len += 1;
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        let kept = self.skip + len;
        self.blocks.truncate(kept.div_ceil(ITEMS));
        if let Some(block) = self.blocks.last_mut()
            && !kept.is_multiple_of(ITEMS)
        {
            let block = Rc::make_mut(block);
            block.truncate((kept % ITEMS).div_ceil(LEAF));
            if let Some(leaf) = block.last_mut()
                && !kept.is_multiple_of(LEAF)
            {
                Rc::make_mut(leaf).truncate(kept % LEAF);
            }
        }
        self.len = len;
    }

    /// Lets go of the first `count` items.
    pub fn drop_front(&mut self, count: usize) {
        let count = count.min(self.len);
        self.skip += count;
        self.len -= count;
        self.blocks.drain(..self.skip / ITEMS);
        self.skip %= ITEMS;
    }

    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let index = self.skip + index;
        self.blocks.get(index / ITEMS)?.get(index % ITEMS / LEAF)?.get(index % LEAF)
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let index = self.skip + index;
        let block = Rc::make_mut(self.blocks.get_mut(index / ITEMS)?);
        Rc::make_mut(block.get_mut(index % ITEMS / LEAF)?).get_mut(index % LEAF)
    }

    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.len.checked_sub(1).and_then(|index| self.get(index))
    }

    /// How many items at the beginning are `before`; of a list in which those come first.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle).is_some_and(&before) { low = middle + 1 } else { high = middle }
        }
        low
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
        for cut in [0, 1, 31, 32, 33, 64, 199, 2_047, 2_048, 2_049, 2_080, 4_999] {
            let mut list: Chunked<usize> = (0..5_000).collect();
            let copy = list.clone();
            list.truncate(cut);
            list.push(1000);
            assert_eq!(list.len(), cut + 1);
            assert_eq!(list.last(), Some(&1000));
            assert!(list.iter().take(cut).copied().eq(0..cut));
            assert!(copy.iter().copied().eq(0..5_000));
            assert_eq!(copy.partition_point(|item| *item < cut), cut);
        }
    }

    #[test]
    fn what_leaves_at_the_front_leaves_the_rest_in_its_order() {
        for gone in [0, 1, 31, 32, 33, 2_047, 2_048, 2_049, 4_999, 5_000, 6_000] {
            let mut list: Chunked<usize> = (0..5_000).collect();
            list.drop_front(gone);
            assert!(list.iter().copied().eq(gone.min(5_000)..5_000), "{gone} gone");
            list.push(1000);
            assert_eq!(list.last(), Some(&1000));
            list.truncate(1);
            assert_eq!((list.len(), list.iter().count()), (1, 1));
        }
    }
}
