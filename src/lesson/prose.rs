//! A lesson file in one language -> [`Doc`]: head, Markdown, and our directives.
//!
//! A directive is fenced: `::: step crash` … `:::`. A line `---` inside of a step divides what is
//! read before the run from what is read after it; inside of a predict, the question from its
//! explanation; inside of a card, front from back.
//! Refuses to know whether the scenario has these steps and questions: `check.rs` compares.

use crate::cards::claims;
use crate::doc::{Block, Doc, FIGURES, Inline, Said, Source, SourceKind, plain};
use crate::flaw::Flaw;
use crate::front;
use crate::known;
use crate::markdown::{self, MAX_DEPTH};
use std::collections::BTreeSet;

/// Larger files are refused.
const MAX_BYTES: usize = 256 * 1024;

/// A lesson file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose {
    pub doc: Doc,
    /// Every directive in reading order, with its line: what the languages must agree on.
    pub signs: Vec<Sign>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    pub line: usize,
    /// `step`, `predict`, `hint`, `figure`, `goal`, `card`, `said`, `sources`; for links `term`
    /// and `run`; `known` for a mark of evidence, `bare` for a text that lacks one. The name of
    /// the last two directives, and of a mark, says how each entry is known.
    pub kind: &'static str,
    pub name: String,
    /// How many options a predict has, how many claims the back of a card.
    pub options: usize,
}

const KINDS: [&str; 8] = ["step", "predict", "hint", "figure", "goal", "card", "said", "sources"];

struct Reader<'a> {
    lines: Vec<&'a str>,
    /// The next line, counted from 0.
    at: usize,
    signs: Vec<Sign>,
}

/// What a directive holds: before its `---`, and after it.
struct Body {
    first: Vec<Block>,
    then: Option<Vec<Block>>,
}

pub fn parse(text: &str) -> Result<Prose, Flaw> {
    if text.len() > MAX_BYTES {
        let what = format!("{} bytes are more than the {MAX_BYTES} allowed", text.len());
        return Err(Flaw::new(0, what, "split the lesson"));
    }
    let (front, head) = front::parse(text)?;
    let mut reader = Reader { lines: text.lines().collect(), at: head, signs: Vec::new() };
    let mut blocks = reader.body(None, 0)?.first;
    reader.bare_sections(head, &blocks);
    let missing = known::resolve(&mut blocks);
    if let Some(flaw) = reader.unresolved(&missing) {
        return Err(flaw);
    }
    Ok(Prose { doc: Doc { front, blocks }, signs: reader.signs })
}

/// A page without a head: documentation.
pub fn parse_page(text: &str) -> Result<Vec<Block>, Flaw> {
    let mut reader = Reader { lines: text.lines().collect(), at: 0, signs: Vec::new() };
    reader.body(None, 0).map(|body| body.first)
}

