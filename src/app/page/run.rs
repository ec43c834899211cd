//! A shared run: the exact moment that somebody linked to, ready to be broken further.

use crate::action::{Action, Tab};
use crate::keep::Keep;
use crate::look::{self, Theme};
use crate::page::bench::{Bench, Opened, Workbench, use_bench};
use crate::page::lost::Failure;
use crate::page::use_reader;
use crate::route::{Route, href};
use crate::text::{Names, say};
use crate::view::console::refused;
use crate::view::host::{View, view};
use replicascope::link::{self, LinkError, Place};
use replicascope::scene::{CommandError, Session};
use replicascope::twin::Beside;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// A session on its way from the link to the bench, which takes it.
#[derive(Clone)]
pub struct Slot(Rc<RefCell<Option<Box<dyn Session>>>>);

impl Slot {
    pub fn new(session: Box<dyn Session>) -> Slot {
        Slot(Rc::new(RefCell::new(Some(session))))
    }

    pub fn take(&self) -> Box<dyn Session> {
        self.0.take().expect("a session is taken once")
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Slot) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Why a link cannot be opened.
pub enum Broken {
    Link(LinkError),
    Run(CommandError),
}

/// Reads a link and plays its run to the moment it names.
pub fn reopen(text: &str) -> Result<(Rc<Place>, Slot), Broken> {
    let place = link::decode(text).map_err(Broken::Link)?;
    let session = replicascope::restore(&place.run).map_err(Broken::Run)?;
    Ok((Rc::new(place), Slot::new(session)))
}

#[derive(PartialEq)]
pub struct Run {
    pub link: String,
}

view!(Run, hook use_run);

#[hook]
fn use_run(props: &Run) -> Html {
    let lang = use_reader().lang;
    let read = use_memo(props.link.clone(), |text| reopen(text));
    match &*read {
        Ok((place, slot)) => Shared { place: place.clone(), slot: slot.clone() }.show(),
        Err(broken) => failure(lang, broken),
    }
}

/// What is wrong with the link, in the reader's words.
pub fn failure(lang: replicascope::Lang, broken: &Broken) -> Html {
    let title = say(lang, "app.run.broken");
    match broken {
        Broken::Link(error) => {
            let text = Names::default().tell(lang, &error.told());
            Failure { title, text, children: Html::default() }.show()
        }
        Broken::Run(error) => {
            let text = say(lang, "app.run.not-played");
            let children = refused(lang, &Names::default(), error);
            Failure { title, text, children }.show()
        }
    }
}

#[derive(PartialEq)]
struct Shared {
    place: Rc<Place>,
    slot: Slot,
}

/// A link shows itself in its own language and theme, unless the address or (for a link that is
/// opened by itself) the reader has said otherwise.
#[hook]
pub fn use_dress(place: Option<&Place>, asked: bool) {
    let look = use_reader();
    let place = place.map(|place| (place.lang, place.theme.clone()));
    use_effect_with(place, move |place| {
        if let (Some((lang, theme)), false) = (place, asked) {
            let theme = theme.as_deref().map_or(Theme::System, Theme::parse);
            look.try_on.emit((*lang, theme));
        }
    });
}

/// What stood beside the run when the link was made stands there again.
#[hook]
fn use_beside(bench: &Bench, with: Option<&str>) {
    let (player, act) = (bench.player.clone(), bench.act.clone());
    let with = with.map(Beside::parse);
    use_effect_with((), move |()| {
        if let Some(with) = with {
            let made = with.is_some_and(|with| player.beside(with).is_ok());
            let toast = Action::Toast("app.toast.no-twin");
            act.emit(if made { Action::Tab(Tab::Twins) } else { toast });
        }
    });
}

view!(Shared, hook use_shared);

#[hook]
fn use_shared(props: &Shared) -> Html {
    let lang = use_reader().lang;
    use_dress(Some(&props.place), look::has_choice());
    let bench = use_bench(|| Opened::plain(props.slot.take(), Keep::nothing()));
    use_beside(&bench, props.place.beside.as_deref());
    let lesson = props.place.lesson.clone();
    let banner = lesson.as_ref().map_or_else(Html::default, |id| {
        html! {
            <p class="banner">
                { say(lang, "app.run.from-lesson") }{ " " }
                <a href={href(&Route::Lesson { id: id.clone() })}>{ id }</a>
            </p>
        }
    });
    Workbench {
        bench,
        title: say(lang, "app.run.title"),
        lesson: lesson.map(|id| (id, props.place.step.clone())),
        banner,
        acts: Html::default(),
        course: None,
    }
    .show()
}
