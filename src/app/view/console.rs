//! The console: a line at a time, with completion, history and exact words about mistakes.

use crate::action::{Action, Deed, Entry};
use crate::player::Player;
use crate::text::{Names, fill, say};
use crate::view::host::{Part, view};
use replicascope::Lang;
use replicascope::scene::CommandError;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Longest line that can be typed; the engine's own limit is larger.
const LINE_LIMIT: &str = "300";
/// Completions shown at once.
const OFFERED: usize = 12;

#[derive(PartialEq)]
pub struct Console {
    pub lang: Lang,
    pub player: Player,
    pub names: Names,
    pub log: Part<Vec<Entry>>,
    /// It was opened on purpose: typing goes there at once.
    pub focus: bool,
}

view!(Console, hook use_console);

#[hook]
fn use_console(props: &Console) -> Html {
    let input = use_node_ref();
    let output = use_node_ref();
    let offered = use_state_eq(Vec::<String>::new);
    // Lines back from the newest; 0 is the line that is being typed.
    let back = use_mut_ref(|| 0_usize);
    {
        let output = output.clone();
        use_effect_with(props.log.len(), move |_| {
            if let Some(output) = output.cast::<web_sys::Element>() {
                output.set_scroll_top(output.scroll_height());
            }
        });
    }
    {
        let input = input.clone();
        use_effect_with(props.focus, move |focus| {
            if let (true, Some(field)) = (*focus, input.cast::<HtmlInputElement>()) {
                let _ = field.focus();
            }
        });
    }
    let onkeydown = {
        let (player, log, input) = (props.player.clone(), props.log.clone(), input.clone());
        let offered = offered.clone();
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            let Some(field) = input.cast::<HtmlInputElement>() else { return };
            key(&event, &field, &player, &log, &offered, &mut back.borrow_mut());
        })
    };
    html! {
        <section class="console" aria-label={say(props.lang, "app.console.name")}>
            <div class="console-output" ref={output} role="log" data-testid="console-output"
                tabindex="0">
                if props.log.is_empty() {
                    <p class="quiet">{ say(props.lang, "app.console.empty") }</p>
                }
                { for props.log.iter().map(|entry| entry_view(props, entry)) }
            </div>
            { offers(&offered, &input) }
            <div class="console-line">
                <span aria-hidden="true">{ "›" }</span>
                <input ref={input} type="text" data-testid="console-input" {onkeydown}
                    maxlength={LINE_LIMIT} spellcheck="false" autocomplete="off"
                    autocapitalize="off" placeholder={say(props.lang, "app.console.placeholder")}
                    aria-label={say(props.lang, "app.console.input")} />
            </div>
        </section>
    }
}

fn key(
    event: &KeyboardEvent,
    field: &HtmlInputElement,
    player: &Player,
    log: &[Entry],
    offered: &UseStateHandle<Vec<String>>,
    back: &mut usize,
) {
    match event.key().as_str() {
        "Enter" => {
            let line = field.value().trim().to_owned();
            if !line.is_empty() {
                player.act(Action::Do(Deed::Line(line)));
            }
            field.set_value("");
            offered.set(Vec::new());
            *back = 0;
        }
        // With nothing to complete, Tab leaves the field as everywhere else.
        "Tab" if !event.shift_key() && !field.value().trim().is_empty() => {
            event.prevent_default();
            complete(field, player, offered);
        }
        "ArrowUp" => {
            event.prevent_default();
            recall(field, log, back, true);
        }
        "ArrowDown" => {
            event.prevent_default();
            recall(field, log, back, false);
        }
        "Escape" if !offered.is_empty() => offered.set(Vec::new()),
        "Escape" => player.act(Action::Console(false)),
        _ => {}
    }
}

fn complete(field: &HtmlInputElement, player: &Player, offered: &UseStateHandle<Vec<String>>) {
    let lines = player.look(|session| session.complete(&field.value()));
    match lines.as_slice() {
        [] => offered.set(Vec::new()),
        [only] => {
            field.set_value(&whole(only));
            offered.set(Vec::new());
        }
        several => {
            let common = common_start(several);
            if common.len() > field.value().len() {
                field.set_value(&common);
            }
            offered.set(several.iter().take(OFFERED).cloned().collect());
        }
    }
}

/// A completed line, ready for its next word; after `key=` the value comes at once.
fn whole(line: &str) -> String {
    let line = line.trim_end();
    if line.ends_with('=') && !line.ends_with(" =") { line.to_owned() } else { format!("{line} ") }
}

/// The longest text with which all the lines begin.
fn common_start(lines: &[String]) -> String {
    let Some(first) = lines.first() else { return String::new() };
    let shared = |count: usize| {
        let start: String = first.chars().take(count).collect();
        lines.iter().all(|line| line.starts_with(&start))
    };
    let longest = (0..=first.chars().count()).rev().find(|count| shared(*count)).unwrap_or(0);
    first.chars().take(longest).collect()
}

fn recall(field: &HtmlInputElement, log: &[Entry], back: &mut usize, older: bool) {
    let lines: Vec<&String> = log
        .iter()
        .rev()
        .filter_map(|entry| match entry {
            Entry::Line(line) => Some(line),
            Entry::Output(_) | Entry::Refused(_) => None,
        })
        .collect();
    *back = if older { (*back + 1).min(lines.len()) } else { back.saturating_sub(1) };
    field.set_value(back.checked_sub(1).and_then(|i| lines.get(i)).map_or("", |line| line));
}

fn offers(offered: &UseStateHandle<Vec<String>>, input: &NodeRef) -> Html {
    if offered.is_empty() {
        return Html::default();
    }
    let offer = |line: &String| {
        let (text, input, offered) = (line.clone(), input.clone(), offered.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(field) = input.cast::<HtmlInputElement>() {
                field.set_value(&whole(&text));
                let _ = field.focus();
            }
            offered.set(Vec::new());
        });
        html! { <button type="button" class="bead" {onclick}><code>{ line }</code></button> }
    };
    html! { <div class="beads console-offers">{ for offered.iter().map(offer) }</div> }
}

fn entry_view(props: &Console, entry: &Entry) -> Html {
    match entry {
        Entry::Line(line) => html! { <pre class="console-typed">{ format!("› {line}") }</pre> },
        Entry::Output(text) => html! { <pre>{ text.trim_end() }</pre> },
        Entry::Refused(error) => refused(props.lang, &props.names, error),
    }
}

/// What is wrong, a caret under the word, and what could stand there.
pub fn refused(lang: Lang, names: &Names, error: &CommandError) -> Html {
    html! {
        <div class="console-refused">
            <pre aria-hidden="true">{ format!("  {}^", " ".repeat(error.column.min(300))) }</pre>
            <p>{ names.tell(lang, &error.what) }</p>
            if !error.expected.is_empty() {
                <p>
                    { fill(lang, "app.console.expected", &[("list", &error.expected.join(", "))]) }
                </p>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{common_start, whole};

    #[test]
    fn a_value_follows_its_key_at_once() {
        assert_eq!(whole("producer p1 topic="), "producer p1 topic=");
        assert_eq!(whole("kill broker-1"), "kill broker-1 ");
        assert_eq!(whole("expect dead ="), "expect dead = ");
    }

    #[test]
    fn lines_share_their_start() {
        let lines = ["kill broker-1".to_owned(), "kill broker-2".to_owned()];
        assert_eq!(common_start(&lines), "kill broker-");
        assert_eq!(common_start(&["显示".to_owned(), "显然".to_owned()]), "显");
        assert_eq!(common_start(&[]), "");
    }
}