impl Reader<'_> {
    /// Reads to the closing `:::` of the directive that `inside` names, or to the end of the file.
    fn body(&mut self, inside: Option<(usize, &'static str)>, depth: usize) -> Result<Body, Flaw> {
        let mut body = Body { first: Vec::new(), then: None };
        let mut from = self.at;
        let mut fence = None;
        while let Some(line) = self.lines.get(self.at).copied() {
            self.at += 1;
            let text = line.trim_end();
            fence = fence_after(fence, text);
            if fence.is_some() {
                continue;
            }
            if text == "---" && inside.is_some() && self.blank_before() {
                self.plain(&mut body, from, self.at - 1)?;
                from = self.at;
                divide(&mut body, self.at)?;
            } else if text == ":::" {
                self.plain(&mut body, from, self.at - 1)?;
                let stray = Flaw::new(self.at, "a `:::` that closes nothing", "take it out");
                return inside.map(|_| body).ok_or(stray);
            } else if let Some(head) = text.strip_prefix(":::") {
                self.plain(&mut body, from, self.at - 1)?;
                let block = self.directive(head.trim(), depth)?;
                body.last().push(block);
                from = self.at;
            }
        }
        self.plain(&mut body, from, self.lines.len())?;
        match inside {
            None => Ok(body),
            Some((line, kind)) => {
                let what = format!("the `::: {kind}` is never closed");
                Err(Flaw::new(line, what, "end it with a line `:::`"))
            }
        }
    }

    /// A `---` under text would be a heading of the old kind: ours stands free.
    fn blank_before(&self) -> bool {
        let before = self.at.checked_sub(2).map_or("", |at| self.lines[at].trim());
        before.is_empty() || before.starts_with(":::")
    }

    /// Adds the Markdown of lines `from..to`, without directives in it.
    fn plain(&mut self, body: &mut Body, from: usize, to: usize) -> Result<(), Flaw> {
        let text = self.lines[from..to].join("\n");
        if text.trim().is_empty() {
            return Ok(());
        }
        let blocks = markdown::blocks(&text, from + 1)?;
        for (kind, name) in links(&blocks) {
            self.sign(from + 1, kind, name);
        }
        let marked = (from..to).filter(|at| self.lines[*at].contains("[^"));
        let lines: Vec<usize> = marked.map(|at| at + 1).collect();
        for (at, named) in marks(&blocks).into_iter().enumerate() {
            self.sign(lines.get(at).copied().unwrap_or(from + 1), "known", &spelled(named));
        }
        body.last().extend(blocks);
        Ok(())
    }

    /// The parts of a directive that claim something without a mark.
    fn bare_parts(&mut self, line: usize, block: &Block) {
        let (parts, what): (&[(&str, &[Block])], String) = match block {
            Block::Step { name, before, after } => {
                (&[("before", before), ("after", after)], format!("step {name}"))
            }
            Block::Predict { id, because, .. } => {
                (&[("because", because)], format!("predict {id}"))
            }
            Block::Card { at, back, .. } => (&[("back", back)], format!("card {at}")),
            Block::Goal(inner) => (&[("task", inner)], "goal".to_owned()),
            _ => return,
        };
        for (part, blocks) in parts {
            if known::is_bare(blocks) {
                self.sign(line, "bare", &format!("{what}, {part}"));
            }
        }
    }

    /// The same for what stands outside of any directive, from heading to heading.
    fn bare_sections(&mut self, head: usize, blocks: &[Block]) {
        for section in blocks.chunk_by(|_, next| !matches!(next, Block::Heading { .. })) {
            if !known::is_bare(section) {
                continue;
            }
            let (name, line) = match section.first() {
                Some(Block::Heading { text, .. }) => {
                    let name = plain(text);
                    let own = |line: &&str| line.starts_with('#') && line.ends_with(&name);
                    (name.clone(), self.lines.iter().position(own).map_or(0, |at| at + 1))
                }
                _ => ("opening".to_owned(), head + 1),
            };
            self.sign(line, "bare", &name);
        }
    }

    /// The first place that names an entry which is not there.
    fn unresolved(&self, missing: &BTreeSet<String>) -> Option<Flaw> {
        let names = |sign: &Sign| {
            let mut words = sign.name.split([' ', ',']);
            words.find(|word| missing.contains(*word)).map(str::to_owned)
        };
        let marked = self.signs.iter().filter(|sign| matches!(sign.kind, "known" | "said"));
        marked.filter_map(|sign| Some((sign.line, names(sign)?))).next().map(|(line, name)| {
            let what = format!("no entry of `::: sources` is called `{name}`");
            Flaw::new(line, what, format!("write `- source {name}: …` there, or another name here"))
        })
    }

    fn sign(&mut self, line: usize, kind: &'static str, name: &str) {
        self.signs.push(Sign { line, kind, name: name.to_owned(), options: 0 });
    }

    fn directive(&mut self, head: &str, depth: usize) -> Result<Block, Flaw> {
        let line = self.at;
        let (word, name) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
        let name = name.trim();
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == word) else {
            let what = format!("`{word}` is no directive");
            return Err(Flaw::new(line, what, format!("use one of: {}", KINDS.join(", "))));
        };
        if depth + 1 >= MAX_DEPTH {
            let what = format!("directives nested deeper than {MAX_DEPTH}");
            return Err(Flaw::new(line, what, "write it flatter"));
        }
        needs_name(line, kind, name)?;
        let sign = self.signs.len();
        self.sign(line, kind, name);
        let body = self.body(Some((line, kind)), depth + 1)?;
        let block = build(line, kind, name, body)?;
        self.bare_parts(line, &block);
        match &block {
            Block::Predict { options, .. } => self.signs[sign].options = options.len(),
            Block::Card { back, .. } => self.signs[sign].options = claims(back).len(),
            Block::Said { rows, .. } => {
                let each: Vec<String> = rows.iter().map(|row| spelled(&row.by)).collect();
                self.signs[sign].name = each.join(" ");
            }
            Block::Sources(list) => {
                let each = list.iter().map(|it| format!("{}:{}", it.kind.name(), it.name));
                self.signs[sign].name = each.collect::<Vec<_>>().join(" ");
            }
            _ => {}
        }
        Ok(block)
    }
}

impl Body {
    fn last(&mut self) -> &mut Vec<Block> {
        self.then.as_mut().unwrap_or(&mut self.first)
    }
}

