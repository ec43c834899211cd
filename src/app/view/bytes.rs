//! Bytes as fields: each named and explained when a pointer or the focus rests on it.
//!
//! Refuses to know any format: names and values are given, explanations stand in the word tables.

use crate::text::{fill, say};
use crate::view::host::view;
use replicascope::Lang;
use replicascope::scene::{Packed, PackedField};
use yew::prelude::*;

/// Bytes of one field that are written out; the rest is counted.
const SHOWN: usize = 12;
/// Fields that are drawn at once.
const FIELDS: usize = 60;

#[derive(PartialEq)]
pub struct Bytes {
    pub lang: Lang,
    pub packed: Packed,
}

view!(Bytes, hook use_bytes);

#[hook]
fn use_bytes(props: &Bytes) -> Html {
    let at = use_state_eq(|| 0_usize);
    let Packed { title, bytes, fields } = &props.packed;
    let shown = fields.get(*at).or(fields.first());
    let length = bytes.len().to_string();
    html! {
        <section class="bytes" data-testid="bytes">
            <h4>
                { fill(props.lang, "app.batch.title",
                    &[("partition", title), ("bytes", &length)]) }
            </h4>
            <div class="bytes-grid" role="group" aria-label={say(props.lang, "app.batch.name")}>
                { for fields.iter().take(FIELDS).enumerate().map(|(index, field)| {
                    one(props, index, field, *at == index, &at)
                }) }
            </div>
            <div class="bytes-note" aria-live="polite">
                { shown.map(|field| note(props.lang, field)).unwrap_or_default() }
            </div>
        </section>
    }
}

fn one(
    props: &Bytes,
    index: usize,
    field: &PackedField,
    on: bool,
    at: &UseStateHandle<usize>,
) -> Html {
    let (focused, hovered, pressed) = (at.clone(), at.clone(), at.clone());
    let onfocus = Callback::from(move |_: FocusEvent| focused.set(index));
    let onpointerenter = Callback::from(move |_: PointerEvent| hovered.set(index));
    let onclick = Callback::from(move |_: MouseEvent| pressed.set(index));
    let own = props.packed.bytes.get(field.from..field.to).unwrap_or_default();
    let hex: Vec<String> = own.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    let rest = own.len().saturating_sub(SHOWN);
    let rest = (rest > 0).then(|| format!(" +{rest}"));
    // Two shades for neighbours, one hue for the batch and another for records.
    let part = if field.record.is_some() { "of-record" } else { "of-batch" };
    let class = classes!("byte-field", part, (index % 2 == 1).then_some("odd"), on.then_some("on"));
    html! {
        <button type="button" {class} {onfocus} {onpointerenter} {onclick}
            aria-label={format!("{} {}", field.name, field.value)}>
            { hex.join(" ") }{ rest }
        </button>
    }
}

fn note(lang: Lang, field: &PackedField) -> Html {
    let range = match field.to - field.from {
        1 => field.from.to_string(),
        _ => format!("{}–{}", field.from, field.to - 1),
    };
    let of = field.record.map(|record| {
        format!("{} ", fill(lang, "app.batch.record", &[("record", &record.to_string())]))
    });
    html! {
        <>
            <p>
                { of }<b>{ field.name }</b>{ " = " }<code>{ &field.value }</code>{ " " }
                <span class="quiet">{ fill(lang, "app.batch.range", &[("range", &range)]) }</span>
            </p>
            <p>{ meaning(lang, field) }</p>
        </>
    }
}

/// What a field is for; nothing where that was not written yet.
fn meaning(lang: Lang, field: &PackedField) -> String {
    let mut name = String::new();
    for c in field.name.chars() {
        if c.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    if field.record.is_some() && name == "attributes" {
        name = "record-attributes".to_owned();
    }
    let word = format!("app.batch.fields.{name}");
    let text = say(lang, &word);
    if text.contains(&word) { String::new() } else { text }
}
