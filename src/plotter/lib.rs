//! The scales and lines of a chart, by `plotters`: a program of its own, which a page fetches when
//! its charts are opened; no other visit pays for it.
//!
//! Numbers go in, marks come out, a short text each. Refuses to know what is counted, how it looks,
//! and any document.

mod marks;

use marks::{CURVE, GRID, Marks};
use plotters::prelude::*;

/// Labels of the time axis stand at least so far apart, in pixels.
const APART: u32 = 48;

/// Draws curves over time, from zero to `most`.
///
/// `frame` is width, height, and the room at the left, right, top and foot; `axes` is the end of
/// time and the largest number. `curves` holds for each how many points it has, and then those,
/// time before number. What comes back, in order:
/// `g X1 Y1 X2 Y2` is a line of the grid, `x X Y NUMBER` and `y X Y NUMBER` are labels of the axes,
/// and `c PATH` is the next curve.
#[must_use]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
pub fn plot(frame: &[u32], axes: &[f64], curves: &[f64]) -> Vec<String> {
    let mut marks = Vec::new();
    if let ([width, height, left, right, top, foot], [to, most]) = (frame, axes) {
        let frame = Frame {
            size: (*width, *height),
            left: *left,
            right: *right,
            top: *top,
            foot: *foot,
            to: (*to as u64).max(1),
            most: (*most as u64).max(1),
        };
        // What draws into memory cannot fail.
        let _ = draw(&frame, &read(curves), &mut marks);
    }
    marks
}

struct Frame {
    size: (u32, u32),
    left: u32,
    right: u32,
    top: u32,
    foot: u32,
    to: u64,
    most: u64,
}

type Curve = Vec<(u64, u64)>;

fn read(mut numbers: &[f64]) -> Vec<Curve> {
    let mut curves = Vec::new();
    while let [count, rest @ ..] = numbers {
        let (own, others) = rest.split_at((*count as usize * 2).min(rest.len()));
        curves.push(own.chunks_exact(2).map(|pair| (pair[0] as u64, pair[1] as u64)).collect());
        numbers = others;
    }
    curves
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(frame: &Frame, curves: &[Curve], marks: &mut Vec<String>) -> Drawn {
    let root = Marks::new(frame.size, marks).into_drawing_area();
    let ends = vec![0, frame.most];
    let mut chart = ChartBuilder::on(&root)
        .margin_top(frame.top)
        .margin_right(frame.right)
        .x_label_area_size(frame.foot)
        .y_label_area_size(frame.left)
        .build_cartesian_2d(0..frame.to, (0..frame.most).with_key_points(ends))?;
    let across = frame.size.0.saturating_sub(frame.left + frame.right);
    chart
        .configure_mesh()
        .x_labels((across / APART).max(1) as usize)
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .x_label_formatter(&ToString::to_string)
        .y_label_formatter(&ToString::to_string)
        .draw()?;
    for curve in curves {
        chart.draw_series(LineSeries::new(curve.iter().copied(), CURVE))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: [u32; 6] = [300, 100, 40, 14, 6, 18];

    fn plotted(curves: &[f64]) -> Vec<String> {
        plot(&FRAME, &[20_000_000.0, 8.0], curves)
    }

    #[test]
    fn a_step_goes_from_corner_to_corner() {
        let marks = plotted(&[4.0, 0.0, 0.0, 1e7, 0.0, 1e7, 8.0, 2e7, 8.0]);
        let curves: Vec<&String> = marks.iter().filter(|mark| mark.starts_with('c')).collect();
        assert_eq!(curves.len(), 1);
        assert_eq!(curves[0], "c M40 81L162 81L162 6L285 6", "{marks:?}");
    }

    #[test]
    fn the_axes_are_labelled_at_round_numbers() {
        let marks = plotted(&[]);
        let labels = |axis: &str| -> Vec<String> {
            let own = marks.iter().filter_map(|mark| mark.strip_prefix(axis));
            own.filter_map(|label| label.split(' ').nth(2)).map(str::to_owned).collect()
        };
        assert_eq!(labels("y "), ["0", "8"]);
        assert_eq!(labels("x "), ["0", "5000000", "10000000", "15000000", "20000000"]);
        assert!(marks.iter().any(|mark| mark.starts_with("g ")));
    }

    #[test]
    fn nonsense_is_drawn_as_nothing() {
        assert!(plot(&[1, 2], &[], &[]).is_empty());
        assert!(plotted(&[9.0, 1.0, 1.0]).iter().any(|mark| mark.starts_with('c')));
        let _ = plot(&[0, 0, 0, 0, 0, 0], &[f64::NAN, -1.0], &[f64::NAN]);
        let _ = plot(&[10, 10, 40, 14, 6, 18], &[1.0, 1.0], &[1.0, 1.0, 1.0]);
    }
}