/// Follows fenced code, in which nothing is a directive.
fn fence_after(open: Option<char>, line: &str) -> Option<char> {
    let text = line.trim_start();
    let mark = ['`', '~'].into_iter().find(|mark| text.starts_with(&mark.to_string().repeat(3)));
    match (open, mark) {
        (Some(open), Some(mark)) if open == mark => None,
        (Some(open), _) => Some(open),
        (None, mark) => mark,
    }
}

fn divide(body: &mut Body, line: usize) -> Result<(), Flaw> {
    if body.then.is_some() {
        return Err(Flaw::new(line, "a second `---` in one directive", "keep one"));
    }
    body.then = Some(Vec::new());
    Ok(())
}

fn needs_name(line: usize, kind: &str, name: &str) -> Result<(), Flaw> {
    let example = match kind {
        "step" => "crash",
        "predict" => "heir",
        "figure" => "phases",
        "card" => "heir",
        _ if name.is_empty() => return Ok(()),
        _ => {
            let what = format!("`{kind}` takes no name, but `{name}` follows it");
            return Err(Flaw::new(line, what, format!("write `::: {kind}` alone")));
        }
    };
    if !name.is_empty() {
        return Ok(());
    }
    Err(Flaw::new(
        line,
        format!("`{kind}` without a name"),
        format!("write `::: {kind} {example}`"),
    ))
}

fn build(line: usize, kind: &str, name: &str, body: Body) -> Result<Block, Flaw> {
    let then = body.then;
    if then.is_some() && !matches!(kind, "step" | "predict" | "card") {
        let what = format!("a `---` inside of `{kind}` divides nothing");
        return Err(Flaw::new(line, what, "take it out"));
    }
    let after = then.unwrap_or_default();
    let name = name.to_owned();
    match kind {
        "step" => Ok(Block::Step { name, before: body.first, after }),
        "predict" => predict(line, name, body.first, after),
        "hint" => Ok(Block::Hint(body.first)),
        "goal" => Ok(Block::Goal(body.first)),
        "figure" => figure(line, &name, &body.first),
        "card" => card(line, &name, body.first, after),
        "said" => said(line, body.first),
        _ => sources(line, body.first),
    }
}

/// `engine,kip-101`
fn spelled(by: &[Source]) -> String {
    by.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(",")
}

/// A table of what is said, what is true, and how we know.
fn said(line: usize, body: Vec<Block>) -> Result<Block, Flaw> {
    let shape = "write one table of three columns: what is said, what is true, and the names of \
                 entries under `::: sources`";
    let mut blocks = body.into_iter();
    let (Some(Block::Table { head, rows }), None) = (blocks.next(), blocks.next()) else {
        return Err(Flaw::new(line, "`said` that is not one table", shape));
    };
    let what = "a table without its three columns";
    let [said, truth, _] = <[_; 3]>::try_from(head).map_err(|_| Flaw::new(line, what, shape))?;
    let mut found = Vec::new();
    for row in rows {
        let [said, truth, by] =
            <[_; 3]>::try_from(row).map_err(|_| Flaw::new(line, what, shape))?;
        let words = plain(&by);
        let name = |word: &str| known::is_name(word).then(|| known::unresolved(word));
        let by: Option<Vec<Source>> = words.split(',').map(|word| name(word.trim())).collect();
        let untold = format!("`{}` does not say how we know", plain(&said));
        let by = by.ok_or_else(|| Flaw::new(line, untold, shape))?;
        found.push(Said { said, truth, by });
    }
    Ok(Block::Said { head: [said, truth], rows: found })
}

/// The last list of a predict names its options.
fn predict(
    line: usize,
    id: String,
    mut text: Vec<Block>,
    because: Vec<Block>,
) -> Result<Block, Flaw> {
    let mut options = Vec::new();
    if let Some(Block::List { items, .. }) = text.last_mut() {
        for item in std::mem::take(items) {
            let mut blocks = item.into_iter();
            let (Some(Block::Para(words)), None) = (blocks.next(), blocks.next()) else {
                let what = format!("an option of `{id}` is more than one line of text");
                return Err(Flaw::new(line, what, "write `- words` for each option"));
            };
            options.push(words);
        }
        text.pop();
    }
    if text.is_empty() {
        let what = format!("question `{id}` has no text");
        return Err(Flaw::new(line, what, "ask it in a sentence above the options"));
    }
    Ok(Block::Predict { id, text, options, because })
}

