//! Whole lessons from the first question to the solved task, an outage and a storm: with a mouse
//! and by keyboard alone, in both languages and themes, at both sizes, with and without motion.

use anyhow::{Result, ensure};
use e2e::{Hand, Learner, Page, Window, visit};
use serde_json::json;

struct Lesson {
    id: &'static str,
    steps: usize,
    /// Lines of the console that do what the task asks for.
    solution: &'static [&'static str],
}

const OUTAGE: Lesson =
    Lesson { id: "LF-1", steps: 6, solution: &["restart broker-1", "wait 20s"] };

/// A consumer that reads in pieces that it can finish; two more of them have the partitions too.
const STORM: Lesson = Lesson {
    id: "CG-3",
    steps: 4,
    solution: &[
        "kill b1",
        "kill b2",
        "kill b3",
        TUNED[0],
        TUNED[1],
        TUNED[2],
        TUNED[3],
        TUNED[4],
        TUNED[5],
        "wait 90s",
    ],
};

const TUNED: [&str; 6] = [
    "consumer n1 topic=orders group=bad commit=after handler=60ms max.poll.records=30",
    "consumer n2 topic=orders group=bad commit=after handler=60ms max.poll.records=30",
    "consumer n3 topic=orders group=bad commit=after handler=60ms max.poll.records=30",
    "consumer n4 topic=orders group=bad commit=after handler=60ms max.poll.records=30",
    "consumer n5 topic=orders group=bad commit=after handler=60ms max.poll.records=30",
    "consumer n6 topic=orders group=bad commit=after handler=60ms max.poll.records=30",
];

/// How a reader has the page.
#[derive(Clone, Copy)]
struct Reader {
    hand: Hand,
    lang: &'static str,
    theme: &'static str,
    /// Nothing is to move by itself.
    calm: bool,
}

const MOUSE_EN: Reader = Reader { hand: Hand::Mouse, lang: "en", theme: "light", calm: false };
const KEYS_ZH: Reader = Reader { hand: Hand::Keyboard, lang: "zh", theme: "dark", calm: true };
const MOUSE_ZH: Reader = Reader { hand: Hand::Mouse, lang: "zh", theme: "light", calm: false };
const KEYS_EN: Reader = Reader { hand: Hand::Keyboard, lang: "en", theme: "dark", calm: false };

#[tokio::test]
async fn an_outage_by_mouse_on_a_desktop_in_english() -> Result<()> {
    visit("whole-mouse-en", Window::Desktop, |page| whole(page, &OUTAGE, MOUSE_EN)).await
}

#[tokio::test]
async fn an_outage_by_keyboard_on_a_desktop_in_chinese_without_motion() -> Result<()> {
    visit("whole-keys-zh", Window::Desktop, |page| whole(page, &OUTAGE, KEYS_ZH)).await
}

#[tokio::test]
async fn an_outage_by_touch_on_a_phone_in_chinese() -> Result<()> {
    visit("whole-phone-zh", Window::Phone, |page| whole(page, &OUTAGE, MOUSE_ZH)).await
}

#[tokio::test]
async fn an_outage_by_keyboard_on_a_phone_in_english() -> Result<()> {
    visit("whole-phone-keys-en", Window::Phone, |page| whole(page, &OUTAGE, KEYS_EN)).await
}

#[tokio::test]
async fn a_storm_by_keyboard_on_a_desktop_in_english() -> Result<()> {
    visit("storm-keys-en", Window::Desktop, |page| whole(page, &STORM, KEYS_EN)).await
}

#[tokio::test]
async fn a_storm_by_mouse_on_a_desktop_in_chinese() -> Result<()> {
    visit("storm-mouse-zh", Window::Desktop, |page| whole(page, &STORM, MOUSE_ZH)).await
}

#[tokio::test]
async fn a_storm_by_keyboard_on_a_phone_in_chinese_without_motion() -> Result<()> {
    visit("storm-phone-keys-zh", Window::Phone, |page| whole(page, &STORM, KEYS_ZH)).await
}

#[tokio::test]
async fn a_storm_by_touch_on_a_phone_in_english() -> Result<()> {
    visit("storm-phone-en", Window::Phone, |page| whole(page, &STORM, MOUSE_EN)).await
}

async fn whole(page: Page, lesson: &'static Lesson, reader: Reader) -> Result<()> {
    if reader.calm {
        let less = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        page.devtools("Emulation.setEmulatedMedia", less).await?;
    }
    let place = format!("#/lesson/{}?lang={}&theme={}", lesson.id, reader.lang, reader.theme);
    page.open(&place).await?;
    page.see("lesson").await?;
    let learner = Learner::new(page.clone(), reader.hand);
    let steps = learner.to_the_task().await?;
    ensure!(steps == lesson.steps, "the lesson has {steps} steps");
    page.fits().await?;
    page.screenshot("task").await?;
    ensure!(!learner.is_solved().await?, "the task is solved before anybody did anything");
    for line in lesson.solution {
        learner.type_line(line).await?;
    }
    learner.open_tab("tab-lesson").await?;
    page.until("the task is solved", || learner.is_solved()).await?;
    page.screenshot("solved").await?;
    page.fits().await?;
    // What was reached is there after a reload.
    page.open(&place).await?;
    page.see("lesson").await?;
    page.until("the place was kept", || learner.is_solved()).await
}
