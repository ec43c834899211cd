//! How a view gets onto the page, and when it is drawn again: when what it is made of differs.
//!
//! All views live in one component. A component of its own for each would cost several kilobytes
//! of the framework's code a piece. Refuses to know any view.

use std::any::Any;
use std::fmt::Display;
use std::ops::Deref;
use std::rc::Rc;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;
use yew::virtual_dom::Key;

/// What is drawn: plain data, from which (and from its hooks) the picture follows.
///
/// Equal data is not drawn again, so a view that compares cheaply is a cheap view.
pub trait View: PartialEq + 'static {
    fn draw(&self, hooks: &mut HookContext) -> Html;

    fn show(self) -> Html
    where
        Self: Sized,
    {
        host(self, Key::from(std::any::type_name::<Self>()))
    }

    /// Like [`View::show`], for one of several of its kind side by side.
    fn keyed(self, key: impl Display) -> Html
    where
        Self: Sized,
    {
        host(self, Key::from(format!("{} {key}", std::any::type_name::<Self>())))
    }
}

/// Makes a type a view: `view!(Bar, bar)` for a plain function that draws it, and
/// `view!(Bar, hook use_bar)` for a hook.
macro_rules! view {
    ($view:ty, hook $draw:ident) => {
        impl crate::view::host::View for $view {
            fn draw(&self, hooks: &mut yew::functional::HookContext) -> yew::Html {
                yew::functional::Hook::run($draw(self), hooks)
            }
        }
    };
    ($view:ty, $draw:ident) => {
        impl crate::view::host::View for $view {
            fn draw(&self, _: &mut yew::functional::HookContext) -> yew::Html {
                $draw(self)
            }
        }
    };
}
pub(crate) use view;

/// A view whose type the component need not know.
trait Guest {
    fn draw(&self, hooks: &mut HookContext) -> Html;
    fn is(&self, other: &dyn Guest) -> bool;
    fn any(&self) -> &dyn Any;
}

impl<V: View> Guest for V {
    fn draw(&self, hooks: &mut HookContext) -> Html {
        View::draw(self, hooks)
    }

    fn is(&self, other: &dyn Guest) -> bool {
        other.any().downcast_ref::<V>().is_some_and(|other| self == other)
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

#[derive(Properties, Clone)]
struct Props {
    guest: Rc<dyn Guest>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Props) -> bool {
        self.guest.is(&*other.guest)
    }
}

/// The key tells views of different types apart, so hooks never meet those of another view.
fn host(view: impl View, key: Key) -> Html {
    let guest: Rc<dyn Guest> = Rc::new(view);
    html! { <Host {key} {guest} /> }
}

#[component]
fn Host(props: &Props) -> Html {
    use_guest(props.guest.clone())
}

fn use_guest(guest: Rc<dyn Guest>) -> Drawing {
    Drawing(guest)
}

struct Drawing(Rc<dyn Guest>);

impl Hook for Drawing {
    type Output = Html;

    fn run(self, hooks: &mut HookContext) -> Html {
        self.0.draw(hooks)
    }
}

/// A part of what is shown. Equal only to itself: a comparison in depth may cost more than drawing.
#[derive(Debug)]
pub struct Part<T>(Rc<T>);

impl<T> Part<T> {
    pub fn new(part: T) -> Part<T> {
        Part(Rc::new(part))
    }
}

impl<T: Default> Default for Part<T> {
    fn default() -> Part<T> {
        Part::new(T::default())
    }
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Part<T> {
        Part(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Part<T> {
    fn eq(&self, other: &Part<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PartialEq> Part<T> {
    /// The new part, or the old one where nothing has changed.
    #[must_use]
    pub fn renewed(&self, fresh: T) -> Part<T> {
        if **self == fresh { self.clone() } else { Part::new(fresh) }
    }
}

impl<T: Clone> Part<T> {
    pub fn change(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}