/// `phases`, or `phases orders-0`, or `beside orders-0 seat-0`.
fn figure(line: usize, name: &str, body: &[Block]) -> Result<Block, Flaw> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let (kind, about) = words.split_first().map_or(("", &[][..]), |(kind, rest)| (*kind, rest));
    if kind == "beside" && about.len() != 2 {
        let cure = "write `::: figure beside`, and behind it two partitions";
        return Err(Flaw::new(line, format!("`{name}` does not name two partitions"), cure));
    }
    if kind != "beside" && about.len() > 1 {
        let cure = "write `::: figure KIND`, and behind it at most what it is about";
        return Err(Flaw::new(line, format!("`{name}` is more than a figure needs"), cure));
    }
    let (kind, of) = (kind.to_owned(), (!about.is_empty()).then(|| about.join(" ")));
    if !FIGURES.contains(&kind.as_str()) {
        let what = format!("there is no figure `{kind}`");
        return Err(Flaw::new(line, what, format!("use one of: {}", FIGURES.join(", "))));
    }
    match body {
        [Block::Para(words)] => Ok(Block::Figure { kind, of, alt: plain(words) }),
        _ => {
            let cure = "say in one paragraph what is to be seen, for those who cannot see it";
            Err(Flaw::new(line, format!("figure `{kind}` has no description"), cure))
        }
    }
}

fn card(line: usize, name: &str, front: Vec<Block>, back: Vec<Block>) -> Result<Block, Flaw> {
    if front.is_empty() || back.is_empty() {
        let cure = "write the front, a line `---`, and the back";
        return Err(Flaw::new(line, "a card with an empty side", cure));
    }
    let mut words = name.split_whitespace().map(str::to_owned);
    let (at, row) = (words.next().unwrap_or_default(), words.next());
    if words.next().is_some() {
        let cure = "write `::: card PLACE`, and behind it at most one row of the syllabus";
        return Err(Flaw::new(line, format!("`{name}` is more than a card needs"), cure));
    }
    Ok(Block::Card { at, row, front, back })
}

fn sources(line: usize, body: Vec<Block>) -> Result<Block, Flaw> {
    let shape = "write a list of `- engine: …`, `- source NAME: …` or `- trace NAME: …`";
    let mut blocks = body.into_iter();
    let (Some(Block::List { items, .. }), None) = (blocks.next(), blocks.next()) else {
        return Err(Flaw::new(line, "sources that are not one list", shape));
    };
    let mut found: Vec<Source> = Vec::new();
    for item in items {
        let mut blocks = item.into_iter();
        let source = match (blocks.next(), blocks.next()) {
            (Some(Block::Para(words)), None) => source(words),
            _ => None,
        };
        let what = "a source that does not say how we know";
        let source = source.ok_or_else(|| Flaw::new(line, what, shape))?;
        if found.iter().any(|other| other.name == source.name) {
            let what = format!("two sources are called `{}`", source.name);
            return Err(Flaw::new(line, what, "name one: `- source NAME: …`"));
        }
        found.push(source);
    }
    Ok(Block::Sources(found))
}

/// Takes the kind and the name off the first words.
fn source(mut words: Vec<Inline>) -> Option<Source> {
    let Some(Inline::Text(text)) = words.first_mut() else { return None };
    let (kind, rest) = text.split_once(':')?;
    let (word, name) = kind.trim().split_once(' ').unwrap_or((kind, kind));
    let kind = SourceKind::named(word)?;
    let name = known::is_name(name).then(|| name.to_owned())?;
    *text = rest.trim_start().to_owned();
    Some(Source { kind, name, text: words })
}

/// The marks in these blocks, in reading order.
fn marks(blocks: &[Block]) -> Vec<&[Source]> {
    let mut found: Vec<&[Source]> = Vec::new();
    for block in blocks {
        match block {
            Block::Known(named) => found.push(named),
            Block::List { items, .. } => found.extend(items.iter().flat_map(|item| marks(item))),
            Block::Quote(inner) => found.extend(marks(inner)),
            _ => {}
        }
    }
    found
}

/// What these blocks link to: words of the glossary, places of the run.
fn links(blocks: &[Block]) -> Vec<(&'static str, &str)> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Para(text) | Block::Heading { text, .. } => inline_links(text, &mut found),
            Block::List { items, .. } => found.extend(items.iter().flat_map(|item| links(item))),
            Block::Quote(inner) => found.extend(links(inner)),
            Block::Table { head, rows } => {
                let cells = head.iter().chain(rows.iter().flatten());
                cells.for_each(|cell| inline_links(cell, &mut found));
            }
            _ => {}
        }
    }
    found
}

fn inline_links<'a>(inlines: &'a [Inline], found: &mut Vec<(&'static str, &'a str)>) {
    for inline in inlines {
        match inline {
            Inline::Term { key, .. } => found.push(("term", key)),
            Inline::Run { at, .. } => found.push(("run", at)),
            Inline::Strong(inner) | Inline::Em(inner) => inline_links(inner, found),
            Inline::Link { text, .. } => inline_links(text, found),
            Inline::Text(_) | Inline::Code(_) => {}
        }
    }
}
