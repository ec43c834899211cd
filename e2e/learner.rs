//! A learner in a lesson: answers, runs steps, goes on, types at the console; with a mouse, or by
//! keyboard alone. Refuses to know which answers are right.

use crate::page::{Page, key};
use anyhow::{Context, Result, bail};
use fantoccini::Locator;
use fantoccini::elements::Element;

/// As many steps as a lesson can have; one that has more is too long.
const STEPS: usize = 12;
const CONTINUE: &str = "[data-testid=continue]:not([disabled])";
const SUBMIT: &str = "[data-testid=predict-submit]";
/// An option of a question that can still be answered.
const OPTION: &str = "[data-testid=predict] button[data-choice]:not([disabled]), \
                      [data-testid=predict] input:not([disabled])";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Mouse,
    Keyboard,
}

#[derive(Clone, Debug)]
pub struct Learner {
    pub page: Page,
    hand: Hand,
}

impl Learner {
    #[must_use]
    pub fn new(page: Page, hand: Hand) -> Learner {
        Learner { page, hand }
    }

    /// At the keyboard of a fresh sandbox, twelve seconds after a leader was killed.
    ///
    /// # Errors
    /// The page does not come that far.
    pub async fn after_a_failover(page: &Page) -> Result<Learner> {
        page.open("#/sandbox?lang=en").await?;
        page.click("build").await?;
        page.see("cursor").await?;
        let learner = Learner::new(page.clone(), Hand::Keyboard);
        learner.type_line("kill leader of orders-0").await?;
        learner.type_line("wait 12s").await?;
        let passed =
            || async { Ok(page.attr("cursor", "data-at").await?.parse::<u64>()? > 12_000_000) };
        page.until("time has passed", passed).await?;
        Ok(learner)
    }

    /// Clicks it, or walks there and presses Enter.
    pub async fn press_on(&self, css: &str) -> Result<()> {
        match self.hand {
            Hand::Mouse => {
                let element = self.page.see_css(css).await?;
                self.page.reveal(&element).await?;
                element.click().await.with_context(|| format!("clicking {css}"))
            }
            Hand::Keyboard => {
                self.page.see_css(css).await?;
                self.page.tab_to(css).await?;
                self.page.press(key::ENTER).await
            }
        }
    }

    /// Gives every question that is open its first answer.
    pub async fn answer_all(&self) -> Result<()> {
        loop {
            let open = self.page.drawn(SUBMIT).await?;
            let Some(submit) = open.first() else { return Ok(()) };
            match self.hand {
                Hand::Mouse => self.answer(submit).await?,
                Hand::Keyboard => self.answer_by_keys().await?,
            }
            let before = open.len();
            self.page
                .until("the answer is taken", || async {
                    Ok(self.page.drawn(SUBMIT).await?.len() < before)
                })
                .await?;
        }
    }

    async fn answer(&self, submit: &Element) -> Result<()> {
        let block = submit.find(Locator::XPath("./ancestor::*[@data-testid='predict']")).await?;
        let options = block.find_all(Locator::Css("button[data-choice], input")).await?;
        let first = options.first().context("a question offers no way to answer it")?;
        self.page.reveal(first).await?;
        match first.attr("type").await?.as_deref() {
            Some("number" | "text") => first.send_keys("1").await?,
            _ => first.click().await?,
        }
        self.page.reveal(submit).await?;
        Ok(submit.click().await?)
    }

    async fn answer_by_keys(&self) -> Result<()> {
        self.page.tab_to(OPTION).await?;
        let typed = self.page.focused("input:not([type=checkbox]):not([type=radio])").await?;
        self.page.press(if typed { '1' } else { key::SPACE }).await?;
        self.page.tab_to("[data-testid=predict-submit]:not([disabled])").await?;
        self.page.press(key::ENTER).await
    }

    /// Answers, runs the step to its end; whether it had predictions, which are marked then.
    pub async fn run_step(&self) -> Result<bool> {
        self.answer_all().await?;
        let before = self.page.step().await?;
        self.press_on(CONTINUE).await?;
        self.page
            .until("the step plays", || async {
                Ok(self.page.step().await? > before || self.is_told().await?)
            })
            .await?;
        // A step takes as long as its story; there is a button for those who have seen it.
        if !self.page.drawn("[data-testid=skip]").await?.is_empty() {
            // It may end by itself on the way there.
            self.press_on("[data-testid=skip]").await.ok();
        }
        self.page.until("the step ends", || self.is_told()).await?;
        self.is_marked().await
    }

    async fn is_told(&self) -> Result<bool> {
        Ok(!self.page.drawn("[data-phase=told]").await?.is_empty())
    }

    pub async fn is_marked(&self) -> Result<bool> {
        let marks = self.page.drawn("[data-testid=predict-result]").await?;
        let Some(first) = marks.first() else { return Ok(false) };
        let right = first.attr("data-right").await?;
        Ok(matches!(right.as_deref(), Some("true" | "false")))
    }

    /// Step after step until a prediction has been marked.
    pub async fn until_marked(&self) -> Result<()> {
        for _ in 0..STEPS {
            if self.run_step().await? {
                return Ok(());
            }
            self.press_on(CONTINUE).await?;
        }
        bail!("{STEPS} steps and no prediction was marked")
    }

    /// Every step to its end, up to the closing task.
    pub async fn to_the_task(&self) -> Result<usize> {
        for step in 1..=STEPS {
            self.run_step().await?;
            self.press_on(CONTINUE).await?;
            self.page
                .until("the next step or the task is there", || async {
                    Ok(!self.is_told().await?)
                })
                .await?;
            if !self.page.drawn("[data-testid=goals]").await?.is_empty() {
                return Ok(step);
            }
        }
        bail!("{STEPS} steps and no closing task")
    }

    /// Opens a tab of the panel: among them the arrows lead, Tab reaches only the one that is open.
    pub async fn open_tab(&self, hook: &str) -> Result<()> {
        let css = format!("[data-testid={hook}]");
        if self.hand == Hand::Mouse {
            return self.press_on(&css).await;
        }
        self.page.tab_to("[role=tab][aria-selected=true]").await?;
        for _ in 0..STEPS {
            if self.page.focused(&css).await? {
                return Ok(());
            }
            self.page.press(key::RIGHT).await?;
        }
        bail!("the arrows do not lead to {hook}")
    }

    /// Does a line at the console.
    pub async fn type_line(&self, line: &str) -> Result<()> {
        if self.page.drawn("[data-testid=console-input]").await?.is_empty() {
            self.page.unfocus().await?;
            self.page.press('/').await?;
        }
        let field = self.page.see("console-input").await?;
        if self.hand == Hand::Keyboard {
            self.page.tab_to("[data-testid=console-input]").await?;
        }
        field.send_keys(line).await?;
        self.page.press(key::ENTER).await
    }

    /// Whether every goal of the closing task holds.
    pub async fn is_solved(&self) -> Result<bool> {
        let open = self.page.drawn("[data-testid=goals] [data-met=false]").await?;
        Ok(open.is_empty()
            && !self.page.drawn("[data-testid=goals] [data-met=true]").await?.is_empty())
    }
}
