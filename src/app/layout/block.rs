//! Where a partition's block of the log matrix has its rows and columns.
//!
//! Knows offsets, replicas and pixels; refuses to know colours and words.

use super::Rect;
use replicascope::scene::{NodeId, Strip, Strips};

/// Height of the ruler: offsets, and among them the flag of the high watermark.
pub const RULER: f64 = 24.0;
/// Height of a record's cell.
pub const CELL: f64 = 21.0;
/// Room above the cells of a row, for epoch tags and ticks of acknowledgement.
pub const ABOVE: f64 = 10.0;
const ROW: f64 = 36.0;
const GHOSTS: f64 = 23.0;
const BETWEEN: f64 = 1.0;

/// Sizes that depend on the width of the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// Width of a record's cell, with the gap after it.
    pub step: f64,
    /// Width of the column of names.
    pub names: f64,
}

impl Form {
    /// Cells grow and shrink within limits so that the labels after them stay in sight; on narrow
    /// stages the logs scroll instead.
    #[must_use]
    pub fn fitting(width: f64, columns: u64) -> Form {
        if width < 560.0 {
            return Form { step: 32.0, names: 110.0 };
        }
        let names = 168.0;
        let room = width - names - LEFT - LABELS;
        Form { step: (room / columns.max(1) as f64).floor().clamp(30.0, 38.0), names }
    }
}

/// Room for the labels after the last record.
pub const LABELS: f64 = 132.0;

/// The places of one partition's rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub form: Form,
    /// First shown offset, and the one after the last that has a column.
    pub first: u64,
    pub last: u64,
    pub rows: Vec<Row>,
    pub height: f64,
    /// Right end of the columns; words may follow.
    pub columns_end: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub node: NodeId,
    pub y: f64,
    pub h: f64,
    pub in_isr: bool,
}

/// Columns after which what is shifted as a whole begins to count anew: small numbers are exact.
const LAP: u64 = 256;

/// Left of the first column, where an earlier part of the log is hinted at.
const LEFT: f64 = 16.0;

impl Block {
    #[must_use]
    pub fn of(strips: &Strips, width: f64) -> Block {
        let reach = |strip: &Strip| {
            let cells = strip.cells.iter().chain(&strip.ghosts).map(|cell| cell.offset + 1);
            cells.max().unwrap_or(0).max(strip.end)
        };
        let last = strips.replicas.iter().map(reach).max().unwrap_or(0);
        let last = last.max(strips.window + 8);
        let form = Form::fitting(width, last - strips.window);
        let mut y = RULER;
        let mut rows = Vec::new();
        for strip in &strips.replicas {
            let h = if strip.ghosts.is_empty() { ROW } else { ROW + GHOSTS };
            rows.push(Row { node: strip.node, y, h, in_isr: strip.in_isr });
            y += h + BETWEEN;
        }
        let columns_end = LEFT + (last - strips.window) as f64 * form.step;
        Block { form, first: strips.window, last, rows, height: y + 4.0, columns_end }
    }

    /// Left edge of the column of `offset`: where a boundary at `offset` stands.
    #[must_use]
    pub fn x(&self, offset: u64) -> f64 {
        LEFT + offset.clamp(self.first, self.last).saturating_sub(self.first) as f64
            * self.form.step
    }

    /// Width of the logs that is out of sight on the left while their end is in sight, where they
    /// have `room`.
    #[must_use]
    pub fn hidden(&self, room: f64) -> f64 {
        (self.columns_end + LABELS - room).max(0.0)
    }

    /// The cell of a record in a row; none outside the window.
    #[must_use]
    pub fn cell(&self, row: &Row, offset: u64) -> Option<Rect> {
        (self.first..self.last)
            .contains(&offset)
            .then(|| Rect::new(self.x(offset) + 1.0, row.y + ABOVE, self.form.step - 2.0, CELL))
    }

    /// The column from which [`Block::shifted`] counts.
    #[must_use]
    pub fn lap(&self) -> u64 {
        self.first / LAP * LAP
    }

