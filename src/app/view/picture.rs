//! Shapes as elements that stay on the page: a fresh drawing is compared with what stands there,
//! and only what differs is written.
//!
//! For pictures that change many times a second: the framework would make nodes for all of it
//! anew each time, to compare them. Refuses to know what the shapes mean.

use crate::layout::shape::{KEPT, Shape};
use crate::view::turn::Seat;
use std::rc::Rc;
use web_sys::{Document, Element, Node, Text};
use yew::prelude::*;

/// Makes one part of a picture when its turn has come; told whether an older drawing of it stands.
pub type Sketch = Box<dyn FnOnce(bool) -> Shape>;

/// A picture in `place`, which has no other children: a part for each sketch, drawn one by one as
/// `seat` has its turns. The parts of several pictures with one seat are told apart by `first`.
#[hook]
pub fn use_picture(place: &NodeRef, seat: &Rc<Seat>, first: usize, sketches: Vec<Sketch>) {
    let picture = use_mut_ref(|| None::<Picture>);
    let (place, seat) = (place.clone(), seat.clone());
    use_effect(move || {
        let Some(root) = place.cast::<Element>() else { return };
        let stands = picture.borrow().as_ref().is_some_and(|picture| picture.root == root);
        if !stands {
            picture.replace(Picture::on(root));
        }
        if let Some(picture) = picture.borrow_mut().as_mut() {
            picture.keep(sketches.len());
        }
        for (part, sketch) in sketches.into_iter().enumerate() {
            let picture = picture.clone();
            seat.ask(first + part, move || {
                if let Some(picture) = picture.borrow_mut().as_mut() {
                    picture.draw(part, sketch);
                }
            });
        }
    });
}

struct Picture {
    root: Element,
    ground: Ground,
    parts: Vec<Standing>,
    /// How many parts there are to be.
    count: usize,
}

impl Picture {
    fn on(root: Element) -> Option<Picture> {
        let (document, namespace) = (root.owner_document()?, root.namespace_uri());
        let svg = namespace.as_deref() == Some(SVG);
        let ground = Ground { document, html: namespace, svg };
        Some(Picture { root, ground, parts: Vec::new(), count: 0 })
    }

    fn keep(&mut self, count: usize) {
        self.count = count;
        self.parts.drain(count.min(self.parts.len())..).for_each(|gone| gone.element.remove());
    }

    fn draw(&mut self, part: usize, sketch: Sketch) {
        // It may have been asked for by a picture that had more parts.
        if part < self.count {
            let fresh = sketch(part < self.parts.len());
            self.ground.place(&mut self.parts, part, fresh, (&self.root, None));
        }
    }
}

/// What new elements are made from; within an `svg` they are of another language.
#[derive(Clone)]
struct Ground {
    document: Document,
    html: Option<String>,
    svg: bool,
}

/// A shape, without its children, and the element that shows it.
struct Standing {
    shape: Shape,
    element: Element,
    words: Option<Text>,
    parts: Vec<Standing>,
}

impl Ground {
    /// Shows `fresh` in this place among the children of an element, or after all of them but for
    /// the element's own words.
    fn place(
        &self,
        parts: &mut Vec<Standing>,
        place: usize,
        fresh: Shape,
        (parent, words): (&Node, Option<&Text>),
    ) {
        match parts.get_mut(place) {
            Some(part) if part.shape.tag == fresh.tag => self.follow(part, fresh),
            Some(part) => {
                if let Some(new) = self.raise(fresh) {
                    let _ = parent.replace_child(&new.element, &part.element);
                    *part = new;
                }
            }
            None => {
                if let Some(new) = self.raise(fresh) {
                    let words = words.map(AsRef::as_ref);
                    let _ = parent.insert_before(&new.element, words);
                    parts.push(new);
                }
            }
        }
    }

    fn raise(&self, shape: Shape) -> Option<Standing> {
        let svg = self.svg || shape.tag == "svg";
        let namespace = if svg { Some(SVG) } else { self.html.as_deref() };
        let element = self.document.create_element_ns(namespace, shape.tag).ok()?;
        let blank = Shape::new(shape.tag, "");
        let mut standing = Standing { shape: blank, element, words: None, parts: Vec::new() };
        self.follow(&mut standing, shape);
        Some(standing)
    }

    /// Shows `fresh` where something like it stands.
    fn follow(&self, standing: &mut Standing, mut fresh: Shape) {
        if fresh.tag == "svg" && !self.svg {
            return Ground { svg: true, ..self.clone() }.follow(standing, fresh);
        }
        let children = std::mem::take(&mut fresh.children);
        if standing.shape != fresh {
            let before = std::mem::replace(&mut standing.shape, fresh);
            write(&standing.element, &before, &standing.shape);
            if before.text != standing.shape.text {
                self.say(standing);
            }
        }
        let Standing { element, words, parts, .. } = standing;
        let count = children.len();
        if children.iter().any(|child| child.key.is_some()) {
            self.follow_keyed(parts, children, element);
            return;
        }
        for (place, child) in children.into_iter().enumerate() {
            self.place(parts, place, child, (element, words.as_ref()));
        }
        parts.drain(count.min(parts.len())..).for_each(|gone| gone.element.remove());
    }

    /// Shows children that are known by their keys: what stands in the same order stays.
    fn follow_keyed(&self, parts: &mut Vec<Standing>, children: Vec<Shape>, parent: &Node) {
        parts.retain(|part| {
            let stays = children.iter().any(|child| child.key == part.shape.key);
            if !stays {
                part.element.remove();
            }
            stays
        });
        let count = children.len();
        for (place, child) in children.into_iter().enumerate() {
            match parts.get_mut(place).filter(|part| part.shape.key == child.key) {
                Some(_) if child.tag == KEPT => {}
                Some(part) if part.shape.tag == child.tag => self.follow(part, child),
                _ => {
                    let Some(new) = self.raise(child) else { continue };
                    let next = parts.get(place).map(|part| part.element.as_ref());
                    let _ = parent.insert_before(&new.element, next);
                    parts.insert(place.min(parts.len()), new);
                }
            }
        }
        parts.drain(count.min(parts.len())..).for_each(|gone| gone.element.remove());
    }

    /// Writes an element's own words, which stand after all its parts.
    fn say(&self, standing: &mut Standing) {
        match (&standing.shape.text, &standing.words) {
            (Some(text), Some(words)) => words.set_node_value(Some(text)),
            (Some(text), None) => {
                let words = self.document.create_text_node(text);
                let _ = standing.element.append_child(&words);
                standing.words = Some(words);
            }
            (None, words) => {
                words.iter().for_each(|words| words.remove());
                standing.words = None;
            }
        }
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// Writes the attributes that differ.
fn write(element: &Element, before: &Shape, now: &Shape) {
    if before.class != now.class {
        let _ = element.set_attribute("class", &now.class);
    }
    for (place, (name, value)) in now.attrs.iter().enumerate() {
        // Mostly the same attributes in the same order.
        let had = match before.attrs.get(place) {
            Some((old, had)) if old == name => Some(had),
            _ => before.attrs.iter().find(|(old, _)| old == name).map(|(_, had)| had),
        };
        if had != Some(value) {
            let _ = element.set_attribute(name, value);
        }
    }
    let is_gone = |old: &str| now.attrs.iter().all(|(name, _)| *name != old);
    for (old, _) in before.attrs.iter().filter(|(old, _)| is_gone(old)) {
        let _ = element.remove_attribute(old);
    }
}
