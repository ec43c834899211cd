//! The phases of an outage as one bar, the longest flagged, and as a list with their lengths.
//!
//! Refuses to know what a phase means; its words come with the engine.

use crate::layout::shape::px;
use crate::layout::span::{brief, clock};
use crate::layout::text::say;
use crate::view::host::view;
use replicascope::Lang;
use replicascope::scene::{Instant, Phases, Span};
use replicascope::words::word;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct PhaseBar {
    pub phases: Phases,
    pub lang: Lang,
}

/// The time between two marks.
#[derive(Debug, PartialEq)]
struct Segment {
    from: String,
    to: String,
    began: Instant,
    length: Span,
    longest: bool,
}

fn segments(phases: &Phases) -> Vec<Segment> {
    let mut segments: Vec<Segment> = phases
        .marks
        .windows(2)
        .map(|pair| Segment {
            from: pair[0].0.clone(),
            to: pair[1].0.clone(),
            began: pair[0].1,
            length: pair[1].1.since(pair[0].1),
            longest: false,
        })
        .collect();
    let longest = segments.iter().map(|segment| segment.length).max();
    if let Some(first) = segments.iter_mut().find(|segment| Some(segment.length) == longest) {
        first.longest = true;
    }
    segments
}

view!(PhaseBar, phase_bar);

fn phase_bar(props: &PhaseBar) -> Html {
    let lang = props.lang;
    let segments = segments(&props.phases);
    let total: u64 = segments.iter().map(|segment| segment.length.0).sum();
    html! {
        <figure class="phases" data-testid="phases" data-partition={props.phases.subject.clone()}>
            <figcaption>
                { say(lang, "stage.phases.name", &[("partition", &props.phases.subject)]) }
                if total > 0 {
                    <span class="phases-total">
                        { word(lang, "stage.phases.total") }{ " " }<b>{ brief(Span(total)) }</b>
                    </span>
                }
            </figcaption>
            { bar(&segments, total) }
            <ol class="phase-list">
                { for props.phases.marks.first().map(|(key, at, _)| html! {
                    <li><span class="phase-when">{ clock(*at) }</span>{ word(lang, key) }</li>
                }) }
                { for segments.iter().map(|segment| row(segment, lang)) }
            </ol>
        </figure>
    }
}

/// Every phase stays visible: each gets a little room before the rest is shared by length.
fn bar(segments: &[Segment], total: u64) -> Html {
    let least = 2.0;
    let shared = 100.0 - least * segments.len() as f64;
    let mut x = 0.0;
    let rects = segments.iter().map(|segment| {
        let share = if total == 0 { 0.0 } else { segment.length.0 as f64 / total as f64 };
        let width = least + shared * share;
        let class = if segment.longest { "phase phase-longest" } else { "phase" };
        let shape = html! {
            <rect {class} x={px(x) + "%"} y="1" width={px(width - 0.3) + "%"}
                height="14" rx="3" />
        };
        x += width;
        shape
    });
    html! {
        <svg class="picture phase-bar" width="100%" height="16" aria-hidden="true">
            { for rects }
        </svg>
    }
}

fn row(segment: &Segment, lang: Lang) -> Html {
    let end = segment.began + segment.length;
    html! {
        <li class={classes!(segment.longest.then_some("phase-row-longest"))}>
            <span class="phase-when">{ clock(end) }</span>
            { word(lang, &segment.to) }
            <span class="phase-length">
                { format!("+{}", brief(segment.length)) }
                if segment.longest {
                    <em>{ word(lang, "stage.phases.longest") }</em>
                }
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(marks: &[u64]) -> Phases {
        let mark = |(index, at): (usize, &u64)| (format!("phase.{index}"), Instant(*at), 0);
        Phases { subject: "a-0".to_owned(), marks: marks.iter().enumerate().map(mark).collect() }
    }

    #[test]
    fn exactly_one_phase_is_the_longest() {
        let segments = segments(&phases(&[0, 10, 30, 50]));
        let longest: Vec<bool> = segments.iter().map(|segment| segment.longest).collect();
        assert_eq!(longest, [false, true, false]);
    }

    #[test]
    fn an_outage_that_has_only_begun_has_no_phases() {
        assert!(segments(&phases(&[7])).is_empty() && segments(&phases(&[])).is_empty());
    }
}