    /// The cell of a record where all cells are drawn within a group that is moved by
    /// [`Block::shift`]: its own place does not change as the log grows.
    #[must_use]
    pub fn shifted(&self, row: &Row, offset: u64) -> Option<Rect> {
        let cell = self.cell(row, offset)?;
        let x = (offset - self.lap()) as f64 * self.form.step + 1.0;
        Some(Rect { x, ..cell })
    }

    #[must_use]
    pub fn shift(&self) -> f64 {
        LEFT - (self.first - self.lap()) as f64 * self.form.step
    }

    /// The place of a record that this row threw away: under its log.
    #[must_use]
    pub fn ghost(&self, row: &Row, offset: u64) -> Option<Rect> {
        let cell = self.cell(row, offset)?;
        Some(Rect { y: row.y + ROW, h: GHOSTS - 5.0, ..cell })
    }

    /// Brackets around neighbouring in-sync rows, as spans of height; always the same number, the
    /// idle ones empty at the bottom, so that each can grow and shrink in place.
    #[must_use]
    pub fn brackets(&self) -> Vec<(f64, f64)> {
        let mut brackets: Vec<(f64, f64)> = Vec::new();
        let mut open = false;
        for row in &self.rows {
            match brackets.last_mut() {
                Some(last) if open && row.in_isr => last.1 = row.y + row.h,
                _ if row.in_isr => brackets.push((row.y, row.y + row.h)),
                _ => {}
            }
            open = row.in_isr;
        }
        let most = self.rows.len().div_ceil(2);
        brackets.resize(most, (self.height - 2.0, self.height - 2.0));
        brackets
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn block(strips: &Strips) -> Block {
        Block::of(strips, 880.0)
    }

    #[test]
    fn boundaries_stand_between_cells() {
        let strips = fixture::partition("orders-0", &[1, 2, 3]);
        let block = block(&strips);
        let row = block.rows[0];
        let (before, after) = (block.cell(&row, 5), block.cell(&row, 6));
        let (before, after) = (before.expect("shown"), after.expect("shown"));
        assert!(before.right() <= block.x(6) && block.x(6) <= after.x);
    }

    #[test]
    fn nothing_outside_the_window_has_a_cell() {
        let mut strips = fixture::partition("orders-0", &[1, 2, 3]);
        strips.window = 4;
        let block = block(&strips);
        assert_eq!(block.cell(&block.rows[0], 3), None);
        assert_eq!(block.x(0), block.x(4));
        assert!(block.cell(&block.rows[0], 4).is_some());
    }

    #[test]
    fn a_shifted_cell_comes_to_the_same_place_and_does_not_move_within_its_group() {
        let mut strips = fixture::partition("orders-0", &[1, 2, 3]);
        let before = block(&strips);
        let row = before.rows[0];
        strips.window = 4;
        let after = block(&strips);
        let (one, other) = (before.shifted(&row, 5), after.shifted(&row, 5));
        assert_eq!(one, other);
        for block in [before, after] {
            let shifted = block.shifted(&row, 5).map(|cell| cell.x + block.shift());
            assert_eq!(shifted, block.cell(&row, 5).map(|cell| cell.x));
        }
    }

    #[test]
    fn the_bracket_holds_exactly_the_in_sync_rows() {
        let mut strips = fixture::partition("orders-0", &[1, 2, 3]);
        assert_eq!(block(&strips).brackets()[0].1, block(&strips).rows[2].y + ROW);
        strips.replicas[1].in_isr = false;
        let block = block(&strips);
        let brackets = block.brackets();
        assert_eq!(brackets.len(), 2);
        for row in &block.rows {
            let held = brackets.iter().any(|(from, to)| *from <= row.y && row.y + row.h <= *to);
            assert_eq!(held, row.in_isr);
        }
    }

    #[test]
    fn the_number_of_brackets_does_not_change() {
        let mut strips = fixture::partition("orders-0", &[1, 2, 3]);
        let before = block(&strips).brackets().len();
        strips.replicas.iter_mut().for_each(|replica| replica.in_isr = false);
        assert_eq!(block(&strips).brackets().len(), before);
    }

    #[test]
    fn rows_do_not_touch() {
        let block = block(&fixture::outage().strips[0]);
        for pair in block.rows.windows(2) {
            assert!(pair[0].y + pair[0].h < pair[1].y);
        }
    }
}
