//! Markdown without our directives -> blocks. Raw HTML becomes text, never markup.
//! Refuses to know lessons; `prose.rs` cuts the text at the directives first.

use crate::doc::{Block, Inline, plain};
use crate::flaw::Flaw;
use crate::known;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Deeper nesting is refused: no page could show it.
pub(crate) const MAX_DEPTH: usize = 32;

/// A block or span that is still open, with what it holds so far.
enum Open {
    Inlines(Frame, Vec<Inline>),
    Blocks(Frame, Vec<Block>),
    Items(bool, Vec<Vec<Block>>),
    Code(String, String),
    Table { head: Vec<Vec<Inline>>, rows: Vec<Vec<Vec<Inline>>>, row: Vec<Vec<Inline>> },
}

/// What an open element will become.
enum Frame {
    Root,
    Para,
    Heading(u8),
    Quote,
    Item,
    Cell,
    Strong,
    Em,
    Link(String),
    Image,
}

struct Builder<'a> {
    stack: Vec<Open>,
    text: &'a str,
    /// Where the text begins in its file.
    line: usize,
}

/// `line` is where the text begins in its file, counted from 1.
pub(crate) fn blocks(text: &str, line: usize) -> Result<Vec<Block>, Flaw> {
    let mut builder = Builder { stack: vec![Open::Blocks(Frame::Root, Vec::new())], text, line };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        builder.event(event, range.start)?;
    }
    builder.end_loose();
    match builder.stack.into_iter().next() {
        Some(Open::Blocks(_, blocks)) => Ok(blocks),
        _ => Ok(Vec::new()),
    }
}

