//! The page that says how far the model is from real Kafka, in both languages: written from what
//! was compared, never by hand.

use super::compare::{Finding, Item, Verdict};
use crate::Lang;
use std::fmt::Write;

/// A table of recorded decisions, and how many of its rows the engine answers alike.
#[derive(Clone, Debug)]
pub struct Table {
    pub kind: String,
    pub equal: usize,
    pub asked: usize,
}

/// A recording and what its comparison found.
#[derive(Clone, Debug)]
pub struct Replay {
    pub name: String,
    pub kafka: String,
    pub about: String,
    pub findings: Vec<Finding>,
}

fn say(lang: Lang, en: &'static str, zh: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// Markdown, one sentence a line.
#[must_use]
pub fn page(lang: Lang, tables: &[Table], replays: &[Replay]) -> String {
    let mut text = String::new();
    text += say(lang, INTRO_EN, INTRO_ZH);
    write_tables(&mut text, lang, tables);
    for replay in replays {
        write_replay(&mut text, lang, replay);
    }
    text.push('\n');
    text += say(lang, WHY_EN, WHY_ZH);
    text
}

const INTRO_EN: &str = include_str!("words/intro.en.md");
const INTRO_ZH: &str = include_str!("words/intro.zh.md");
const WHY_EN: &str = include_str!("words/why.en.md");
const WHY_ZH: &str = include_str!("words/why.zh.md");

fn write_tables(text: &mut String, lang: Lang, tables: &[Table]) {
    *text += say(lang, "## Decisions, row by row\n\n", "## 逐行对比的决定\n\n");
    *text += say(lang, "| table | equal | of |\n", "| 表 | 相同 | 总数 |\n");
    *text += "|---|---:|---:|\n";
    for Table { kind, equal, asked } in tables {
        let _ = writeln!(text, "| {kind} | {equal} | {asked} |");
    }
}

fn write_replay(text: &mut String, lang: Lang, replay: &Replay) {
    let Replay { name, kafka, about, findings } = replay;
    let heading = say(lang, "Recording", "录像");
    let _ = writeln!(text, "\n## {heading} `{name}` (Apache Kafka {kafka})\n");
    let _ = writeln!(text, "{about}.\n");
    let equal = findings.iter().filter(|finding| finding.verdict == Verdict::Equal).count();
    let facts = findings.iter().filter(|finding| finding.allowed.is_none()).count();
    let _ = match lang {
        Lang::En => writeln!(text, "{equal} of {facts} facts equal.\n"),
        Lang::Zh => writeln!(text, "{facts} 项事实中有 {equal} 项相同。\n"),
    };
    *text += say(
        lang,
        "| what | recorded | model | allowed | verdict |\n",
        "| 内容 | 录像 | 模型 | 配置允许 | 结论 |\n",
    );
    *text += "|---|---|---|---|---|\n";
    for finding in findings {
        write_finding(text, lang, finding);
    }
}

fn write_finding(text: &mut String, lang: Lang, finding: &Finding) {
    let allowed = finding.allowed.map_or(String::new(), |(low, high)| format!("{low} – {high}"));
    let verdict = match finding.verdict {
        Verdict::Equal => say(lang, "equal", "相同"),
        Verdict::Within => say(lang, "within", "在范围内"),
        Verdict::Differs => say(lang, "differs", "不同"),
    };
    let ours = if finding.verdict == Verdict::Equal {
        say(lang, "the same", "同左").to_owned()
    } else {
        finding.ours.clone()
    };
    let _ = writeln!(
        text,
        "| {} | {} | {ours} | {allowed} | {verdict} |",
        item(lang, &finding.item),
        finding.recorded
    );
}

fn item(lang: Lang, item: &Item) -> String {
    match (lang, item) {
        (Lang::En, Item::Broker(n)) => format!("records of broker {n}, in order"),
        (Lang::Zh, Item::Broker(n)) => format!("broker {n} 的记录顺序"),
        (Lang::En, Item::Partition(name)) => format!("changes of {name}, in order"),
        (Lang::Zh, Item::Partition(name)) => format!("{name} 的变更顺序"),
        (Lang::En, Item::FenceBatch(n, nth)) => {
            format!("partitions in the batch that fenced broker {n} (time {nth})")
        }
        (Lang::Zh, Item::FenceBatch(n, nth)) => {
            format!("broker {n} 第 {nth} 次被隔离时同批变更的分区")
        }
        (Lang::En, Item::State(nth, name)) => format!("{name} at look {nth}"),
        (Lang::Zh, Item::State(nth, name)) => format!("第 {nth} 次查看时的 {name}"),
        (Lang::En, Item::Detection(how, n)) => format!("{how} of broker {n} to its fence"),
        (Lang::Zh, Item::Detection(how, n)) => format!("broker {n} 从 {how} 到被隔离"),
        (Lang::En, Item::Shutdown(n)) => format!("SIGTERM of broker {n} to its shutdown record"),
        (Lang::Zh, Item::Shutdown(n)) => format!("broker {n} 从 SIGTERM 到关闭记录"),
        (Lang::En, Item::Callbacks(member)) => format!("callbacks of {member}, in order"),
        (Lang::Zh, Item::Callbacks(member)) => format!("{member} 的回调顺序"),
        (Lang::En, Item::Rebalance(how, member)) => {
            format!("{how} of {member} to the last assignment")
        }
        (Lang::Zh, Item::Rebalance(how, member)) => {
            format!("{member} 从 {how} 到最后一次分配")
        }
        (Lang::En, Item::Takeover) => "active controller killed to the next one".to_owned(),
        (Lang::Zh, Item::Takeover) => "活动控制器被杀到下一个上任".to_owned(),
        (Lang::En, Item::Lost) => "records lost that acks=all had acknowledged".to_owned(),
        (Lang::Zh, Item::Lost) => "acks=all 已确认却丢失的记录".to_owned(),
    }
}
