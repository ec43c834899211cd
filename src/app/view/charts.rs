//! The charts: the numbers of the product's own monitoring over the run, with what each was at the
//! cursor; a press leads there.
//!
//! Draws what the session notes down; refuses to know what is counted.

use super::draw::{draw, draw_all};
use super::size::use_width;
use super::tape::{paged, pointers};
use crate::action::{Action, Deed};
use crate::layout::chart::{self, HIGH, Order, Plot};
use crate::layout::reel;
use crate::layout::shape::px;
use crate::layout::span::clock;
use crate::player::Player;
use crate::plotting::{Fetched, Plotter, use_plotter};
use crate::text::{Names, fill, say};
use crate::view::host::{Part, View, view};
use crate::view::icon::{Icon, icon};
use replicascope::Lang;
use replicascope::scene::{Chart, Instant, Series, Tape, Unit, Whose};
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Charts {
    pub lang: Lang,
    pub narrow: bool,
    pub player: Player,
    pub names: Names,
    pub tape: Part<Tape>,
    pub cursor_at: Instant,
    /// Time stands still.
    pub still: bool,
    pub act: Callback<Action>,
}

view!(Charts, hook use_charts);

#[hook]
fn use_charts(props: &Charts) -> Html {
    let lang = props.lang;
    let plotter = use_plotter();
    let as_table = use_state_eq(|| false);
    // They become longer together with the tape.
    let charts = use_memo(props.tape.clone(), |_| {
        let charts = props.player.look_front(|session| session.charts());
        charts.into_iter().map(Part::new).collect::<Vec<_>>()
    });
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |_: MouseEvent| as_table.set(!*as_table))
    };
    let close = props.act.reform(|_: MouseEvent| Action::Charts(false));
    html! {
        <section class="charts" aria-label={say(lang, "app.charts.name")} data-testid="charts">
            <div class="weave-head">
                if !props.narrow {
                    <h2>{ say(lang, "app.charts.name") }</h2>
                }
                <button type="button" class="bead" aria-pressed={as_table.to_string()}
                    onclick={toggle} data-testid="charts-table">
                    { say(lang, "app.charts.table") }
                </button>
                if !props.narrow {
                    <span class="weave-hint">{ say(lang, "app.charts.hint") }</span>
                    <button type="button" class="icon-button" onclick={close}
                        title={say(lang, "app.dialog.close")}
                        aria-label={say(lang, "app.dialog.close")}>
                        { icon(Icon::Close) }
                    </button>
                }
            </div>
            <div class="charts-scroll" tabindex="0" role="group"
                aria-label={say(lang, "app.charts.name")}>
                if charts.is_empty() {
                    <p class="quiet">{ say(lang, "app.charts.empty") }</p>
                }
                if plotter == Fetched::Failed {
                    <p class="quiet" role="status">{ say(lang, "app.charts.no-plotter") }</p>
                }
                if *as_table {
                    { table(props, &charts) }
                } else {
                    { for charts.iter().map(|chart| card(props, chart, &plotter)) }
                }
            </div>
        </section>
    }
}

fn card(props: &Charts, chart: &Part<Chart>, plotter: &Fetched) -> Html {
    Card {
        lang: props.lang,
        names: props.names.clone(),
        chart: chart.clone(),
        tape: props.tape.clone(),
        cursor_at: props.cursor_at,
        still: props.still,
        plotter: match plotter {
            Fetched::Here(plotter) => Some(plotter.clone()),
            _ => None,
        },
        act: props.act.clone(),
    }
    .keyed(chart.title.key)
}

#[derive(PartialEq)]
struct Card {
    lang: Lang,
    names: Names,
    chart: Part<Chart>,
    tape: Part<Tape>,
    cursor_at: Instant,
    still: bool,
    plotter: Option<Plotter>,
    act: Callback<Action>,
}

view!(Card, hook use_card);

#[hook]
fn use_card(props: &Card) -> Html {
    let place = use_node_ref();
    let width = use_width(&place, 280.0);
    let (drag, over) = (use_mut_ref(|| None), use_state_eq(|| None::<Instant>));
    let (chart, at) = (&props.chart, props.cursor_at);
    let plot = Plot::of(chart, &props.tape, at, width);
    let end = props.tape.to.max(at);
    let seek = props.act.reform(|at| Action::Do(Deed::SeekTime(at)));
    let (onpointerdown, onpointermove, onpointerup) =
        pointers(&place, plot.ruler, end, &seek, &drag, &over);
    let peek = (*over).filter(|over| *over != at);
    let onpointerleave = Callback::from(move |_: PointerEvent| over.set(None));
    let title = props.names.tell(props.lang, &chart.title);
    let about = format!("{}-about", chart.title.key);
    let curves = props
        .plotter
        .clone()
        .map(|plotter| Curves { chart: chart.clone(), plot, end: props.tape.to, plotter }.show());
    html! {
        <section class="chart" data-testid={chart.title.key}>
            <h3>{ &title }</h3>
            { legend(props) }
            <div class="chart-plot" ref={place} role="slider" tabindex="0"
                aria-label={fill(props.lang, "app.charts.seek", &[("chart", &title)])}
                aria-describedby={about.clone()} aria-valuemin="0"
                aria-valuemax={(end.0 / 1000).to_string()}
                aria-valuenow={(at.0 / 1000).to_string()} aria-valuetext={spoken(props)}
                onkeydown={on_key(props, end, &seek)} {onpointerdown} {onpointermove}
                {onpointerleave} onpointercancel={onpointerup.clone()} {onpointerup}>
                <svg class="picture" viewBox={format!("0 0 {} {}", px(width), px(HIGH))}
                    width={px(width)} height={px(HIGH)} aria-hidden="true">
                    { for curves }
                    { draw_all(&chart::cursor(chart, &plot, at)) }
                    if let Some(peek) = peek {
                        { draw_all(&reel::preview(&plot.ruler, peek, clock(peek), HIGH)) }
                    }
                </svg>
            </div>
            <p class="chart-about" id={about}>{ props.names.tell(props.lang, &chart.about) }</p>
        </section>
    }
}