impl Builder<'_> {
    /// Counted only for a message: doing it for each event would take the square of the length.
    fn flaw(&self, at: usize, what: impl Into<String>, cure: &str) -> Flaw {
        let line = self.line + self.text[..at].matches('\n').count();
        Flaw::new(line, what, cure)
    }

    fn event(&mut self, event: Event<'_>, at: usize) -> Result<(), Flaw> {
        match event {
            Event::Start(tag) => self.open(tag, at)?,
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.inline(Inline::Code(text.into_string())),
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            Event::Rule => {
                let what = "a `---` that divides nothing";
                return Err(self.flaw(at, what, "use it once inside a step, predict or card"));
            }
            // Not enabled, so never sent.
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
        }
        Ok(())
    }

    fn open(&mut self, tag: Tag<'_>, at: usize) -> Result<(), Flaw> {
        if self.stack.len() >= MAX_DEPTH {
            let what = format!("nested deeper than {MAX_DEPTH}");
            return Err(self.flaw(at, what, "write it flatter"));
        }
        let within = Tag::Strong == tag || Tag::Emphasis == tag;
        if !within && !matches!(tag, Tag::Link { .. } | Tag::Image { .. }) {
            self.end_loose();
        }
        let open = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Open::Inlines(Frame::Para, Vec::new()),
            Tag::Heading { level, .. } => Open::Inlines(Frame::Heading(depth(level)), Vec::new()),
            Tag::BlockQuote(_) => Open::Blocks(Frame::Quote, Vec::new()),
            Tag::CodeBlock(kind) => Open::Code(code_lang(&kind), String::new()),
            Tag::List(start) => Open::Items(start.is_some(), Vec::new()),
            Tag::Item => Open::Blocks(Frame::Item, Vec::new()),
            Tag::Table(_) => Open::Table { head: Vec::new(), rows: Vec::new(), row: Vec::new() },
            Tag::TableCell => Open::Inlines(Frame::Cell, Vec::new()),
            Tag::Strong => Open::Inlines(Frame::Strong, Vec::new()),
            Tag::Emphasis => Open::Inlines(Frame::Em, Vec::new()),
            Tag::Link { dest_url, .. } => Open::Inlines(
                Frame::Link(address(&dest_url).map_err(|(what, cure)| self.flaw(at, what, cure))?),
                Vec::new(),
            ),
            Tag::Image { .. } => Open::Inlines(Frame::Image, Vec::new()),
            _ => return Ok(()),
        };
        self.stack.push(open);
        Ok(())
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            // The row is inside of its table; these two have no frame of their own.
            TagEnd::TableHead | TagEnd::TableRow => return self.end_row(tag == TagEnd::TableHead),
            TagEnd::Item => self.end_loose(),
            TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript => return,
            TagEnd::FootnoteDefinition | TagEnd::MetadataBlock(_) => return,
            TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition => return,
            _ => {}
        }
        let Some(open) = self.stack.pop() else { return };
        match open {
            Open::Inlines(frame, inlines) => self.close_inlines(frame, inlines),
            Open::Blocks(Frame::Quote, blocks) => self.block(Block::Quote(blocks)),
            Open::Blocks(_, blocks) => {
                if let Some(Open::Items(_, items)) = self.stack.last_mut() {
                    items.push(blocks);
                }
            }
            Open::Items(ordered, items) => self.block(Block::List { ordered, items }),
            Open::Code(lang, text) => self.block(Block::Code { lang, text }),
            Open::Table { head, rows, .. } => self.block(Block::Table { head, rows }),
        }
    }

    fn close_inlines(&mut self, frame: Frame, mut inlines: Vec<Inline>) {
        if matches!(frame, Frame::Para | Frame::Heading(_) | Frame::Cell) {
            join_lines(&mut inlines);
        }
        match frame {
            Frame::Para => {
                let mark = known::take(&mut inlines);
                if !inlines.is_empty() {
                    self.block(Block::Para(inlines));
                }
                if let Some(mark) = mark {
                    self.block(mark);
                }
            }
            Frame::Heading(level) => self.block(Block::Heading { level, text: inlines }),
            Frame::Cell => {
                if let Some(Open::Table { row, .. }) = self.stack.last_mut() {
                    row.push(inlines);
                }
            }
            Frame::Strong => self.inline(Inline::Strong(inlines)),
            Frame::Em => self.inline(Inline::Em(inlines)),
            Frame::Link(href) => self.inline(match href.split_once(':') {
                Some(("term", key)) => Inline::Term { key: key.to_owned(), text: inlines },
                Some(("run", at)) => Inline::Run { at: at.to_owned(), text: inlines },
                _ => Inline::Link { href, text: inlines },
            }),
            // A picture would be a file to load: its words remain.
            Frame::Image => inlines.into_iter().for_each(|inline| self.inline(inline)),
            Frame::Root | Frame::Quote | Frame::Item => {}
        }
    }

    fn end_row(&mut self, is_head: bool) {
        if let Some(Open::Table { head, rows, row }) = self.stack.last_mut() {
            let row = std::mem::take(row);
            if is_head {
                *head = row;
            } else {
                rows.push(row);
            }
        }
    }

    /// Text right inside of a list item has no paragraph of its own: it gets one.
    fn end_loose(&mut self) {
        if matches!(self.stack.last(), Some(Open::Inlines(Frame::Para, _))) {
            self.close(TagEnd::Paragraph);
        }
    }

    fn block(&mut self, block: Block) {
        self.end_loose();
        if let Some(Open::Blocks(_, blocks)) = self.stack.last_mut() {
            blocks.push(block);
        }
    }

    fn text(&mut self, text: &str) {
        match self.stack.last_mut() {
            Some(Open::Code(_, code)) => code.push_str(text),
            _ => self.inline(Inline::Text(text.to_owned())),
        }
    }

    fn inline(&mut self, inline: Inline) {
        if matches!(self.stack.last(), Some(Open::Blocks(..))) {
            self.stack.push(Open::Inlines(Frame::Para, Vec::new()));
        }
        let Some(Open::Inlines(_, inlines)) = self.stack.last_mut() else { return };
        match (inlines.last_mut(), inline) {
            (Some(Inline::Text(last)), Inline::Text(text)) => last.push_str(&text),
            (_, inline) => inlines.push(inline),
        }
    }
}

/// Turns line ends into spaces, or into nothing where Chinese text goes on: one sentence a line is
/// how we write, and Chinese sentences have no space between them.
fn join_lines(inlines: &mut [Inline]) {
    let all: Vec<char> = plain(inlines).chars().collect();
    join_within(inlines, &all, &mut 0);
}

