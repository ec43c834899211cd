//! The prose of a lesson: its tree becomes elements one by one, never markup from text.
//!
//! Questions are drawn by `questions`; figures come from the present run.

use crate::paper::Reading;
use crate::route::{Route, href};
use crate::text::{fill, say};
use crate::view::questions;
use replicascope::catalogue;
use replicascope::lesson::{Block, Inline, Lang, Said, Source, SourceKind};
use std::rc::Rc;
use yew::prelude::*;

/// Draws a question by its id, options in the language of the prose.
pub type Questions = Rc<dyn Fn(&str, questions::Words<'_>) -> Html>;
/// Draws a figure of the run by its kind and what it is about; nothing while there is nothing to
/// draw.
pub type Figures = Rc<dyn Fn(&str, Option<&str>) -> Option<Html>>;

/// What prose needs from the page around it.
#[derive(Clone)]
pub struct Around {
    pub lang: Lang,
    /// The lesson whose run links lead into; without one they are words.
    pub lesson: Option<Rc<str>>,
    pub question: Questions,
    pub figure: Figures,
}

impl Around {
    /// For prose that asks nothing and draws nothing.
    pub fn plain(lang: Lang) -> Around {
        let (question, figure) = (
            Rc::new(|_: &str, _: questions::Words<'_>| Html::default()),
            Rc::new(|_: &str, _: Option<&str>| None),
        );
        Around { lang, lesson: None, question, figure }
    }
}

/// What stands where a paper will be, or where it did not come.
pub fn waiting(lang: Lang, reading: &Reading) -> Html {
    match reading {
        Reading::Missing => html! {
            <p class="quiet" role="alert">{ say(lang, "app.paper.missing") }</p>
        },
        _ => html! {
            <div role="status" aria-busy="true" aria-label={say(lang, "app.paper.coming")}>
                <div class="shell-block"></div>
                <div class="shell-block"></div>
            </div>
        },
    }
}

pub fn blocks(around: &Around, list: &[Block]) -> Html {
    html! { <>{ for list.iter().map(|it| block(around, it)) }</> }
}

fn block(around: &Around, block: &Block) -> Html {
    match block {
        Block::Heading { level, text } => heading(around, *level, text),
        Block::Para(text) => html! { <p>{ inlines(around, text) }</p> },
        Block::List { ordered, items } => list(around, *ordered, items),
        Block::Code { text, .. } => html! { <pre class="code"><code>{ text }</code></pre> },
        Block::Table { head, rows } => table(around, head, rows),
        Block::Quote(inner) => html! { <blockquote>{ blocks(around, inner) }</blockquote> },
        // The lesson page chooses which part of which step is read.
        Block::Step { .. } => Html::default(),
        Block::Predict { id, text, options, because } => {
            (around.question)(id, questions::Words { text, options, because })
        }
        Block::Hint(inner) => fold(around, "app.lesson.hint", inner),
        Block::Figure { kind, of, alt } => figure(around, (kind, of.as_deref()), alt),
        Block::Goal(inner) => html! {
            <section class="goal">
                if !matches!(inner.first(), Some(Block::Heading { .. })) {
                    <h3>{ say(around.lang, "app.lesson.goal") }</h3>
                }
                { blocks(around, inner) }
            </section>
        },
        Block::Card { at, front, back, .. } => card(around, at, front, back),
        Block::Sources(list) => sources(around, list),
        Block::Said { head, rows } => said(around, head, rows),
        Block::Known(list) => known(around, list),
    }
}

fn heading(around: &Around, level: u8, text: &[Inline]) -> Html {
    // The page's own title is the only h1, the lesson's the h2.
    let tag = format!("h{}", (level + 2).clamp(3, 6));
    html! { <@{tag}>{ inlines(around, text) }</@> }
}

fn list(around: &Around, ordered: bool, items: &[Vec<Block>]) -> Html {
    let items = items.iter().map(|item| html! { <li>{ blocks(around, item) }</li> });
    if ordered {
        html! { <ol>{ for items }</ol> }
    } else {
        html! { <ul>{ for items }</ul> }
    }
}

fn table(around: &Around, head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> Html {
    html! {
        <div class="table-frame" tabindex="0">
            <table>
                <thead>
                    <tr>
                        { for head.iter().map(|cell| html! {
                            <th scope="col">{ inlines(around, cell) }</th>
                        }) }
                    </tr>
                </thead>
                <tbody>
                    { for rows.iter().map(|row| html! {
                        <tr>
                            { for row.iter().map(|cell| html! {
                                <td>{ inlines(around, cell) }</td>
                            }) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn fold(around: &Around, key: &str, inner: &[Block]) -> Html {
    html! {
        <details class="fold">
            <summary>{ say(around.lang, key) }</summary>
            { blocks(around, inner) }
        </details>
    }
}

fn figure(around: &Around, (kind, of): (&str, Option<&str>), alt: &str) -> Html {
    let drawn = (around.figure)(kind, of);
    let empty = drawn.is_none();
    html! {
        <figure class="figure" aria-label={alt.to_owned()}>
            { drawn.unwrap_or_default() }
            if empty {
                <p class="quiet">{ say(around.lang, "app.lesson.no-figure") }</p>
            }
            <figcaption>{ alt }</figcaption>
        </figure>
    }
}

fn card(around: &Around, at: &str, front: &[Block], back: &[Block]) -> Html {
    html! {
        <details class="card">
            <summary>{ blocks(around, front) }</summary>
            <div class="card-back">
                { blocks(around, back) }
                if let Some(lesson) = &around.lesson {
                    <p>
                        <a href={moment_of(lesson, at)}>
                            { say(around.lang, "app.review.moment") }
                        </a>
                    </p>
                }
            </div>
        </details>
    }
}

/// What people say beside what is true, and how we know.
fn said(around: &Around, head: &[Vec<Inline>; 2], rows: &[Said]) -> Html {
    let row = |row: &Said| {
        html! {
            <tr>
                <td>{ inlines(around, &row.said) }</td>
                <td>{ inlines(around, &row.truth) }{ known(around, &row.by) }</td>
            </tr>
        }
    };
    html! {
        <div class="table-frame" tabindex="0">
            <table>
                <thead>
                    <tr>{ for head.iter().map(|cell| html! {
                        <th scope="col">{ inlines(around, cell) }</th>
                    }) }</tr>
                </thead>
                <tbody>{ for rows.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

/// How the text above is known: in a word or two, and by what when they are opened.
fn known(around: &Around, list: &[Source]) -> Html {
    if list.is_empty() {
        return Html::default();
    }
    let kinds = [SourceKind::Engine, SourceKind::Source, SourceKind::Trace];
    let named = kinds.into_iter().filter(|kind| list.iter().any(|source| source.kind == *kind));
    let words: Vec<String> = named.map(|kind| say(around.lang, kind_key(kind))).collect();
    let label = fill(around.lang, "app.source.known-by", &[("kinds", &words.join(", "))]);
    html! {
        <details class="known">
            <summary aria-label={label}>{ words.join(" · ") }</summary>
            { entries(around, list) }
        </details>
    }
}

/// How we know, in a word.
fn how(around: &Around, kind: SourceKind) -> Html {
    html! { <span class="source-kind">{ say(around.lang, kind_key(kind)) }</span> }
}

fn kind_key(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Engine => "app.source.engine",
        SourceKind::Source => "app.source.source",
        SourceKind::Trace => "app.source.trace",
    }
}

fn sources(around: &Around, list: &[Source]) -> Html {
    html! {
        <details class="fold sources">
            <summary>{ say(around.lang, "app.lesson.sources") }</summary>
            { entries(around, list) }
        </details>
    }
}

fn entries(around: &Around, list: &[Source]) -> Html {
    html! {
        <ul>
            { for list.iter().map(|source| html! {
                <li>
                    { how(around, source.kind) }
                    { " " }
                    { inlines(around, &source.text) }
                </li>
            }) }
        </ul>
    }
}

pub fn inlines(around: &Around, list: &[Inline]) -> Html {
    html! { <>{ for list.iter().map(|it| inline(around, it)) }</> }
}

/// The same inside of a button, where nothing else may be pressed: links and terms are words there.
pub fn words(around: &Around, list: &[Inline]) -> Html {
    let word = |it: &Inline| match it {
        Inline::Link { text, .. } | Inline::Term { text, .. } => words(around, text),
        Inline::Strong(inner) => html! { <strong>{ words(around, inner) }</strong> },
        Inline::Em(inner) => html! { <em>{ words(around, inner) }</em> },
        other => inline(around, other),
    };
    html! { <>{ for list.iter().map(word) }</> }
}

fn inline(around: &Around, inline: &Inline) -> Html {
    match inline {
        Inline::Text(text) => html! { { text } },
        Inline::Strong(inner) => html! { <strong>{ inlines(around, inner) }</strong> },
        Inline::Em(inner) => html! { <em>{ inlines(around, inner) }</em> },
        Inline::Code(text) => html! { <code>{ text }</code> },
        Inline::Link { href, text } => link(around, href, text),
        Inline::Term { key, text } => term(around, key, text),
        Inline::Run { at, text } => run(around, at, text),
    }
}

/// Into the run, to the moment that shows it.
fn run(around: &Around, at: &str, text: &[Inline]) -> Html {
    let words = inlines(around, text);
    let Some(lesson) = &around.lesson else { return words };
    html! { <a class="run-link" href={moment_of(lesson, at)}>{ words }</a> }
}

/// The address of a moment: a question or a step of a lesson.
pub fn moment_of(lesson: &str, place: &str) -> String {
    href(&Route::Moment { lesson: lesson.to_owned(), place: place.to_owned() })
}

fn link(around: &Around, href: &str, text: &[Inline]) -> Html {
    let outside = href.starts_with("http:") || href.starts_with("https:");
    let (rel, target) = if outside { (Some("noopener"), Some("_blank")) } else { (None, None) };
    html! { <a href={href.to_owned()} {rel} {target}>{ inlines(around, text) }</a> }
}

/// A word of the glossary: what it means opens below the word, for touch and keyboard alike.
fn term(around: &Around, key: &str, text: &[Inline]) -> Html {
    let meaning = catalogue::bundle().term(key).map(|term| term.text(around.lang).to_owned());
    match meaning {
        Some(meaning) => html! {
            <span class="term">
                <button type="button" class="term-word">{ inlines(around, text) }</button>
                <span class="term-meaning" role="tooltip">{ meaning }</span>
            </span>
        },
        None => inlines(around, text),
    }
}
