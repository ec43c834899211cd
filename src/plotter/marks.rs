//! A backend of `plotters` that draws nothing: it writes down what is to be drawn.

use plotters::style::RGBColor;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use std::convert::Infallible;
use std::fmt::Write;

/// Looks are the page's; here a colour only tells what a line is.
pub(crate) const GRID: RGBColor = RGBColor(1, 0, 0);
pub(crate) const CURVE: RGBColor = RGBColor(2, 0, 0);

/// Width and height of a digit, about; only the distance of labels from axes hangs on it.
const DIGIT: (u32, u32) = (6, 10);

pub(crate) struct Marks<'a> {
    size: (u32, u32),
    marks: &'a mut Vec<String>,
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl Marks<'_> {
    pub(crate) fn new(size: (u32, u32), marks: &mut Vec<String>) -> Marks<'_> {
        Marks { size, marks }
    }
}

fn is_curve(style: &impl BackendStyle) -> bool {
    style.color().rgb.0 == CURVE.0
}

impl DrawingBackend for Marks<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Done {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        (x1, y1): BackendCoord,
        (x2, y2): BackendCoord,
        style: &S,
    ) -> Done {
        if style.color().alpha > 0.0 {
            self.marks.push(format!("g {x1} {y1} {x2} {y2}"));
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        if !is_curve(style) {
            for pair in points.windows(2) {
                self.draw_line(pair[0], pair[1], style)?;
            }
            return Ok(());
        }
        let mut mark = "c ".to_owned();
        let mut last = None;
        for (x, y) in points {
            // Many points lie within one pixel.
            if last != Some((x, y)) {
                let verb = if last.is_none() { 'M' } else { 'L' };
                let _ = write!(mark, "{verb}{x} {y}");
            }
            last = Some((x, y));
        }
        self.marks.push(mark);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Done {
        let axis = if matches!(style.anchor().h_pos, HPos::Right) { 'y' } else { 'x' };
        self.marks.push(format!("{axis} {x} {y} {text}"));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        _: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((text.len() as u32 * DIGIT.0, DIGIT.1))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        _: BackendCoord,
        _: BackendCoord,
        _: &S,
        _: bool,
    ) -> Done {
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, _: BackendCoord, _: u32, _: &S, _: bool) -> Done {
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        _: I,
        _: &S,
    ) -> Done {
        Ok(())
    }

    fn blit_bitmap(&mut self, _: BackendCoord, _: (u32, u32), _: &[u8]) -> Done {
        Ok(())
    }
}