fn join_within(inlines: &mut [Inline], all: &[char], at: &mut usize) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => {
                let mut joined = String::with_capacity(text.len());
                for c in text.chars() {
                    match c {
                        '\n' if !needs_space(all, *at) => {}
                        '\n' => joined.push(' '),
                        c => joined.push(c),
                    }
                    *at += 1;
                }
                *text = joined;
            }
            Inline::Code(code) => *at += code.chars().count(),
            Inline::Strong(inner)
            | Inline::Em(inner)
            | Inline::Link { text: inner, .. }
            | Inline::Run { text: inner, .. }
            | Inline::Term { text: inner, .. } => join_within(inner, all, at),
        }
    }
}

fn needs_space(all: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| all.get(i)).copied();
    let Some((before, after)) = before.zip(all.get(at + 1).copied()) else { return false };
    !(is_mark(before) || is_mark(after) || (is_wide(before) && is_wide(after)))
}

/// Chinese punctuation: it brings its own space.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}')
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn code_lang(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(info) => {
            info.split_whitespace().next().unwrap_or_default().to_owned()
        }
        CodeBlockKind::Indented => String::new(),
    }
}

/// Lets pass what a reader may safely follow, the glossary's `term:` and the lesson's own `run:`.
fn address(href: &str) -> Result<String, (String, &'static str)> {
    let refuse = |what: &str| {
        let cure = "link to http://…, https://…, #place, a relative path, term:KEY or run:PLACE";
        Err((format!("the link `{href}` {what}"), cure))
    };
    if href.is_empty() || href.chars().any(|c| c.is_control() || c == '\\' || c == ' ') {
        return refuse("is empty or holds a character that no address has");
    }
    if href.starts_with("//") {
        return refuse("names a host without saying how to reach it");
    }
    let path = href.find(['/', '#', '?']).unwrap_or(href.len());
    match href[..path].split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()) {
        None => Ok(href.to_owned()),
        Some(scheme) if matches!(scheme.as_str(), "http" | "https") => Ok(href.to_owned()),
        Some(_) if href.starts_with("term:") || href.starts_with("run:") => Ok(href.to_owned()),
        Some(_) => refuse("uses a scheme that is not allowed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn para(text: &str) -> String {
        match blocks(text, 1).expect("plain Markdown").as_slice() {
            [Block::Para(inlines)] => plain(inlines),
            other => panic!("one paragraph expected, not {other:?}"),
        }
    }

    #[test]
    fn line_ends_become_spaces_only_where_words_are_spaced() {
        assert_eq!(para("One.\n**Two**\nthree"), "One. Two three");
        assert_eq!(para("检测。\n选举\n**恢复**"), "检测。选举恢复");
        assert_eq!(para("先看\nLeader"), "先看 Leader");
    }

    #[test]
    fn markup_of_browsers_becomes_text() {
        assert_eq!(para("a <b onclick=x>c</b>"), "a <b onclick=x>c</b>");
        let script = blocks("<script>alert(1)</script>\n\nx", 1).expect("text");
        assert!(matches!(&script[0], Block::Para(inlines) if plain(inlines).contains("alert")));
        assert_eq!(para("![a picture](http://x/y.png)"), "a picture");
    }

    #[test]
    fn tight_lists_nest_and_tables_keep_their_rows() {
        let list = blocks("- a **b**\n  - c\n- d", 1).expect("a list");
        let Block::List { items, .. } = &list[0] else { panic!("a list") };
        assert_eq!(items.len(), 2);
        assert!(matches!(items[0].as_slice(), [Block::Para(_), Block::List { .. }]));
        let table = blocks("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", 1).expect("a table");
        let Block::Table { head, rows } = &table[0] else { panic!("a table") };
        assert_eq!((head.len(), rows.len(), plain(&rows[1][1])), (2, 2, "4".to_owned()));
    }

    #[test]
    fn only_safe_addresses_pass() {
        for href in ["https://x.y/z", "#top", "a/b.md", "term:isr", "a?b=c:d"] {
            assert!(address(href).is_ok(), "{href}");
        }
        for href in ["javascript:alert(1)", "data:text/html,x", "//evil", "", "JAVASCRIPT:x"] {
            assert!(address(href).is_err(), "{href}");
        }
        assert_eq!(blocks("a\n\n[x](file:///etc)", 10).expect_err("refused").line, 12);
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(blocks(&">".repeat(200), 1).is_err());
    }
}
