//! A moment of a lesson's run: where the answer to a question came about, ready to be looked at.

use crate::action::{Action, Tab};
use crate::keep::Keep;
use crate::page::bench::{Opened, Workbench, use_bench};
use crate::page::lost::Failure;
use crate::page::run::Slot;
use crate::page::use_reader;
use crate::route::{Route, href};
use crate::text::{fill, say};
use crate::view::host::{View, view};
use replicascope::catalogue;
use replicascope::lesson::stand_at;
use replicascope::scene::Session;
use yew::prelude::*;

#[derive(PartialEq)]
pub struct Moment {
    pub lesson: String,
    /// A question or a step.
    pub place: String,
}

view!(Moment, hook use_moment);

#[hook]
fn use_moment(props: &Moment) -> Html {
    let lang = use_reader().lang;
    let opened = use_memo((), |()| open(&props.lesson, &props.place).map(Slot::new));
    match &*opened {
        Some(slot) => {
            let (lesson, place) = (props.lesson.clone(), props.place.clone());
            Standing { slot: slot.clone(), lesson, place }.show()
        }
        None => {
            let title = say(lang, "app.moment.unknown");
            let name = format!("{}/{}", props.lesson, props.place);
            let text = fill(lang, "app.moment.unknown-text", &[("place", &name)]);
            Failure { title, text, children: Html::default() }.show()
        }
    }
}

/// The lesson's run up to the end of the step, standing at the moment.
fn open(lesson: &str, place: &str) -> Option<Box<dyn Session>> {
    let script = catalogue::script(catalogue::bundle().lesson(lesson)?).ok()?;
    let mut session = replicascope::open(&script.boot.text).ok()?;
    stand_at(session.as_mut(), &script, place).ok()?;
    Some(session)
}

#[derive(PartialEq)]
struct Standing {
    slot: Slot,
    lesson: String,
    place: String,
}

view!(Standing, hook use_standing);

#[hook]
fn use_standing(props: &Standing) -> Html {
    let look = use_reader();
    let bench = use_bench(|| Opened::plain(props.slot.take(), Keep::nothing()));
    {
        let act = bench.act.clone();
        use_effect_with((), move |()| act.emit(Action::Tab(Tab::Story)));
    }
    let lesson = catalogue::bundle().lesson(&props.lesson);
    let title = lesson.map_or_else(String::new, |it| it.front(look.lang).title.clone());
    let script = lesson.and_then(|it| catalogue::script(it).ok());
    let step = script.as_ref().and_then(|script| script.place(&props.place));
    let step = step.map(|step| step.name.clone());
    let name = step.clone().unwrap_or_default();
    let banner = html! {
        <p class="banner">
            { fill(look.lang, "app.moment.banner", &[("step", &name)]) }{ " " }
            <a href={href(&Route::Lesson { id: props.lesson.clone() })}>{ &props.lesson }</a>
        </p>
    };
    Workbench {
        bench,
        title,
        lesson: Some((props.lesson.clone(), step)),
        banner,
        acts: Html::default(),
        course: None,
    }
    .show()
}