/// A moving cursor redraws nothing of it.
#[derive(PartialEq)]
struct Curves {
    chart: Part<Chart>,
    plot: Plot,
    end: Instant,
    plotter: Plotter,
}

view!(Curves, curves);

fn curves(props: &Curves) -> Html {
    let order = Order::of(&props.chart, &props.plot, props.end);
    draw_all(&chart::picture(&order, &props.plotter.plot(&order)))
}

/// Each number's name, as the product has it, with its line and what it is at the cursor.
fn legend(props: &Card) -> Html {
    let row = |(place, series): (usize, &Series)| {
        html! {
            <li title={series.object}>
                <svg class="picture" viewBox="0 0 28 10" aria-hidden="true">
                    { draw(&chart::swatch(place)) }
                </svg>
                <code>{ series.name }</code>
                <span class="chart-of">{ whose(props.lang, &series.of) }</span>
                <b>{ now(props.chart.unit, series, props.cursor_at) }</b>
            </li>
        }
    };
    html! {
        <ul class="chart-legend">{ for props.chart.series.iter().enumerate().map(row) }</ul>
    }
}

fn whose(lang: Lang, of: &Whose) -> String {
    match of {
        Whose::All => String::new(),
        Whose::One(name) => name.clone(),
        Whose::Worst(count) => fill(lang, "app.charts.worst", &[("count", &count.to_string())]),
    }
}

fn now(unit: Unit, series: &Series, at: Instant) -> String {
    written(unit, chart::value(series, at))
}

fn written(unit: Unit, number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| chart::written(unit, number))
}

/// Where the cursor is; with the numbers only while time stands still, or they would be read out
/// without end.
fn spoken(props: &Card) -> String {
    let at = clock(props.cursor_at);
    if !props.still {
        return at;
    }
    let number = |series: &Series| {
        let whose = whose(props.lang, &series.of);
        let now = now(props.chart.unit, series, props.cursor_at);
        format!("{} {whose} {now}", series.name)
    };
    let numbers: Vec<String> = props.chart.series.iter().map(number).collect();
    format!("{at}: {}", numbers.join("; "))
}

/// Left and right go to where a number changes, Home, End and the page keys as on the tape.
fn on_key(props: &Card, end: Instant, seek: &Callback<Instant>) -> Callback<KeyboardEvent> {
    let (chart, at, from) = (props.chart.clone(), props.cursor_at, props.tape.from);
    let (seek, act) = (seek.clone(), props.act.clone());
    Callback::from(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowLeft" => chart::change(&chart, at, false),
            "ArrowRight" => chart::change(&chart, at, true).map(|to| to.min(end)),
            "Escape" => return act.emit(Action::Charts(false)),
            key => paged(key, from, at, end),
        };
        if let Some(to) = to {
            event.prevent_default();
            seek.emit(to);
        }
    })
}

/// The same as text: what each number is now, and between which bounds it has been.
fn table(props: &Charts, charts: &[Part<Chart>]) -> Html {
    let lang = props.lang;
    let row = |chart: &Chart, series: &Series| {
        let (least, most) = chart::range(series).unzip();
        let number = |number| html! { <td>{ written(chart.unit, number) }</td> };
        html! {
            <tr>
                <th scope="row">
                    <code>{ series.name }</code>{ " " }{ whose(lang, &series.of) }
                    <code class="chart-object">{ series.object }</code>
                </th>
                { number(chart::value(series, props.cursor_at)) }
                { number(least) }
                { number(most) }
            </tr>
        }
    };
    let rows = |chart: &Part<Chart>| -> Html {
        let title = props.names.tell(lang, &chart.title);
        html! {
            <tbody>
                <tr><th scope="rowgroup" colspan="4" class="chart-group">{ title }</th></tr>
                { for chart.series.iter().map(|series| row(chart, series)) }
            </tbody>
        }
    };
    let heads = ["metric", "now", "least", "most"];
    html! {
        <table class="chart-table">
            <caption class="unseen">{ say(lang, "app.charts.name") }</caption>
            <thead>
                <tr>
                    { for heads.iter().map(|head| html! {
                        <th scope="col">{ say(lang, &format!("app.charts.{head}")) }</th>
                    }) }
                </tr>
            </thead>
            { for charts.iter().map(rows) }
        </table>
    }
}
